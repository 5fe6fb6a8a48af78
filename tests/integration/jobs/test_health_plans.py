"""A cycle of health and of rules finds what it reads of each model by an index, however much history there is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from driftgauge.store.catalog import queries
from integration.jobs.stage import DAY, HOUR
from integration.plans import explain, scanned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from fixtures.postgres import Cluster

MODELS: Final = 40
HOURS: Final = 1_000
LEAST: Final = 5_000
PAGES_A_MODEL: Final = 40
FILL: Final = """
CREATE TEMPORARY TABLE log AS
SELECT 'model ' || model AS model_name, '1' AS version, 'production' AS environment, hour,
    date_trunc('hour', now()) - make_interval(hours => hour) AS at
FROM generate_series(0, %(hours)s - 1) AS hour, generate_series(1, %(models)s) AS model;
INSERT INTO traffic_rollups (
    model_name, version, environment, status, bucket_start, predictions, latency_buckets, latency_sum
)
SELECT model_name, version, environment, status, at - minute * interval '1 minute', 9, array_fill(1, ARRAY[14]), 1
FROM log, unnest(ARRAY['success', 'error']) AS status, generate_series(0, 50, 10) AS minute;
INSERT INTO traffic_totals (
    model_name, version, environment, status, predictions, latency_buckets, first_timestamp, last_timestamp
)
SELECT model_name, version, environment, 'success', 9, '{}', min(at), max(at) FROM log GROUP BY 1, 2, 3;
INSERT INTO data_quality_results (
    model_name, version, environment, check_name, feature_name, verdict, reason, value, threshold, rows, window_start,
    window_end, "timestamp"
)
SELECT model_name, version, environment, name, feature, 'sound', repeat('why ', 20), 1, 9, 64, at - interval '1 hour',
    at, at
FROM log, (VALUES ('staleness', ''), ('repeated_rows', ''), ('distinct_share', 'note')) AS checks (name, feature);
INSERT INTO dataset_drift_results (
    model_name, version, environment, segment, verdict, reason, drift_detected, drifted_features, judged_features,
    threshold, ranking, rows, window_start, window_end, "timestamp"
)
SELECT model_name, version, environment, part, 'stable', '', FALSE, 0, 9, 0.5, '[]', 9, at - interval '1 hour', at, at
FROM log, unnest(ARRAY['', 'de']) AS part;
INSERT INTO data_drift_results (
    model_name, version, environment, feature_name, statistical_test, drift_detected, verdict, reason, p_value,
    adjusted_p_value, window_end, "timestamp"
)
SELECT model_name, version, environment, 'age', test, FALSE, 'stable', repeat('why ', 20), 0.5, 0.5, at, at
FROM log, unnest(ARRAY['ks', 'missing_share', 'unseen_share']) AS test;
INSERT INTO concept_drift_results (
    model_name, version, environment, metric_name, detector, drift_detected, score, current_window_end, "timestamp"
)
SELECT model_name, version, environment, metric, 't_test', FALSE, 0.5, at, at
FROM log, unnest(ARRAY['accuracy', 'roc_auc']) AS metric;
INSERT INTO outcome_tasks (model_name, version, environment, task, definition)
SELECT DISTINCT model_name, version, environment, 'binary', '{}'::jsonb FROM log;
INSERT INTO outcome_cohorts (
    task_id, segment, cohort_start, cohort_end, predictions, outcomes, unusable, lag_microseconds, counts, revision
)
SELECT task_id, part, at, at + interval '1 hour', 9, 9, 0, 0, '', 1
FROM log INNER JOIN outcome_tasks USING (model_name, version, environment), unnest(ARRAY['', 'de']) AS part;
INSERT INTO performance_results (
    task_id, segment, cohort_start, cohort_end, revision, standard, predictions, outcomes, closed, matured, realised,
    estimated, curve, matured_at
)
SELECT task_id, segment, cohort_start, cohort_end, 1, '', 9, 9, TRUE, cohort_end < now() - interval '7 days',
    jsonb_build_object('accuracy', jsonb_build_object('value', 1, 'verdict', 'stable')),
    '{"accuracy": {"value": 1}}', '[]', CASE WHEN cohort_end < now() - interval '7 days' THEN cohort_end END
