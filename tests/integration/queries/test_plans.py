"""Every question is answered by an index, over rows of its own model and span, however much there is of others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from driftgauge.store.catalog import queries
from integration.plans import explain, nodes, scanned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster

ROWS: Final = 40_000  # a table; 100 models, as they come: side by side
WEEKS: Final = 8
LEAST: Final = ROWS // WEEKS // 2  # rows of a relation whose end-to-end reading would be told
LOG: Final = """
CREATE TEMPORARY TABLE log AS
SELECT
    number,
    'model ' || number %% 100 AS model_name,
    ((number / 100) %% 2)::text AS version,
    'production' AS environment,
    now() - make_interval(days => %(days)s) * (1 - number::float8 / %(rows)s) AS at
FROM generate_series(1, %(rows)s) AS number
"""
PAGES: Final = 120  # a fraction of each table and of each of its indexes
FILL: Final = """
INSERT INTO prediction_logs (model_name, version, environment, latency_ms, "timestamp")
SELECT model_name, version, environment, number % 97, at FROM log;
INSERT INTO model_metrics (model_name, version, environment, metric_name, metric_value, "timestamp")
SELECT model_name, version, environment, 'metric ' || (number / 200) % 3, number, at FROM log;
INSERT INTO model_health_checks (model_name, version, environment, checked_at)
SELECT model_name, version, environment, at FROM log;
INSERT INTO model_health_scores (model_name, version, environment, score, threshold, rule, components, "timestamp")
SELECT model_name, version, environment, 1, 0.8, 'components', '[]', at FROM log;
INSERT INTO model_performance_history (model_name, version, environment, metric_name, metric_value, "timestamp")
SELECT model_name, version, environment, 'metric ' || (number / 200) % 3, number, at FROM log;
INSERT INTO outcome_tasks (model_name, version, environment, task, definition)
SELECT DISTINCT model_name, version, environment, 'binary', '{}'::jsonb FROM log;
INSERT INTO outcome_cohorts (
    task_id, segment, cohort_start, cohort_end, predictions, outcomes, unusable, lag_microseconds, counts, revision
)
SELECT task.task_id, segment, at, at + interval '1 day', 9, 9, 0, 0, '', 1
FROM outcome_tasks AS task, unnest(ARRAY['', 'de', 'fr']) AS segment,
    generate_series(now() - interval '67 days', now() - interval '1 day', interval '1 day') AS at;
INSERT INTO performance_results (
    task_id, segment, cohort_start, cohort_end, revision, standard, predictions, outcomes, closed, matured, realised,
    estimated, curve
)
SELECT task_id, segment, cohort_start, cohort_end, 1, '', 9, 9, TRUE, TRUE,
    jsonb_build_object('accuracy', jsonb_build_object('value', 1)), '{}', '[]'
FROM outcome_cohorts;
INSERT INTO traffic_rollups (
    model_name, version, environment, status, bucket_start, predictions, latency_buckets, latency_sum
)
SELECT model_name, version, environment, 'success', at, 9, ARRAY[9], 0.1 FROM log;
INSERT INTO concept_drift_results (
    model_name, version, environment, metric_name, detector, drift_detected, "timestamp", created_at
)
SELECT
    model_name, version, environment, 'accuracy', CASE number / 100 % 5 WHEN 0 THEN 't_test' ELSE 'adwin' END,
    (number / 100) % 20 = 0, at, at
FROM log;
INSERT INTO concept_detectors (task_id, detector, metric_name)
SELECT task_id, name, 'error_rate' FROM outcome_tasks, unnest(ARRAY['adwin', 'ddm', 'hddm_a']) AS name;
INSERT INTO shap_values (prediction_id, model_name, version, environment, feature_name, shap_value, "timestamp")
SELECT md5((number / 10)::text)::uuid, model_name, version, environment, 'f' || number % 10, number, at FROM log;
INSERT INTO lime_explanations (prediction_id, model_name, version, environment, feature_name, weight, "timestamp")
SELECT md5((number / 10)::text)::uuid, model_name, version, environment, 'f' || number % 10, number, at FROM log;
INSERT INTO explanation_metadata (
    prediction_id, model_name, version, environment, explanation_type, complexity_score, "timestamp"
)
SELECT md5(number::text)::uuid, model_name, version, environment, 'shap', number, at FROM log;
INSERT INTO explanation_drift_summaries (
    model_name, version, environment, explanation_type, window_start, window_end, verdict, reason, sentence,
    explained_predictions, drifted_features, judged_features, ndcg_threshold, appeared, vanished, "timestamp"
)
SELECT
    model_name, version, environment, 'shap', at - interval '1 hour', at, 'stable', '', '', 9, 0, 1, 0.9, '{}', '{}', at
