"""`driftgauge show` as it is typed: tables for people, JSON for programs, words where there is nothing."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

if TYPE_CHECKING:
    from fixtures.program import Run

PREDICTION: Final = "018f0000-0000-7000-8000-000000000000"
ROWS: Final = f"""
INSERT INTO prediction_logs (model_name, version, latency_ms, status, "timestamp") VALUES
    ('churn', '3', 100, 'success', now()), ('churn', '3', 300, 'success', now()), ('churn', '3', 500, 'error', now()),
    ('churn', '3', 'NaN', 'success', now());
INSERT INTO model_metrics (model_name, version, metric_name, metric_value, metric_unit, "timestamp") VALUES
    ('churn', '3', 'revenue', 12.5, 'EUR', now()), ('churn', '3', 'odd [bold]', 'NaN', NULL, now() - interval '1 hour');
INSERT INTO model_health_checks (model_name, version, status, health_score) VALUES
    ('churn', '3', 'healthy', 0.9), ('churn', '3', 'degraded', 0.5);
INSERT INTO model_health_scores (model_name, version, environment, score, threshold, rule, components) VALUES (
    'churn', '3', 'production', 0.675, 0.8, 'components',
    '[{{"component": "success", "value": 0.75, "weight": 1, "reason": "3 of 4 predictions succeeded"}},
      {{"component": "latency", "value": 1, "weight": 0.2, "reason": "quick"}},
      {{"component": "performance", "value": null, "weight": 0.5, "reason": "no [outcomes]"}},
      {{"component": "data_drift", "value": 0.667, "weight": 0.3, "reason": "1 of 3 features drifted"}}]'
);
INSERT INTO data_drift_results (
    model_name, version, environment, feature_name, statistical_test, drift_detected, verdict, reason, p_value,
    window_end
) VALUES
    ('churn', '3', 'production', 'age', 'ks', TRUE, 'drifted', 'ks 0.4', 0.001, '2026-03-01 13:00Z'),
    ('churn', '3', 'production', 'plan', 'psi', FALSE, 'no_data', 'no rows', NULL, '2026-03-01 13:00Z');
INSERT INTO data_quality_results (
    model_name, version, environment, check_name, feature_name, verdict, reason, value, threshold, rows, window_start,
    window_end
) VALUES (
    'churn', '3', 'production', 'repeated_rows', '', 'sound', '9 of 800 rows repeat another', 0.01, 0.05, 800,
    '2026-03-01 12:00Z', '2026-03-01 13:00Z'
), (
    'churn', '3', 'production', 'distinct_share', 'note', 'faulty', '1 of 512 is', 0.002, 0.9, 512,
    '2026-03-01 12:00Z', '2026-03-01 13:00Z'
), (
    'churn', '3', 'production', 'staleness', '', 'faulty', 'no prediction for 2 h 0 min', 7200, 900, 0,
    '2026-03-01 12:00Z', '2026-03-01 13:00Z'
);
INSERT INTO anomaly_results (
    model_name, version, environment, metric_name, bucket_start, value, expected, lower, upper, score, direction,
    verdict, reason, rows
) VALUES (
    'churn', '3', 'production', 'accuracy', date_trunc('hour', now()) - interval '1 hour', 0.6, 0.92, 0.85, 0.99, 4.57,
    'down', 'anomalous', '0.6 on average; usual is 0.92', 1
), (
    'churn', '3', 'production', 'predictions', date_trunc('hour', now()) - interval '1 hour', 12, NULL, NULL, NULL,
    NULL, NULL, 'insufficient_data', '3.0 days of history', 12
), (
    'churn', '3', 'production', 'predictions', date_trunc('hour', now()) - interval '2 hours', 11, NULL, NULL, NULL,
    NULL, NULL, 'insufficient_data', '2.9 days of history', 11
);
INSERT INTO dataset_drift_results (
    model_name, version, environment, verdict, reason, drift_detected, drifted_features, judged_features,
    drifted_share, drifted_weight, threshold, score, ranking, rows, window_start, window_end
) VALUES (
    'churn', '3', 'production', 'drifted', '1 of 1 judged features drifted', TRUE, 1, 1, 1, NULL, 0.5, 4,
    '[{{"feature": "age", "drifted": true, "ratio": 4, "importance": 0.7, "weight": 1}}]', 800,
    '2026-03-01 12:00Z', '2026-03-01 13:00Z'
);
INSERT INTO data_drift_results (
    model_name, version, environment, segment, feature_name, statistical_test, drift_detected, verdict, reason,
    window_end
) VALUES ('churn', '3', 'production', 'de', 'age', 'ks', TRUE, 'drifted', 'ks 0.9', '2026-03-01 13:00Z');
INSERT INTO dataset_drift_results (
    model_name, version, environment, segment, verdict, reason, drift_detected, drifted_features, judged_features,
    drifted_share, threshold, ranking, rows, window_start, window_end
) VALUES (
    'churn', '3', 'production', 'de', 'drifted', '1 of 2 judged features drifted', TRUE, 1, 2, 0.5, 0.5,
    '[{{"feature": "age", "drifted": true, "ratio": 9, "importance": null, "weight": 1}},
      {{"feature": "plan", "drifted": false, "ratio": 0.25, "importance": null, "weight": 1}}]', 300,
    '2026-03-01 12:00Z', '2026-03-01 13:00Z'
), (
    'churn', '3', 'production', 'fr [x]', 'no_data', 'no feature could be judged', FALSE, 0, 0, NULL, 0.5, '[]', 0,
    '2026-03-01 12:00Z', '2026-03-01 13:00Z'
);
INSERT INTO drift_alerts (drift_result_id, severity, message, acknowledged)
SELECT id, 'high', 'age drifted: ks 0.4', TRUE FROM data_drift_results WHERE drift_detected AND segment = '';
INSERT INTO concept_drift_results (
    model_name, version, environment, metric_name, drift_detected, reference_mean, current_mean, z_score, threshold
) VALUES ('churn', '3', 'production', 'f1', TRUE, 0.9, 0.7, 5.5, 0.05);
INSERT INTO model_performance_history (model_name, version, environment, metric_name, metric_value) VALUES
    ('churn', '3', 'production', 'accuracy', 0.5), ('churn', '3', 'production', 'accuracy', 0.75);
