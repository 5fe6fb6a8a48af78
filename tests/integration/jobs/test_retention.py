"""Retention: partitions ahead and behind, days compacted, the old dropped, and nothing counted wrongly for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Timer
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pytest

from driftgauge.app.judging_settings import importance_options
from driftgauge.config import Settings
from driftgauge.errors import LogsInUse, MissingPrivilege
from driftgauge.jobs.importance import ImportanceJob
from driftgauge.jobs.options import Objectives
from driftgauge.jobs.retention import RetentionJob, RetentionOptions
from driftgauge.jobs.rollup import Rollup
from driftgauge.jobs.traffic import RollupJob
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.store.profiles import read_window
from driftgauge.store.references import Layouts
from driftgauge.store.retention import create_partitions
from integration.jobs.stage import DAY, HOUR, KEY, Stage, judged_by, mixed, normal, series, spread
from integration.rollup.oracle import recount

if TYPE_CHECKING:
    from driftgauge.model.profile import ModelProfile
    from driftgauge.model.reference import Reference
    from fixtures.columns import Column
    from integration.jobs.stage import Record

WEEK = timedelta(weeks=1)
NOTHING = Objectives(errors=None, latency=None, latency_threshold=1.0, minimum_predictions=1)
OPTIONS = RetentionOptions(predictions=30 * DAY, rollups=400 * DAY, results=400 * DAY, partitions_ahead=14 * DAY)
PARTITIONS = (
    "SELECT c.relname AS name FROM pg_inherits AS i INNER JOIN pg_class AS c ON i.inhrelid = c.oid"
    " WHERE i.inhparent = 'prediction_logs'::regclass AND c.relname <> 'prediction_logs_default' ORDER BY 1"
)


def columns(rows: int, *, seed: int = 0) -> dict[str, Column]:
    return {"age": normal(rows, seed=seed), "plan": mixed(rows, {"free": 0.5, "pro": 0.5}, seed=seed)}


def keep(stage: Stage, options: RetentionOptions = OPTIONS) -> None:
    assert RetentionJob(stage.database, options).run() == ()


def weeks(stage: Stage) -> list[datetime]:
    names = [row["name"].removeprefix("prediction_logs_") for row in stage.select(PARTITIONS)]
    return [datetime.strptime(f"{name}+0000", "%Y%m%d%z") for name in names]


def make_partitions(stage: Stage, *, days_back: int) -> None:
    stage.execute("SELECT create_partitions(%s, now())", stage.border - days_back * DAY)


def rolled_up(stage: Stage) -> dict[str, list[Record]]:
    """Return all that the roll-ups hold."""
    return {
        table: stage.select(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5")  # noqa: S608 - the names are these
        for table in ("traffic_totals", "traffic_rollups", "profile_rollups")
    }


def window_of(stage: Stage, reference: Reference, start: datetime, end: datetime) -> ModelProfile:
    with stage.database.transaction(read_only=True) as connection:
        layout = Layouts().of(connection, reference.reference_id)
        window = TimeWindow(start=start, end=end)
        return read_window(connection, layout, reference_id=reference.reference_id, key=KEY, window=window).total


def assert_recounted(stage: Stage) -> None:
    """Every bucket equals a full recount of the rows that are there."""
    assert recount(stage.admin, stage.rollup) == []


def test_partitions_are_made_ahead(stage: Stage) -> None:
    keep(stage, replace(OPTIONS, partitions_ahead=60 * DAY))
    found = weeks(stage)
    assert min(found) <= stage.border
    assert max(found) + WEEK >= stage.border + 60 * DAY
    assert all(later - earlier == WEEK for earlier, later in pairwise(found))


def test_old_partitions_are_dropped_and_no_total_goes_back(stage: Stage) -> None:
    make_partitions(stage, days_back=80)
    stage.set_reference(columns(500))
    stage.log(columns(300), spread(stage.border - 70 * DAY, stage.border - 60 * DAY, 300))
    stage.log(columns(200, seed=1), spread(stage.border - 2 * HOUR, stage.border, 200), status="error")
    stage.roll()
    before = rolled_up(stage)
    old = weeks(stage)
    keep(stage)
    kept = weeks(stage)
    floor = stage.border - 30 * DAY
    assert set(old) - set(kept) == {week for week in old if week + WEEK <= floor}
    assert stage.select("SELECT count(*) AS n FROM prediction_logs") == [{"n": 200}]
    after = rolled_up(stage)
    assert after["traffic_totals"] == before["traffic_totals"]
    assert after["traffic_rollups"] == before["traffic_rollups"]
    samples = RollupJob(stage.database, Rollup(stage.database, stage.rollup, lambda _: None), lambda _: NOTHING).run()
    assert series(samples, "ml_predictions_total") == {("success",): 300.0, ("error",): 200.0}


def test_rows_that_still_wait_for_the_roll_up_are_not_dropped(stage: Stage) -> None:
    make_partitions(stage, days_back=80)
    stage.set_reference(columns(500))
    stage.log(columns(100), spread(stage.border - HOUR, stage.border, 100))
    stage.roll()
    stage.log(columns(300), spread(stage.border - 70 * DAY, stage.border - 60 * DAY, 300))
    with pytest.raises(psycopg.errors.LockNotAvailable, match="are not rolled up yet"):
        keep(stage)
    assert stage.select("SELECT count(*) AS n FROM prediction_logs") == [{"n": 400}]
    stage.roll()
    keep(stage)
    assert stage.select("SELECT count(*) AS n FROM prediction_logs") == [{"n": 100}]
    assert stage.select("SELECT sum(predictions)::int AS n FROM traffic_totals") == [{"n": 400}]


def test_nothing_is_dropped_before_the_first_roll_up(stage: Stage) -> None:
    make_partitions(stage, days_back=80)
    stage.log(columns(300), spread(stage.border - 70 * DAY, stage.border - 60 * DAY, 300))
    with pytest.raises(psycopg.errors.LockNotAvailable, match="are not rolled up yet"):
        keep(stage)
    assert stage.select("SELECT count(*) AS n FROM prediction_logs") == [{"n": 300}]


def test_a_step_that_fails_holds_up_no_other(stage: Stage) -> None:
    stage.set_reference(columns(500))
    stage.log(columns(400), spread(stage.border - 40 * DAY, stage.border, 400))
    stage.roll()
    stage.execute("UPDATE watermarks SET compacted_before = compacted_before - INTERVAL '7 days'")
    mark = "SELECT compacted_before FROM watermarks"
    before = stage.select(mark)
    make_partitions(stage, days_back=80)
    stage.log(columns(10), spread(stage.border - 70 * DAY, stage.border - 60 * DAY, 10))
    stage.execute("REVOKE DELETE ON traffic_rollups FROM driftgauge_exporter")
    stage.execute("REVOKE EXECUTE ON FUNCTION create_partitions FROM driftgauge_exporter")
    with pytest.raises(MissingPrivilege, match="create_partitions"):
        keep(stage, replace(OPTIONS, rollups=10 * DAY, results=timedelta()))
    assert stage.select(mark) != before
    starts = [row["bucket_start"] for row in rolled_up(stage)["traffic_rollups"]]
    assert min(starts) < stage.border - 30 * DAY, "deleting roll-ups has failed, too"


def test_roll_ups_and_results_older_than_their_age_are_deleted(stage: Stage) -> None:
    stage.set_reference(columns(500))
    stage.log(columns(400), spread(stage.border - 40 * DAY, stage.border, 400))
    stage.roll()
    stage.drift_job(judged_by(window=40 * DAY)).run()
    stage.execute("UPDATE data_drift_results SET timestamp = now() - INTERVAL '11 days' WHERE feature_name = 'age'")
    before = rolled_up(stage)
    keep(stage, replace(OPTIONS, rollups=10 * DAY, results=10 * DAY))
    after = rolled_up(stage)
    limit = stage.select("SELECT now() - INTERVAL '10 days' AS at")[0]["at"]
    for table in ("traffic_rollups", "profile_rollups"):
        starts = [row["bucket_start"] for row in after[table]]
        assert limit <= min(starts) <= limit + DAY
        assert len(starts) < len(before[table])
    assert after["traffic_totals"] == before["traffic_totals"]
    left = stage.select("SELECT DISTINCT feature_name FROM data_drift_results")
    assert left == [{"feature_name": "plan"}]


def test_compaction_keeps_every_window_and_equals_a_recount(stage: Stage) -> None:
    reference = stage.set_reference(columns(500))
    stage.log(columns(100), spread(stage.border - HOUR, stage.border, 100))
    stage.roll()
    # as if the exporter had started a week ago: the days since are in hours
    stage.execute("UPDATE watermarks SET compacted_before = compacted_before - INTERVAL '7 days'")
    stage.log(columns(3000, seed=1), spread(stage.border - 7 * DAY, stage.border, 3000))
    stage.roll()
    day = floor_to(stage.border, DAY)
    spans = [(day - 5 * DAY, stage.border), (day - 3 * DAY, day - DAY), (day - DAY, stage.border)]
    before = [window_of(stage, reference, *span) for span in spans]
    buckets = len(rolled_up(stage)["profile_rollups"])
    keep(stage)
    after = [window_of(stage, reference, *span) for span in spans]
    for old, new in zip(before, after, strict=True):
        assert old.rows == new.rows > 0
        assert old.counts.tolist() == new.counts.tolist()
        assert old.gaps.tolist() == new.gaps.tolist()
        np.testing.assert_allclose(old.sums, new.sums, rtol=1e-12)
        np.testing.assert_allclose(old.moments, new.moments, rtol=1e-12)
    assert len(rolled_up(stage)["profile_rollups"]) < buckets / 2
    assert_recounted(stage)


def test_compaction_does_not_overtake_a_late_roll_up(stage: Stage) -> None:
    stage.set_reference(columns(500))
    times = spread(stage.border - 7 * DAY, stage.border, 3000)
    stage.log(columns(100), times[:100])
    stage.roll()
    stage.execute("UPDATE watermarks SET compacted_before = compacted_before - INTERVAL '7 days'")
    stage.log(columns(2900, seed=1), times[100:])
    stage.roll()
    late = floor_to(stage.border, DAY) - 3 * DAY + 5 * HOUR  # an outage has just ended
    stage.execute("UPDATE watermarks SET horizon_at = %s", late)
    keep(stage)
    assert stage.select("SELECT compacted_before AS at FROM watermarks") == [{"at": floor_to(late, DAY) - DAY}]
    job = stage.drift_job(judged_by(window=2 * DAY))
    job.run()
    standing = job.standings[KEY]
    assert standing.window == TimeWindow(start=floor_to(late - 2 * DAY, DAY), end=late)
    assert standing.rows == sum(moment in standing.window for moment in times)


def test_nothing_is_compacted_before_the_roll_up_has_caught_up(stage: Stage) -> None:
    stage.set_reference(columns(500))
    stage.log(columns(500), spread(stage.border - 5 * DAY, stage.border, 500))
    stage.roll()
    stage.execute("UPDATE watermarks SET compacted_before = compacted_before - INTERVAL '7 days', horizon_at = NULL")
    before = rolled_up(stage), stage.select("SELECT compacted_before FROM watermarks")
    keep(stage)
    assert before == (rolled_up(stage), stage.select("SELECT compacted_before FROM watermarks"))


def test_compaction_never_lowers_its_mark(stage: Stage) -> None:
    stage.log(columns(10), spread(stage.border - HOUR, stage.border, 10))
    stage.roll()
    stage.execute("UPDATE watermarks SET horizon_at = horizon_at - INTERVAL '9 days'")
    before = stage.select("SELECT compacted_before FROM watermarks")
    keep(stage)
    assert stage.select("SELECT compacted_before FROM watermarks") == before


def test_each_day_is_compacted_in_a_transaction_of_its_own(stage: Stage) -> None:
    stage.set_reference(columns(500))
    stage.log(columns(100), spread(stage.border - HOUR, stage.border, 100))
    stage.roll()
    stage.execute("UPDATE watermarks SET compacted_before = compacted_before - INTERVAL '7 days'")
    stage.log(columns(700, seed=1), spread(stage.border - 7 * DAY, stage.border, 700))
    stage.roll()
    keep(stage)
    days = "SELECT count(*) AS days, count(DISTINCT xmin::text) AS transactions FROM profile_rollups WHERE {}"
    [found] = stage.select(days.format("bucket_width = INTERVAL '1 day'"))
    assert found["days"] == found["transactions"] > 4


def test_a_long_window_begins_at_a_days_edge_and_equals_a_recount(stage: Stage) -> None:
    stage.set_reference(columns(500))
    times = spread(stage.border - 6 * DAY, stage.border, 4000)
    stage.log(columns(4000, seed=1), times)
    stage.roll()
    keep(stage)
    for width in (24 * HOUR, 2 * DAY + HOUR, 3 * DAY + 5 * HOUR, 5 * DAY):
        job = stage.drift_job(judged_by(window=width))
        job.run()
        standing = job.standings[KEY]
        start = stage.border - width
        assert standing.window.end == stage.border
        assert standing.window.start == (start if width == DAY else floor_to(start, DAY))
        assert standing.rows == sum(moment in standing.window for moment in times)


def test_late_rows_of_compacted_days_are_counted_in_their_day(stage: Stage) -> None:
    stage.set_reference(columns(500))
    stage.log(columns(500, seed=1), spread(stage.border - 5 * DAY, stage.border, 500))
    stage.roll()
    keep(stage)
    stage.log(columns(200, seed=2), spread(stage.border - 4 * DAY, stage.border - 3 * DAY, 200))
    stage.roll()
    assert_recounted(stage)
    keep(stage)
    assert_recounted(stage)


def test_late_rows_below_the_floor_are_counted_in_their_own_bucket(stage: Stage) -> None:
    make_partitions(stage, days_back=80)
    reference = stage.set_reference(columns(500))
    start = floor_to(stage.border - 70 * DAY, DAY)
    stage.log(columns(300), spread(start, start + HOUR, 300))
    stage.roll()
    keep(stage)
    assert stage.select("SELECT count(*) AS n FROM prediction_logs") == [{"n": 0}]
    stage.log(columns(20, seed=1), spread(start, start + HOUR, 20))
    stage.roll()
    assert window_of(stage, reference, start, start + DAY).rows == 320
    assert stage.select("SELECT sum(predictions)::int AS n FROM traffic_rollups") == [{"n": 320}]
    assert stage.select("SELECT sum(predictions)::int AS n FROM traffic_totals") == [{"n": 320}]
    keep(stage)
    assert stage.select("SELECT count(*) AS n FROM prediction_logs") == [{"n": 0}], "strays go, too, once counted"
    assert window_of(stage, reference, start, start + DAY).rows == 320


def test_a_new_reference_does_not_recount_what_is_partly_dropped(stage: Stage) -> None:
    make_partitions(stage, days_back=80)
    stage.set_reference(columns(500))
    old, new = floor_to(stage.border - 70 * DAY, DAY), stage.border - HOUR
    stage.log(columns(300), spread(old, old + HOUR, 300))
    stage.log(columns(100), spread(new, stage.border, 100))
    stage.roll()
    keep(stage)
    stage.log(columns(20, seed=1), spread(old, old + HOUR, 20))
    stage.roll()
    reference = stage.set_reference(columns(500, seed=5))
    assert window_of(stage, reference, old, old + DAY).rows == 0, "20 of 320 rows are no day"
    assert window_of(stage, reference, new, stage.border).rows == 100


def test_running_twice_changes_nothing(stage: Stage) -> None:
    make_partitions(stage, days_back=80)
    stage.set_reference(columns(500))
    stage.log(columns(600), spread(stage.border - 50 * DAY, stage.border, 600))
    stage.roll()
    stage.drift_job(judged_by(window=3 * DAY)).run()
    keep(stage)
    state = "SELECT job, ingest_seq, compacted_before, retention_floor::text, rows_processed FROM watermarks"
    before = (
        rolled_up(stage),
        stage.select(PARTITIONS),
        stage.select(state),
        stage.select("SELECT * FROM data_drift_results ORDER BY id"),
    )
    keep(stage)
    assert before == (
        rolled_up(stage),
        stage.select(PARTITIONS),
        stage.select(state),
        stage.select("SELECT * FROM data_drift_results ORDER BY id"),
    )


def test_an_empty_schema_is_kept_without_a_word(stage: Stage) -> None:
    keep(stage)
    keep(stage)
    assert rolled_up(stage) == {"traffic_totals": [], "traffic_rollups": [], "profile_rollups": []}


def test_compaction_waits_for_another_exporter_s_roll_up(stage: Stage) -> None:
    stage.set_reference(columns(500))
    stage.log(columns(500), spread(stage.border - 5 * DAY, stage.border, 500))
    stage.roll()
    stage.execute("UPDATE watermarks SET compacted_before = compacted_before - INTERVAL '7 days'")
    mark = "SELECT compacted_before, retention_floor::text FROM watermarks"
    before = stage.select(mark)
    with psycopg.connect(stage.admin.info.dsn, password=stage.admin.info.password) as other:
        other.execute("SET search_path = driftgauge")
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.driftgauge.rollup', 0))")
        job = RetentionJob(stage.database, OPTIONS)
        job.run()
        assert stage.select(mark) == before
        with pytest.raises(LogsInUse, match="no old partition was dropped, twice in a row"):
            job.run()
        assert stage.select(mark) == before
    job.run()
    assert stage.select(mark) != before


@pytest.mark.parametrize("lock", ["rollup", "outcomes", "attributions"])
def test_dropping_waits_for_who_reads_what_goes(stage: Stage, lock: str) -> None:
    with psycopg.connect(stage.admin.info.dsn, password=stage.admin.info.password) as other:
        other.execute("SET search_path = driftgauge")
        other.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))", (f".driftgauge.{lock}",)
        )
        release = Timer(0.5, other.rollback)
        with stage.database.transaction() as connection:
            create_partitions(connection, since=stage.border - 70 * DAY, until=stage.border - 69 * DAY)
        before = stage.select(PARTITIONS)
        release.start()
        keep(stage)
        release.join()
    assert len(stage.select(PARTITIONS)) < len(before)


def test_a_login_of_the_exporter_s_role_owns_nothing(stage: Stage) -> None:
    with stage.database.transaction() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM prediction_logs")
    keep(stage)


def test_what_services_reported_goes_with_results(stage: Stage) -> None:
    for days in (11, 9):
        stage.execute(
            "INSERT INTO model_health_checks (model_name, checked_at, created_at)"
            " SELECT name, now() - %s, now() - %s FROM unnest(ARRAY['churn', 'fraud']) AS name",
            *(days * DAY, days * DAY),
        )
    keep(stage, replace(OPTIONS, results=10 * DAY))
    left = stage.select(
        "SELECT model_name, now() - checked_at < %s AS young FROM model_health_checks ORDER BY 1", 10 * DAY
    )
    assert left == [{"model_name": "churn", "young": True}, {"model_name": "fraud", "young": True}]


def test_importances_stay_while_a_comparison_is_made_from_them(stage: Stage) -> None:
    for version, days in (("1", 70), ("1", 30), ("1", 20), ("2", 50), ("2", 5), ("3", 40)):
        stage.execute(
            "INSERT INTO feature_importance_history"
            " (model_name, version, feature_name, importance_value, timestamp, created_at)"
            " VALUES ('churn', %s, 'age', 0.5, now() - %s, now() - %s)",
            *(version, days * DAY, days * DAY),
        )
    ImportanceJob(stage.database, importance_options(Settings())).run()
    stage.execute(
        "INSERT INTO feature_importance_history"
        " (model_name, version, feature_name, importance_value, timestamp, created_at)"
        " VALUES ('churn', 'never compared', 'age', 0.5, now() - interval '40 days', now() - interval '40 days')"
    )
    keep(stage, replace(OPTIONS, results=10 * DAY))
    left = stage.select(
        "SELECT version, round(extract(epoch FROM now() - timestamp) / 86400)::int AS days"
        " FROM feature_importance_history ORDER BY 1, 2"
    )
    assert [(row["version"], row["days"]) for row in left] == [
        *(("1", 20), ("1", 30), ("2", 5), ("2", 50), ("3", 40), ("never compared", 40)),
    ]
    before = stage.select("SELECT version, timestamp, drifted, reason FROM feature_importance_comparisons ORDER BY id")
    ImportanceJob(stage.database, importance_options(Settings())).run()
    assert before == stage.select(
        "SELECT version, timestamp, drifted, reason FROM feature_importance_comparisons"
        " WHERE version <> 'never compared' ORDER BY id"
    )