FROM log;
INSERT INTO explainability_drift_results (
    model_name, version, environment, feature_name, drift_detected, verdict, window_end, "timestamp"
)
SELECT model_name, version, environment, 'age', FALSE, 'stable', at, at FROM log;
INSERT INTO model_alerts (model_name, version, environment, alert_type, severity, message, resolved, triggered_at)
SELECT model_name, version, environment, 'metric_threshold', 'info', '', (number / 100) % 50 > 0, at FROM log;
INSERT INTO data_drift_results (
    model_name, version, environment, feature_name, statistical_test, drift_detected, verdict, reason, p_value,
    current_distribution, window_end, "timestamp"
)
SELECT
    model_name, version, environment, 'age', CASE number % 2 WHEN 0 THEN 'ks' ELSE 'missing_share' END,
    (number / 100) % 20 = 0, 'stable', repeat('why ', 20), 0.5,
    CASE WHEN number % 3 = 0 THEN to_jsonb(ARRAY(SELECT generate_series(1, 40))) END, at, at
FROM log;
INSERT INTO data_quality_results (
    model_name, version, environment, check_name, feature_name, verdict, reason, value, rows, window_start, window_end,
    "timestamp"
)
SELECT
    model_name, version, environment, 'distinct_share', 'note ' || number, 'sound', repeat('why ', 20), 1, 64,
    at - interval '1 hour', at, at
FROM log;
INSERT INTO anomaly_results (
    model_name, version, environment, metric_name, bucket_start, value, verdict, reason, rows
)
SELECT model_name, version, environment, 'metric ' || number, at, 1, 'normal', repeat('why ', 20), 9 FROM log;
INSERT INTO dataset_drift_results (
    model_name, version, environment, verdict, reason, drift_detected, drifted_features, judged_features, threshold,
    ranking, rows, window_start, window_end, "timestamp"
)
SELECT model_name, version, environment, 'stable', '', FALSE, 0, 1, 0.5, '[]', 9, at - interval '1 hour', at, at
FROM log;
INSERT INTO feature_importance_history (
    model_name, version, environment, feature_name, importance_value, "timestamp", created_at
)
SELECT model_name, version, environment, 'f' || number % 3, 1, at, at FROM log;
INSERT INTO feature_importance_comparisons (
    model_name, version, environment, "timestamp", compared_with, previous_version, previous_timestamp, features,
    appeared, vanished, left_out, ndcg_threshold, threshold, normalised, drifted_features, reason, fingerprint
)
SELECT
    model_name, version, environment, at, 'logging', version, at, 3, '{}', '{}', '{}', 0.9, 0.1, FALSE, 0,
    repeat('why ', 20), md5(number::text)