INSERT INTO model_alerts (model_name, version, environment, alert_type, severity, message) VALUES
    ('churn', '3', 'production', 'metric_threshold', 'info', 'busy'),
    ('churn', '3', 'production', 'metric_threshold', 'critical', 'accuracy below 0.8');
INSERT INTO shap_values (prediction_id, model_name, version, feature_name, shap_value, feature_value) VALUES
    ('{PREDICTION}', 'churn', '3', 'age', 0.25, '41'), ('{PREDICTION}', 'churn', '3', 'plan', -0.75, NULL);
INSERT INTO lime_explanations (prediction_id, model_name, version, feature_name, weight, feature_value) VALUES
    ('{PREDICTION}', 'churn', '3', 'age', 0.125, '41');
INSERT INTO explanation_metadata (
    prediction_id, model_name, version, explanation_type, explanation_method, complexity_score
) VALUES
    (gen_random_uuid(), 'churn', '3', 'shap', 'TreeExplainer', 0.25),
    (gen_random_uuid(), 'churn', '3', 'shap', 'TreeExplainer', 0.5),
    (gen_random_uuid(), 'churn', '3', 'shap', NULL, 'NaN');
INSERT INTO explanation_drift_summaries (
    model_name, version, environment, explanation_type, window_start, window_end, verdict, reason, state, sentence,
    explained_predictions, drifted_features, judged_features, ndcg, ndcg_threshold, spearman, kendall, appeared,
    vanished
) VALUES (
    'churn', '3', 'production', 'shap', '2026-03-01 12:00Z', '2026-03-01 13:00Z', 'drifted', '1 of 1 drifted',
    'reasoning_changed', 'reasoning changed: so it is', 800, 1, 1, 0.75, 0.9, 0.5, NULL, ARRAY['city', ''], '{{}}'
);
INSERT INTO explainability_drift_results (
    model_name, version, environment, explanation_type, feature_name, reference_shap_mean, current_shap_mean,
    drift_detected, threshold, verdict, reason, rows, score, reference_mean_magnitude, current_mean_magnitude,
    reference_positive_share, current_positive_share, reference_rank, current_rank, window_start, window_end
) VALUES (
    'churn', '3', 'production', 'shap', 'age', 0.35, 0.24, TRUE, 1, 'drifted', 'location_shift 2', 800, 2.5, 0.4, 0.3,
    0.75, NULL, 1, 2, '2026-03-01 12:00Z', '2026-03-01 13:00Z'
)
"""  # noqa: S608 - a constant of ours
OF_A_MODEL: Final = (
    "health",
    "predictions",
    "metrics",
    "drift",
    "quality",
    "anomalies",
    "concept",
    "performance",
    "alerts",
    "explanations",
)
HOUR_SHOWN: Final = "2026-03-01 12:00Z to 2026-03-01 13:00Z"
COMMANDS: Final = (*(f"{name} --model churn" for name in OF_A_MODEL), f"shap {PREDICTION}", f"lime {PREDICTION}")


@pytest.fixture
def rows(database: str) -> None:
    """Something to show of one model."""
    with psycopg.connect(database, options="-c search_path=driftgauge") as connection:
        connection.execute(ROWS.encode())


def shown(run: Run, command: str) -> str:
    done = run("show", *command.split())
    assert (done.code, done.err) == (0, "")
    return done.out


def told(run: Run, command: str) -> Any:  # noqa: ANN401 - what the command prints
    """Return the JSON of a command; a NaN in it would be refused."""

    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} in JSON")

    return json.loads(shown(run, f"{command} --json"), parse_constant=refuse)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("command", "lines"),
    [
        (
            "health --model churn",
            [
                "churn (version 3, production), {now}",
                "health         0.675 of 1, below 0.8; rule: components",
                "component value weight takes away why",
                "success 0.750 1 25.0 % 3 of 4 predictions succeeded",
                "data_drift 0.667 0.3 10.0 % 1 of 3 features drifted",
                "latency 1.000 0.2 0.0 % quick",
                "performance unknown 0.5 no [outcomes]",
                "churn, the last 24 hours",
                "classic score  0.252 of 1",
                "predictions    4: 3 success, 1 error",
                "latency        mean 300 ms, p95 480 ms, from 100 to 500 ms (1 that cannot be right left out)",
                "metrics        2, the newest: revenue 12.5 EUR",
                "data drift     1, the newest: age drifted: ks 0.4",
                "concept drift  1, the newest: f1 by t_test",
                "day mean score least score hours below",
                "{today} 0.675 0.675 0.0",
                "day mean score healthy checks",
                "{today} 0.7 1 2",
            ],
        ),
        ("predictions --model churn --version 3", ["churn (version 3), the last 24 hours", "4: 3 success, 1 error"]),
        (
            "metrics --model churn",
            ["when version environment metric value unit", "{now} 3 production revenue 12.5 EUR"],
        ),
        ("metrics --model churn", ["3 production odd [bold]"]),
        (
            "drift --model churn",
            [
                "churn (version 3, production), 2026-03-01 12:00Z to 2026-03-01 13:00Z, 800 rows",
                "drifted 1 of 1 judged features drifted",
                "feature verdict of threshold importance why",
                "age drifted 4.00 0.7 ks 0.4",
                "plan no data no rows",
                "segment version environment verdict rows why",
                "de 3 production drifted 300 1 of 2 judged features drifted",
                "fr [x] 3 production no data 0 no feature could be judged",
                "{now} 3 production high age 0.001 age drifted: ks 0.4 acknowledged",
                "day drifted checks unjudged mean p",
                "{today} 1 1 1 0.001",
            ],
        ),
        (
            "drift --model churn --segment de",
            [
                "churn (version 3, production, segment de), 2026-03-01 12:00Z to 2026-03-01 13:00Z, 300 rows",
                "drifted 1 of 2 judged features drifted",
                "age drifted 9.00 ks 0.9",
                "plan stable 0.25",
                "no drift alerts of churn (segment de) in the last 24 hours",
            ],
        ),
        ("drift --model churn --segment it", ["no window of churn (segment it) was judged in the last 24 hours"]),
        (
            "quality --model churn",
            [
                "version environment feature check verdict value threshold why",
                "3 production staleness faulty 7200 900 no prediction for 2 h 0 min",
                "3 production note distinct_share faulty 0.002 0.9 1 of 512 is",
                "3 production repeated_rows sound 0.01 0.05 9 of 800 rows repeat another",
            ],
        ),
        (
            "anomalies --model churn",
            [
                "hour from version environment metric verdict of allowed why",
                "3 production accuracy anomalous down 4.57 0.6 on average; usual is 0.92",
                "3 production predictions insufficient data 3.0 days of history",
            ],
        ),
        ("metrics --model churn --metric revenue", ["day mean least most samples", "{today} 12.5 12.5 12.5 1"]),
        (
            "concept --model churn",
            [
                "version environment detector metric seen score up to last drift direction why not",
                "3 production t_test f1 0 {now} too few values to compare",
                "adwin has seen no error of churn: there are no outcomes yet, or too few to tell what it predicts",
                "when version environment metric reference current statistic threshold found by direction found",
                "{now} 3 production f1 0.9 0.7 5.5 0.05 t_test {now}",
            ],
        ),
        ("performance --model churn --trend", ["{today} 0.625 0.7375 2"]),
        (
            "alerts --model churn --environment production",
            ["critical {now} 3 production metric_threshold accuracy bel"],
        ),
        (f"shap {PREDICTION}", ["feature feature value SHAP value", "plan -0.75", "age 41 0.25"]),
        (f"lime {PREDICTION}", ["feature feature value weight", "age 41 0.125"]),
        (
            "explanations --model churn --trend",
            ["day type method explanations mean complexity", "{today} shap 1", "{today} shap TreeExplainer 2 0.375"],
        ),
        (
            "explanations --model churn",
            [
                f"churn (version 3, production), shap, {HOUR_SHOWN}, 800 explained predictions",
                "reasoning changed: so it is",
                "1 of 1 drifted",
                "order of importance: nDCG 0.75 (changed below 0.9), Spearman 0.5",
                "appeared since the reference: city, (further ones)",
                "feature importance rank mean positive score threshold verdict why",
                "age 0.4 → 0.3 1 → 2 0.35 → 0.24 75% → – 2.5 1 drifted location_shift 2",
            ],
        ),
    ],
)
def test_people_read_a_line_each(run: Run, database: str, command: str, lines: list[str]) -> None:
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT max(created_at) FROM driftgauge.model_alerts").fetchone()
    assert row is not None
    moment = row[0].astimezone(UTC)
    found = " ".join(shown(run, command).split())
    places = [
        found.find(" ".join(line.split()).format(now=f"{moment:%Y-%m-%d %H:%M}Z", today=f"{moment:%Y-%m-%d}"))
        for line in lines
    ]
    assert -1 not in places, found
    assert places == sorted(places)


@pytest.mark.usefixtures("rows")
def test_programs_read_every_field(run: Run) -> None:
    health = told(run, "health --model churn")
    assert math.isclose(health["score"], 0.75 * 0.8 * 0.7 * 0.6)
    assert set(health) == {
        *("rule", "score", "components", "predictions", "metrics", "drift_alerts", "concept_drift_alerts"),
        *("latest", "score_trend", "trend"),
    }
    assert [part["value"] for part in health["components"]] == [0.75, 0, 0, 0]
    [latest] = health["latest"]
    assert (latest["score"], latest["threshold"], latest["rule"]) == (0.675, 0.8, "components")
    assert [(part["component"], part["value"]) for part in latest["components"]][2:] == [
        ("performance", None),
        ("data_drift", 0.667),
    ]
    assert math.isclose(latest["components"][0]["takes_away"], 0.25)
    [day] = health["score_trend"]
    assert (round(day["mean_score"], 9), day["least_score"]) == (0.675, 0.675)
    assert health["predictions"] == told(run, "predictions --model churn")
    assert health["metrics"] == told(run, "metrics --model churn")
    assert health["drift_alerts"] == told(run, "drift --model churn")["alerts"]
    assert health["concept_drift_alerts"] == told(run, "concept --model churn")["alerts"]
    [detector] = told(run, "concept --model churn")["detectors"]
    assert (detector["detector"], detector["metric"], detector["score"]) == ("t_test", "f1", None)
    assert [day["healthy"] for day in health["trend"]] == [1]
    assert [metric["value"] for metric in health["metrics"]] == [12.5, None]
    assert health["metrics"][0]["timestamp"].endswith("Z")
    [latest] = told(run, "drift --model churn")["latest"]
    assert latest["window_end"] == "2026-03-01T13:00:00Z"
    assert latest["features"][0] == {
        "feature": "age",
        "verdict": "drifted",
        "ratio": 4.0,
        "importance": 0.7,
        "reason": "ks 0.4",
    }
    assert [one["segment"] for one in told(run, "drift --model churn")["segments"]] == ["de", "fr [x]"]
    narrowed = told(run, "drift --model churn --segment de")
    assert ([one["segment"] for one in narrowed["latest"]], narrowed["segments"]) == (["de"], [])
    assert narrowed["alerts"] == []
    assert told(run, "drift --model churn")["trend"][0]["mean_p_value"] == 0.001
    assert told(run, "performance --model churn --trend")[0]["samples"] == 2
    assert set(told(run, "metrics --model churn --metric revenue")[0]) == {"day", "mean", "least", "most", "samples"}
    [anomaly, unjudged] = told(run, "anomalies --model churn")
    assert (anomaly["direction"], anomaly["score"], anomaly["lower"]) == ("down", 4.57, 0.85)
    assert (unjudged["metric"], unjudged["rows"], unjudged["score"]) == ("predictions", 12, None)
    assert [alert["severity"] for alert in told(run, "alerts --model churn")] == ["critical", "info"]
    assert told(run, "alerts --model churn")[0]["details"] == {}
    assert [row["value"] for row in told(run, f"shap {PREDICTION}")] == [-0.75, 0.25]


@pytest.mark.usefixtures("rows")
def test_what_is_not_asked_for_is_not_shown(run: Run, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO driftgauge.model_metrics (model_name, version, metric_name, metric_value, timestamp)"
            " VALUES ('churn', '2', 'old', 1, now() - interval '90 minutes')"
        )
    assert len(told(run, "metrics --model churn")) == 3
    assert len(told(run, "metrics --model churn --version 3")) == 2
    assert len(told(run, "metrics --model churn --hours 0.5")) == 1
    assert len(told(run, "metrics --model churn --limit 2")) == 2
    assert told(run, "metrics --model churn --environment staging") == []
    assert told(run, "performance --model churn --metric f1 --trend") == []
    assert shown(run, "metrics --model churn --limit 2").endswith("the first 2; there may be more: --limit\n")


@pytest.mark.usefixtures("rows")
def test_health_does_not_count_beyond_what_it_lists(run: Run, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO driftgauge.model_metrics (model_name, metric_name, metric_value, timestamp)"
            " SELECT 'churn', 'many', 1, now() - interval '2 minutes' FROM generate_series(1, 150)"
        )
    assert "metrics        100 or more, the newest: revenue 12.5 EUR" in shown(run, "health --model churn")


def test_where_there_is_nothing_words_say_so(run: Run) -> None:
    of = "churn (version 3, staging)"
    narrowed = "--model churn --version 3 --environment staging"
    for command, words in (
        (f"predictions {narrowed} --hours 1.5", f"no predictions of {of} in the last 1.5 hours"),
        (f"metrics {narrowed}", f"no metrics of {of} in the last 24 hours"),
        (
            f"drift {narrowed}",
            f"no window of {of} was judged in the last 24 hours\nno drift alerts of {of} in the last 24 hours\n",
        ),
        (f"quality {narrowed}", f"no checks of {of} in the last 24 hours"),
        (f"anomalies {narrowed}", f"no metric of {of} was judged in the last 24 hours"),
        (f"metrics {narrowed} --metric f1 --days 3", f"no f1 of {of} in the last 3 days"),
        (
            f"concept {narrowed} --days 2",
            f"adwin has seen no error of {of}: there are no outcomes yet, or too few to tell what it predicts\n",
        ),
        (f"performance {narrowed} --metric f1 --trend", f"no f1 of {of} in the last 30 days"),
        (f"performance {narrowed}", f"no cohort of {of} in the last 30 days"),
        (f"performance {narrowed} --metric f1", f"no cohort of {of} with f1 in the last 30 days"),
        (f"alerts {narrowed}", f"no active alerts of {of}"),
        (f"health {narrowed}", f"no score of {of} in the last 24 hours: driftgauge run writes them\n\n{of}, the last"),
        (f"shap {PREDICTION}", f"no SHAP values of prediction {PREDICTION}: log them beside it, or look"),
        (f"lime {PREDICTION}", f"no LIME weights of prediction {PREDICTION}: log them beside it, or look"),
        ("explanations --model churn --trend", "no explanation of churn tells its method in the last 7 days"),
        ("explanations --model churn", "no window of the explanations of churn was judged in the last 24 hours"),
    ):
        assert shown(run, command).startswith(words)
    assert "  classic score  unknown: there were no predictions\n" in shown(run, f"health {narrowed}")
    assert shown(run, f"health {narrowed}").endswith(
        "no scores in the last 7 days\n\nno health checks in the last 7 days\n"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_programs_read_the_same_shape_where_there_is_nothing(run: Run, command: str) -> None:
    empty = told(run, command)
    match command.split(maxsplit=1)[0]:
        case "health":
            assert (empty["score"], empty["metrics"], empty["trend"]) == (None, [], [])
            assert (empty["latest"], empty["score_trend"]) == ([], [])
        case "predictions":
            assert (empty["total"], empty["mean_latency_ms"]) == (0, None)
        case "drift":
            assert empty == {"latest": [], "segments": [], "alerts": [], "trend": []}
        case "concept":
            assert empty == {"detectors": [], "alerts": []}
        case _:
            assert empty == []


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("shap 42", "prediction id '42' is no UUID; give it as prediction_logs.id has it"),
        ("metrics", "Missing option '--model'"),
        ("metrics --model churn --hours 0", "hours is 0.0; give a number above 0, up to 876,600"),
        ("metrics --model churn --hours often", "Invalid value for '--hours'"),
        ("metrics --model churn --limit 0", "limit is 0; give a whole number"),
        ("health --model churn --days 0", "days is 0; give a whole number"),
        ("drift --model churn --days 1.5", "Invalid value for '--days'"),
        ("concept --model churn --days -1", "days is -1.0; give a number above 0, up to 36,525"),
    ],
)
def test_what_cannot_be_asked_is_one_line(run: Run, command: str, complaint: str) -> None:
    done = run("show", *command.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"driftgauge: error: {complaint}")
    assert done.err.count("\n") == 1


@pytest.mark.usefixtures("rows")
def test_the_program_shows_it_from_a_shell(exporter_dsn: str) -> None:
    def driftgauge(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "driftgauge", "show", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "DRIFTGAUGE_DSN": exporter_dsn},
            timeout=60,
        )

    done = driftgauge("metrics", "--model", "churn", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    first = json.loads(done.stdout)[0]
    assert (first["name"], first["value"], first["unit"]) == ("revenue", 12.5, "EUR")
    assert datetime.now(UTC) - datetime.fromisoformat(first["timestamp"]) < timedelta(minutes=5)
    done = driftgauge("shap", "not-a-uuid")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_help_is_quick_and_shows_an_example_of_each(run: Run) -> None:
    code = (
        "import sys\nfrom driftgauge.cli.main import main\n"
        "assert main(['show', '--help']) == 0\n"
        "assert not (loaded := {'numpy', 'psycopg', 'orjson', 'scipy'} & set(sys.modules)), loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    for name in (*OF_A_MODEL, "shap", "lime"):
        assert name in done.stdout
        assert f"Example: driftgauge show {name} " in run("show", name, "--help").out


@pytest.mark.usefixtures("rows")
def test_a_detector_that_is_no_longer_chosen_is_not_shown_as_if_it_ran(run: Run, database: str) -> None:
    with psycopg.connect(database, options="-c search_path=driftgauge") as connection:
        connection.execute(
            """
            WITH task AS (
                INSERT INTO outcome_tasks (model_name, version, environment, task, definition)
                VALUES ('churn', '3', 'production', 'binary', '{}') RETURNING task_id
            )
            INSERT INTO concept_detectors (task_id, detector, metric_name, seen, score)
            SELECT task_id, 'ddm', 'error_rate', 800, 0.7 FROM task
            """
        )
    found = " ".join(shown(run, "concept --model churn").split())
    assert "3 production ddm error_rate 800 no longer chosen: not in concept.detectors" in found
    assert "adwin has seen no error of churn" in found
    [ddm, _] = told(run, "concept --model churn")["detectors"]
    assert (ddm["detector"], ddm["score"]) == ("ddm", None)