FROM outcome_cohorts;
INSERT INTO explainability_drift_results (model_name, version, environment, feature_name, drift_detected, "timestamp")
SELECT model_name, version, environment, feature, FALSE, at FROM log, unnest(ARRAY['age', 'fare']) AS feature;
INSERT INTO model_health_checks (model_name, version, environment, checked_at)
SELECT model_name, version, environment, at FROM log;
INSERT INTO model_health_scores (model_name, version, environment, score, threshold, rule, components, "timestamp")
SELECT model_name, version, environment, 1, 0.8, 'components', '[]', at FROM log;
INSERT INTO model_metrics (model_name, version, environment, metric_name, metric_value, "timestamp")
SELECT model_name, version, environment, metric, 1, at FROM log, unnest(ARRAY['revenue', 'margin']) AS metric
"""


@pytest.fixture(scope="module")
def history(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """Six weeks of forty models in every table that health follows from, with statistics."""
    name = "driftgauge_health_plans"
    cluster.copy(template, name)
    with psycopg.connect(
        cluster.at(name), options="-c search_path=driftgauge -c TimeZone=UTC", cursor_factory=psycopg.ClientCursor
    ) as connection:
        connection.execute(FILL, {"models": MODELS, "hours": HOURS})
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.autocommit = False
        yield connection
        connection.rollback()
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


def reading(now: datetime) -> dict[str, dict[str, object]]:
    """Return every query that a cycle reads by, with what it takes."""
    models = [f"model {place}" for place in range(1, MODELS + 1)]
    asked: dict[str, object] = {
        "model_names": models,
        "versions": ["1"] * MODELS,
        "environments": ["production"] * MODELS,
    }
    lately = {"since": now - 2 * DAY}
    return {
        "health/read_models": {"since": now - 28 * DAY},
        "health/read_traffic": {**asked, "since": now - HOUR, "until": now},
        "health/read_silences": {**asked, **lately, "check_name": "staleness"},
        "health/read_drift": {**asked, **lately},
        "health/read_feature_checks": {**asked, "window_ends": [now] * MODELS},
        "health/read_row_checks": {**asked, "since": now - 2 * HOUR, "left_out": "staleness"},
        "health/read_concept_tests": {**asked, "metric_names": ["accuracy", "mae"], "since": now - 11 * DAY},
        "health/read_performance": asked,
        "health/read_explanations": {**asked, "since": now - 7 * DAY},
        "health/read_checks": {**asked, "since": now - DAY},
        "health/read_latest": asked,
        "rules/read_versions": {
            "model_names": models,
            "environments": asked["environments"],
            "since": now - 28 * DAY,
            "logged_since": now - DAY,
        },
        "rules/read_metrics": {**asked, "metric_names": ["revenue"] * MODELS, "since": now - DAY},
        "rules/read_drift": {**asked, **lately},
        "rules/read_performance": {**asked, "since": now - 28 * DAY},
        "retention/delete_results": {"before": now - timedelta(hours=HOURS - 1)},
    }


@pytest.fixture
def now(history: psycopg.Connection) -> datetime:
    row = history.execute("SELECT date_trunc('hour', now())").fetchone()
    assert row is not None
    return row[0]


def test_a_cycle_scans_no_table(history: psycopg.Connection, now: datetime) -> None:
    for name, params in reading(now).items():
        plan = explain(history, name, **params)
        assert scanned(history, plan, least=LEAST) == set(), name


def test_a_cycle_reads_little_of_each_model(history: psycopg.Connection, now: datetime) -> None:
    for name, params in reading(now).items():
        if name == "retention/delete_results":
            continue
        history.execute("SET LOCAL jit = off")
        row = history.execute(b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + queries()[name].sql, params).fetchone()
        history.rollback()
        assert row is not None
        plan = row[0][0]["Plan"]
        pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        assert pages < PAGES_A_MODEL * MODELS, f"{name}: {pages} pages"


def test_every_query_of_health_is_looked_at_here(now: datetime) -> None:
    assert {name for name in queries() if name.startswith("health/")} - {"health/write_score"} <= set(reading(now))