FROM log;
INSERT INTO feature_importance_drift (
    comparison_id, model_name, version, environment, feature_name, drift_detected, "timestamp"
)
SELECT id, model_name, version, environment, 'f' || feature, FALSE, "timestamp"
FROM feature_importance_comparisons, generate_series(1, 3) AS feature;
INSERT INTO drift_alerts (drift_result_id, severity, message, created_at)
SELECT id, 'high', '', "timestamp" FROM data_drift_results WHERE drift_detected
"""
MODEL: Final = {"model_name": "model 7", "version": None, "environment": None}
ONE: Final = {"model_name": "model 7", "version": "1", "environment": "production"}
EITHER: Final = pytest.mark.parametrize("of", [MODEL, ONE], ids=["every version", "one version"])
# Each question of a model: what else it takes, and the columns of the index that it is answered by. 200 hours lie in
# more weeks than this one, which may have just begun.
QUESTIONS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "show/recent_metrics": ({"hours": 200, "rows": 100}, 'model_name, "timestamp"'),
    "show/prediction_summary": ({"hours": 200}, 'model_name, version, environment, "timestamp"'),
    "show/health_trend": ({"days": 7}, "model_name, checked_at"),
    "show/latest_health": ({"hours": 24}, 'model_name, "timestamp"'),
    "show/health_score_trend": ({"days": 7}, 'model_name, "timestamp"'),
    "show/drift_alerts": (
        {"hours": 24, "rows": 100, "segment": None},
        "created_at",
    ),  # they are few, whatever the model
    "show/latest_drift": ({"hours": 24, "segment": None}, 'model_name, "timestamp"'),
    "show/data_quality": ({"hours": 24}, 'model_name, "timestamp"'),
    "show/drift_trend": ({"days": 7}, 'model_name, "timestamp"'),
    "show/concept_drift_alerts": ({"hours": 168, "rows": 100}, "model_name, created_at"),
    "show/concept_detectors": ({}, "model_name, version, environment, metric_name, current_window_end"),
    "show/performance_trend": (
        {"metric_name": "metric 1", "days": 7},
        'model_name, version, environment, metric_name, "timestamp"',
    ),
    "show/anomalies": ({"hours": 24, "rows": 100}, "model_name, bucket_start"),
    "show/metric_trend": ({"metric_name": "metric 1", "days": 7}, 'model_name, "timestamp"'),
    "show/performance_cohorts": ({"segment": "", "days": 7}, "task_id, segment, cohort_start"),
    "show/importance_drift": ({}, 'model_name, environment, version, basis, "timestamp"'),
    "show/importance_history": ({"hours": 200, "rows": 1_000}, 'model_name, "timestamp"'),
    "show/traffic_trend": ({"days": 7, "step": 3600}, "model_name, version, environment, bucket_start, status"),
    "show/feature_distributions": (
        {"hours": 24, "features": ["age"]},
        "model_name, version, environment, window_end, segment, feature_name, statistical_test",
    ),
    "show/reliability": ({"days": 7}, "task_id, segment, cohort_start"),
    "show/explanation_trend": ({"days": 7}, 'model_name, version, environment, "timestamp"'),
    "show/explanation_drift": ({"hours": 24}, 'model_name, "timestamp"'),
    "show/active_alerts": ({"rows": 100}, "model_name, environment, triggered_at"),
    "show/alert_history": ({"hours": 200, "rows": 1_000}, "model_name, triggered_at"),
}


@pytest.fixture(scope="module")
def history(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """Eight weeks of 100 models in every table that is asked about, with statistics."""
    name = "driftgauge_question_plans"
    cluster.copy(template, name)
    with psycopg.connect(cluster.at(name), options="-c search_path=driftgauge -c TimeZone=UTC") as connection:
        connection.execute("SELECT create_partitions(now() - %s, now())", (timedelta(weeks=WEEKS),))
        connection.execute(LOG, {"days": WEEKS * 7, "rows": ROWS})
        connection.execute(FILL)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.autocommit = False
        yield connection
        connection.rollback()
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@EITHER
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_reads_no_table_from_end_to_end(
    history: psycopg.Connection, name: str, of: dict[str, object]
) -> None:
    plan = explain(history, name, **of, **QUESTIONS[name][0])
    assert scanned(history, plan, least=LEAST) == set()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_about_every_version_is_answered_by_its_index(history: psycopg.Connection, name: str) -> None:
    params, columns = QUESTIONS[name]
    plan = explain(history, name, **MODEL, **params)
    searched = {str(node["Index Name"]) for node in nodes(plan) if "Index Cond" in node}
    found = history.execute("SELECT indexdef FROM pg_indexes WHERE indexname = ANY(%s)", (list(searched),)).fetchall()
    assert any(f"({columns})" in definition for (definition,) in found), found


@EITHER
@pytest.mark.parametrize("name", ["show/recent_metrics", "show/prediction_summary"])
def test_a_day_lies_in_few_partitions(history: psycopg.Connection, name: str, of: dict[str, object]) -> None:
    plan = explain(history, name, **of, **QUESTIONS[name][0] | {"hours": 24})
    read = {str(node["Relation Name"]) for node in nodes(plan) if "Relation Name" in node}
    assert 1 <= len(read) <= 3, "one week, two around its border, and the rows of no week"


@EITHER
@pytest.mark.parametrize("name", QUESTIONS)
def test_little_more_is_read_than_answers(history: psycopg.Connection, name: str, of: dict[str, object]) -> None:
    history.execute("SET LOCAL jit = off")
    params = {**of, **QUESTIONS[name][0]}
    row = history.execute(b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + queries()[name].sql, params).fetchone()
    assert row is not None
    plan = row[0][0]["Plan"]
    pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert pages < PAGES, f"{pages} pages"
    history.rollback()


def test_checks_of_rows_and_texts_are_found_by_the_model(history: psycopg.Connection) -> None:
    plan = explain(history, "show/data_quality", **MODEL, hours=24)
    read = {str(node.get("Index Name")): node["Index Cond"] for node in nodes(plan) if "Index Cond" in node}
    assert "model_name" in read["data_quality_results_recent"]


def test_the_last_importances_of_each_version_are_found_by_the_model(history: psycopg.Connection) -> None:
    plan = explain(history, "show/last_importances", model_name="model 7", span=timedelta(hours=1))
    assert scanned(history, plan, least=LEAST) == set()


@pytest.mark.parametrize("name", ["show/shap_values", "show/lime_weights"])
def test_attributions_are_found_by_the_prediction(history: psycopg.Connection, name: str) -> None:
    plan = explain(history, name, prediction_id="c4ca4238-a0b9-2382-0dcc-509a6f75849b")
    assert scanned(history, plan, least=LEAST) == set()
    conditions = [str(node["Index Cond"]) for node in nodes(plan) if "Index Cond" in node]
    assert len(conditions) >= WEEKS
    assert all("prediction_id" in condition for condition in conditions)


def test_every_question_is_looked_at_here() -> None:
    asked = {name for name in queries() if name.startswith("show/")}
    # show/models reads all there is: a row a model and status
    apart = {"show/shap_values", "show/lime_weights", "show/last_importances", "show/models"}
    assert asked == {*QUESTIONS, *apart}
