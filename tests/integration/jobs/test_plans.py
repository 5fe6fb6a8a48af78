"""Every shipped query over predictions and results is served by an index, or by the partitions it needs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from driftgauge.store.catalog import queries, query
from driftgauge.store.predictions import LAST_SEQ
from integration.jobs.stage import DAY, HOUR
from integration.plans import Plan, explain, nodes
from integration.plans import scanned as relations_scanned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from fixtures.postgres import Cluster

WEEKS = 20
ROWS_A_WEEK = 3_000
MODELS = 4
ONE_LIVE = "data_drift_results_one_live"
COUNTING_ALL = {  # go over everything: that is what they are for
    "feed/count_predictions",
    "rebuild/count_rows",
    "rebuild/delete_profiles",
    "rebuild/subtract_traffic",
}


@pytest.fixture(scope="module")
def history(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """Twenty weeks of predictions, all but the last 500 rolled up, and a year of results; with statistics."""
    name = "driftgauge_plans"
    cluster.copy(template, name)
    with psycopg.connect(cluster.at(name), options="-c search_path=driftgauge -c TimeZone=UTC") as connection:
        connection.execute("SELECT create_partitions(now() - %s, now())", (timedelta(weeks=WEEKS),))
        connection.execute(
            """
            INSERT INTO prediction_logs (model_name, version, environment, features, latency_ms, timestamp)
            SELECT 'model ' || number %% %(models)s, '1', 'production', jsonb_build_object('age', number), 12,
                   now() - make_interval(weeks => %(weeks)s) * (1 - number::float8 / %(rows)s)
            FROM generate_series(1, %(rows)s) AS number
            """,
            {"models": MODELS, "weeks": WEEKS, "rows": WEEKS * ROWS_A_WEEK},
        )
        connection.execute(
            "INSERT INTO watermarks (job, ingest_seq, system_identifier, compacted_before, horizon_at)"
            " VALUES ('rollup', %s, '1', now(), now())",
            (WEEKS * ROWS_A_WEEK - 500,),
        )
        connection.execute(
            """
            INSERT INTO data_drift_results (
                model_name, version, environment, feature_name, feature_kind, statistical_test, drift_detected,
                verdict, rows, window_start, window_end, timestamp
            )
            SELECT 'model ' || model, '1', 'production', 'feature ' || feature, 'numeric', 'test ' || test,
                   hour % 50 = 0 AND test = 1, 'stable', 100, hours.at - interval '1 hour', hours.at, hours.at
            FROM generate_series(1, 4) AS model, generate_series(1, 5) AS feature, generate_series(1, 3) AS test,
                 generate_series(1, 1500) AS hour,
                 LATERAL (SELECT date_trunc('hour', now()) - make_interval(hours => hour) AS at) AS hours
            """
        )
        connection.execute(
            "INSERT INTO drift_alerts (drift_result_id, severity, message)"
            " SELECT id, 'high', '' FROM data_drift_results WHERE drift_detected"
        )
        connection.execute(
            """
            INSERT INTO data_quality_results (
                model_name, version, environment, check_name, feature_name, verdict, reason, value, rows, window_start,
                window_end
            )
            SELECT 'model ' || model, '1', 'production', checks.name, checks.feature, 'sound', '', 1, 64,
                   hours.at - interval '1 hour', hours.at
            FROM generate_series(1, 4) AS model, generate_series(1, 600) AS hour,
                 (VALUES ('repeated_rows', ''), ('staleness', ''), ('distinct_share', 'note 1'),
                         ('distinct_share', 'note 2'), ('distinct_share', 'note 3')) AS checks (name, feature),
                 LATERAL (SELECT date_trunc('hour', now()) - make_interval(hours => hour) AS at) AS hours
            """
        )
        connection.execute(
            """
            INSERT INTO anomaly_results (
                model_name, version, environment, metric_name, bucket_start, value, verdict, reason, rows
            )
            SELECT 'model ' || model, '1', 'production', 'metric ' || metric, hours.at, 1, 'normal', '', 64
            FROM generate_series(1, 4) AS model, generate_series(1, 5) AS metric, generate_series(1, 1500) AS hour,
                 LATERAL (SELECT date_trunc('hour', now()) - make_interval(hours => hour) AS at) AS hours
            """
        )
        connection.execute(
            """
            INSERT INTO model_metrics (model_name, version, environment, metric_name, metric_value, timestamp)
            SELECT 'model ' || number %% 4, '1', 'production', 'metric ' || number / 4 %% 3, 1,
                   now() - make_interval(weeks => %(weeks)s) * (1 - number::float8 / %(rows)s)
            FROM generate_series(1, %(rows)s) AS number
            """,
            {"weeks": WEEKS, "rows": WEEKS * ROWS_A_WEEK},
        )
        connection.execute(
            """
            INSERT INTO model_performance_history (
                model_name, version, environment, metric_name, metric_value, timestamp
            )
            SELECT 'model ' || model, '1', 'production', 'metric ' || metric, day, now() - make_interval(days => day)
            FROM generate_series(1, 20) AS model, generate_series(1, 5) AS metric, generate_series(1, 400) AS day
            """
        )
        connection.execute(
            """
            WITH tasks AS (
                INSERT INTO outcome_tasks (model_name, version, environment, task, definition)
                SELECT 'model ' || model, '1', 'production', 'binary', '{}' FROM generate_series(1, 1000) AS model
                RETURNING task_id, model_name
            ), detectors AS (
                INSERT INTO concept_detectors (task_id, detector, metric_name)
                SELECT task_id, name, 'error_rate' FROM tasks, unnest(ARRAY['adwin', 'ddm', 'hddm_a']) AS name
            )
            INSERT INTO concept_drift_results (
                task_id, model_name, version, environment, metric_name, detector, drift_detected, current_window_end,
                timestamp
            )
            SELECT CASE detector WHEN 'adwin' THEN task_id END, model_name, '1', 'production', 'accuracy', detector,
                   FALSE, now() - make_interval(days => day), now() - make_interval(days => day)
            FROM tasks, unnest(ARRAY['adwin', 't_test']) AS detector, generate_series(1, 20) AS day
            WHERE task_id % 2 = 0
            """
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.autocommit = False
        yield connection
        connection.rollback()
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def now(history: psycopg.Connection) -> datetime:
    row = history.execute("SELECT date_trunc('hour', now())").fetchone()
    assert row is not None
    return row[0]


def scanned(connection: psycopg.Connection, plan: Plan) -> set[str]:
    """Return the relations that are read from end to end, but for those with next to no rows."""
    return relations_scanned(connection, plan, least=ROWS_A_WEEK // 2)


def touched(plan: Plan) -> set[str]:
    """Return the partitions of prediction_logs that are read at all."""
    names = {str(node.get("Relation Name", "")) for node in nodes(plan)}
    return {name for name in names if name.startswith("prediction_logs_2")}


ONE = {"model_name": "model 1", "version": "1", "environment": "production"}
ANY = dict.fromkeys(ONE)


def test_a_slice_reads_its_rows_by_arrival(history: psycopg.Connection) -> None:
    rows = WEEKS * ROWS_A_WEEK
    plan = explain(
        history, "rollup/read_slice", low=rows - 500, high=rows, bucket_seconds=60, rebuilt_to=0, floor=None, **ANY
    )
    assert scanned(history, plan) == set()


def test_the_lowest_number_is_found_by_arrival(history: psycopg.Connection) -> None:
    plan = explain(history, "rollup/read_lowest")
    assert len(touched(plan)) >= WEEKS
    assert scanned(history, plan) == set()


@pytest.mark.parametrize("of", [ONE, {**ANY, "model_name": "model 1"}])
def test_documents_of_a_span_are_read_from_its_partitions_by_model(
    history: psycopg.Connection, now: datetime, of: dict[str, object]
) -> None:
    span = {"window_start": now - 30 * DAY, "window_end": now - 29 * DAY, "low": 0, "high": LAST_SEQ}
    limits = {"longest": 100, "least_rows": 200, "most": 5}
    for plan in (
        explain(history, "references/read_documents", bucket_seconds=3600, origin=0, segments=["de"], **of, **span),
        explain(history, "references/read_segments", **limits, **of, **span),
    ):
        assert len(touched(plan)) in (1, 2)
        assert scanned(history, plan) == set()


def test_the_first_rows_are_found_by_the_model(history: psycopg.Connection) -> None:
    plan = explain(history, "references/read_first_rows", high=WEEKS * ROWS_A_WEEK, rows=500, **ONE)
    assert scanned(history, plan) == set()
    assert [node["Node Type"] for node in nodes(plan)].count("Limit") == 1


def test_a_model_that_came_late_is_found_by_its_own_rows(history: psycopg.Connection) -> None:
    late = {**ONE, "model_name": "late"}
    for name, params in (
        ("references/read_first_rows", {"high": LAST_SEQ, "rows": 500}),
        ("references/read_lowest", {}),
    ):
        plan = explain(history, name, **late, **params)
        assert scanned(history, plan) == set()
        assert all("model_name" in str(node.get("Index Cond")) for node in nodes(plan) if "Index Name" in node)


def test_progress_is_read_by_arrival(history: psycopg.Connection) -> None:
    assert scanned(history, explain(history, "rollup/read_progress", job="rollup")) == set()


def test_the_earliest_rows_are_found_by_time(history: psycopg.Connection) -> None:
    plan = explain(history, "replay/read_earliest_rows", rows=500, **ONE)
    assert scanned(history, plan) == set()
    assert "Sort" not in {node["Node Type"] for node in nodes(plan)}


@pytest.mark.parametrize("of", [ONE, ANY])
def test_the_models_of_a_replay_are_listed_from_its_partitions(
    history: psycopg.Connection, now: datetime, of: dict[str, object]
) -> None:
    plan = explain(history, "replay/list_models", window_start=now - 30 * DAY, window_end=now - 29 * DAY, **of)
    assert len(touched(plan)) in (1, 2)


def test_whether_models_are_logged_is_found_by_the_model(history: psycopg.Connection) -> None:
    for model in ("model 1", "elsewhere"):
        given = {"model_names": [model] * 30, "versions": ["1"] * 30, "environments": ["a"] * 30}
        plan = explain(history, "source/find_refused", source="orders", configured=["orders"], **given)
        assert scanned(history, plan) == set()


def test_whether_models_of_a_source_are_logged_is_found_by_the_model(history: psycopg.Connection) -> None:
    plan = explain(history, "source/release_logged", source="orders")
    assert scanned(history, plan) <= {"source_models"}


def test_the_newest_rows_of_a_bucket_are_found_by_time(history: psycopg.Connection, now: datetime) -> None:
    span = {"window_start": now - 30 * DAY, "window_end": now - 30 * DAY + HOUR, "most": 5_000}
    texts = {"feature_names": ["note", "reply"], "sizes": [32, 64]}
    for name, params in (("quality/count_repeats", {}), ("quality/count_distinct", texts)):
        plan = explain(history, name, **ONE, **span, **params)
        assert len(touched(plan)) in (1, 2)
        assert scanned(history, plan) == set()
        reading = [node for node in nodes(plan) if "Index Cond" in node]
        assert len(reading) == len(touched(plan)), "once, for all texts"
        assert all("model_name" in node["Index Cond"] and "timestamp" in node["Index Cond"] for node in reading)


def test_rows_that_losses_are_learned_from_are_found_by_model_and_time(
    history: psycopg.Connection, now: datetime
) -> None:
    span = {"window_start": now - 30 * DAY, "window_end": now - 29 * DAY}
    history.execute("SET LOCAL enable_seqscan = off")  # there are no outcomes: an index must merely fit
    plan = explain(
        history, "performance/read_loss_rows", **ONE, **span, segment="", earliest=7 * DAY, looked_at=9_000, most=2_000
    )
    history.rollback()
    assert len(touched(plan)) in (1, 2)
    assert scanned(history, plan) == set()
    conditions = [str(node["Index Cond"]) for node in nodes(plan) if "Index Cond" in node]
    assert any("model_name" in condition and "timestamp" in condition for condition in conditions)
    assert any("prediction_id" in condition for condition in conditions)


def test_what_a_check_found_before_is_read_by_index(history: psycopg.Connection, now: datetime) -> None:
    """For each text by itself, so that others of the model, or the same of other models, cost nothing."""
    texts = {"feature_names": ["note 1", "note 2"], "least_rows": [64, 64], "most_rows": [64, 64], "buckets": 2_000}
    span = {"since": now - 28 * DAY, "before": now}
    plans = [
        explain(history, "quality/read_history", check_name="distinct_share", **ONE, **span, **texts),
        explain(history, "quality/read_silences", check_name="staleness", **ONE, since=now - 14 * DAY),
    ]
    for plan in plans:
        assert scanned(history, plan) == set()
        [reading] = [node for node in nodes(plan) if "Index Cond" in node]
        assert reading.get("Index Name") == "data_quality_results_one_a_window"
        assert all(column in reading["Index Cond"] for column in ("check_name", "feature_name", "window_end"))


def test_logged_metrics_of_a_span_are_read_by_index(history: psycopg.Connection, now: datetime) -> None:
    plan = explain(history, "anomalies/read_metrics", **ONE, metric_names=["metric 1"], since=now - DAY, until=now)
    assert scanned(history, plan) == set()
    conditions = [node["Index Cond"] for node in nodes(plan) if "Index Cond" in node]
    assert 1 <= len(conditions) <= 3, "one week, two around its border, and the rows of no week"
    assert all("metric_name" in condition and "timestamp" in condition for condition in conditions)


def test_the_last_verdicts_of_all_models_are_found_by_time(history: psycopg.Connection, now: datetime) -> None:
    plan = explain(history, "anomalies/read_verdicts", since=now - 26 * HOUR)
    assert scanned(history, plan) == set()
    assert any("bucket_start" in str(node.get("Index Cond")) for node in nodes(plan))


def test_the_latest_metrics_are_found_name_by_name(history: psycopg.Connection, now: datetime) -> None:
    """Entered once for each name: what a name was before costs nothing."""
    given = {"since": now - 28 * DAY, "most": 50, "counted": 1_000}
    plan = explain(history, "metrics/read_latest", **given)
    assert scanned(history, plan) == set()
    row = history.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + query("metrics/read_latest").sql, given).fetchone()
    assert row is not None
    found = row[0][0]["Plan"]
    names = MODELS * 3
    assert found["Actual Rows"] == names
    read = [node for node in nodes(found) if str(node.get("Relation Name", "")).startswith("model_metrics")]
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in read) < 30 * names < 4 * ROWS_A_WEEK
    history.rollback()


def test_every_query_that_reads_predictions_is_looked_at_here() -> None:
    reading = {name for name, found in queries().items() if re.search(rb"(FROM|JOIN)\s+prediction_logs\b", found.sql)}
    # by tests/integration/queries/test_plans.py and outcomes/test_plans.py
    elsewhere = {name for name in reading if name.startswith("show/")} | {"outcomes/find_prediction"}
    assert reading - COUNTING_ALL - elsewhere == {
        "rollup/read_slice",
        "rollup/read_lowest",
        "references/read_documents",
        "references/read_first_rows",
        "references/read_lowest",
        "references/read_segments",
        "rollup/read_progress",
        "replay/read_earliest_rows",
        "replay/list_models",
        "source/find_refused",
        "source/release_logged",
        "quality/count_repeats",
        "quality/count_distinct",
        "performance/read_loss_rows",
    }


def test_a_judgement_writes_its_window_by_index(history: psycopg.Connection, now: datetime) -> None:
    of = {**ONE, "segment": ""}
    written = {"features": ["feature 1"], "tests": ["test 1"], "window_end": now - HOUR}
    one = {"feature_name": "feature 1", "statistical_test": "test 1", "severity": "high", "message": ""}
    plans = [
        explain(history, "results/delete_outdated", **of, **written),
        explain(history, "results/withdraw_alerts", **of, **written),
        explain(history, "results/raise_alert", **of, **one, window_end=now - HOUR),
        explain(history, "retention/delete_results", before=now - 1000 * HOUR),
    ]
    for plan in plans:
        assert scanned(history, plan) == set()
        conditions = [node["Index Cond"] for node in nodes(plan) if node.get("Index Name") == ONE_LIVE]
        assert all("window_end" in condition for condition in conditions)
    row = history.execute("SELECT pg_get_indexdef(%s::regclass)", (ONE_LIVE,)).fetchone()
    assert row is not None
    assert "(model_name, version, environment, window_end, " in row[0], "what a judgement knows comes first"


def test_roll_ups_are_read_by_index(history: psycopg.Connection, now: datetime) -> None:
    window = {"window_start": now - DAY, "window_end": now}
    history.execute("SET LOCAL enable_seqscan = off")  # they are empty here: an index must merely fit
    plans = [
        explain(history, "profiles/read_window", reference_id=1, segment="", **ONE, **window),
        explain(history, "profiles/read_changes", since=now - DAY),
        explain(history, "traffic/read_confidence"),
        explain(history, "anomalies/read_traffic", **ONE, since=now - DAY, until=now),
        explain(history, "source/read_traffic", source="orders", span_start=now - HOUR, span_end=now),
        explain(
            history, "source/count_traffic", source="orders", span_start=now - DAY, span_end=now, bucket_seconds=60
        ),
        explain(history, "source/read_profiles", source="orders", bucket_start=now - HOUR, bucket_width=HOUR),
        explain(history, "retention/delete_profiles", before=now),
        explain(history, "retention/delete_traffic", before=now),
    ]
    for plan in plans:
        assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}
        assert any("bucket_start" in node.get("Index Cond", "") for node in nodes(plan))
    history.rollback()


def test_detectors_are_found_by_their_task_and_changes_by_its_event_times(
    history: psycopg.Connection, now: datetime
) -> None:
    history.execute("SET LOCAL enable_bitmapscan = off")
    for name, params in (
        ("concept/lock_detectors", {}),
        ("concept/delete_detectors", {"kept": ["adwin"]}),
        ("outcomes/retire_task", {"floor": now - DAY}),
    ):
        plan = explain(history, name, task_id=1, **params)
        assert scanned(history, plan) == set(), name
        assert any("task_id" in node.get("Index Cond", "") for node in nodes(plan)), name
    history.rollback()


def test_a_metric_is_read_by_its_model_and_time_and_compared_with_few_rows(
    history: psycopg.Connection, now: datetime
) -> None:
    metric = {**ONE, "metric_name": "metric 1"}
    for name, params in (
        ("concept/read_history", {"since": now - 70 * DAY}),
        ("concept/read_comparisons", {"since": now - 35 * DAY}),
        ("concept/delete_comparisons", {"ends": [now]}),
    ):
        plan = explain(history, name, **metric, **params)
        assert scanned(history, plan) == set(), name
        assert any("model_name" in node.get("Index Cond", "") for node in nodes(plan)), name
    names = [f"metric {place}" for place in range(1, 4)]
    plan = explain(
        history, "concept/read_changed_metrics", metric_names=names, since=now - 70 * DAY, newer=now - 35 * DAY
    )
    assert scanned(history, plan) == set()


def test_old_results_are_found_by_time(history: psycopg.Connection, now: datetime) -> None:
    plan = explain(history, "retention/delete_results", before=now - 80 * DAY)
    assert "concept_drift_results" not in scanned(history, plan)
