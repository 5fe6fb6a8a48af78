"""What is kept of attributions: compacted, dropped only once rolled up, recounted by a rebuild, told when foreign."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
from psycopg import errors

from driftgauge.errors import ForeignRestore
from driftgauge.jobs.attribution_counting import AttributionOptions
from driftgauge.jobs.attributions import AttributionRollup
from driftgauge.jobs.options import OutcomeOptions, RollupOptions
from driftgauge.jobs.outcome_joining import OutcomeJoin
from driftgauge.jobs.rebuild import rebuild
from driftgauge.jobs.retention import RetentionJob, RetentionOptions
from driftgauge.jobs.rollup import Rollup
from driftgauge.store.attributions import TABLES
from driftgauge.store.profiles import DAY
from integration.attributions.explaining import LOGS
from integration.attributions.oracle import recount
from integration.rollup.oracle import select
from integration.rollup.schedule import ROLLERS

if TYPE_CHECKING:
    from datetime import datetime

    from integration.rollup.schedule import Stage

OPTIONS: Final = AttributionOptions(automatic_predictions=5)
KEPT: Final = RetentionOptions(predictions=30 * DAY, rollups=90 * DAY, results=90 * DAY, partitions_ahead=DAY)
INSERT: Final = {
    table: f"INSERT INTO {table} (prediction_id, model_name, feature_name, {column}, timestamp)"  # noqa: S608 - ours
    " SELECT id, 'churn', name, sin(number), %s FROM (SELECT number, gen_random_uuid() AS id"
    " FROM generate_series(1, %s) AS number) AS prediction, unnest(ARRAY['age', 'plan']) AS name"
    for table, column in LOGS.values()
}


def now(stage: Stage) -> datetime:
    return select(stage.admin, "SELECT now() AS now")[0]["now"]


def log(stage: Stage, ago: timedelta, rows: int = 10) -> None:
    for statement in INSERT.values():
        stage.admin.execute(statement.encode(), (now(stage) - ago, rows))


def rollups(stage: Stage) -> list[AttributionRollup]:
    return [AttributionRollup(stage.rollers[ROLLERS[0]], kind, OPTIONS, lambda _: None) for kind in TABLES]


def roll(stage: Stage) -> None:
    for each in rollups(stage):
        each.run()


def faults(stage: Stage) -> list[str]:
    return recount(stage.admin, bucket=OPTIONS.bucket, predictions=OPTIONS.automatic_predictions)


def test_old_days_become_one_bucket_and_late_rows_find_it(stage: Stage) -> None:
    for hours in (0, 1, 49, 50, 75):
        log(stage, timedelta(hours=hours))
    roll(stage)
    stage.admin.execute("UPDATE watermarks SET compacted_before = now() - interval '9 days'")
    stage.admin.execute("UPDATE attribution_rollups SET bucket_width = '1 hour' WHERE bucket_width < '1 day'")
    RetentionJob(stage.rollers[ROLLERS[0]], KEPT).run()
    roll(stage)
    log(stage, timedelta(hours=75))
    roll(stage)
    assert not faults(stage)
    widths = select(
        stage.admin,
        "SELECT DISTINCT bucket_width AS width FROM attribution_rollups WHERE bucket_start < now() - interval '2 days'",
    )
    assert [row["width"] for row in widths] == [DAY]


def test_what_is_not_rolled_up_is_not_dropped(stage: Stage) -> None:
    log(stage, 50 * DAY)
    retention = RetentionJob(stage.rollers[ROLLERS[0]], KEPT)
    with suppress(errors.LockNotAvailable):  # if their week has a partition of its own
        retention.run()
    counts = [f"SELECT count(*) AS rows FROM {table}" for table in INSERT]  # noqa: S608 - ours
    assert [select(stage.admin, count)[0]["rows"] for count in counts] == [20, 20]
    roll(stage)
    retention.run()
    assert [select(stage.admin, count)[0]["rows"] for count in counts] == [0, 0]
    assert select(stage.admin, "SELECT sum(rows)::integer AS rows FROM attribution_rollups") == [{"rows": 40}]


def test_roll_ups_obey_their_own_retention(stage: Stage) -> None:
    log(stage, 100 * DAY)
    log(stage, timedelta(hours=2))
    roll(stage)
    RetentionJob(stage.rollers[ROLLERS[0]], KEPT).run()
    assert select(stage.admin, "SELECT sum(rows)::integer AS rows FROM attribution_rollups") == [{"rows": 40}]


def test_rows_of_elsewhere_are_told_and_a_rebuild_recounts_them(stage: Stage) -> None:
    for ago in (timedelta(hours=1), 2 * DAY):
        log(stage, ago)
    roll(stage)
    stage.admin.execute("UPDATE watermarks SET system_identifier = 'another'")
    with pytest.raises(ForeignRestore, match="rebuild"):
        roll(stage)
    stage.admin.execute("DELETE FROM shap_values WHERE feature_name = 'age' AND shap_value > 0.5")
    database = stage.rollers[ROLLERS[0]]
    stage.admin.execute(
        "INSERT INTO watermarks (job, system_identifier, compacted_before) VALUES ('rollup', 'another', now())"
        " ON CONFLICT DO NOTHING"
    )
    report = rebuild(
        database,
        Rollup(database, RollupOptions(), lambda _: None),
        OutcomeJoin(database, OutcomeOptions(), lambda _: None),
        rollups(stage),
        rollups_kept=400 * DAY,
    )
    assert report is not None
    assert [each.rows for each in report.attributions] == [
        select(stage.admin, f"SELECT count(*) AS rows FROM {table}")[0]["rows"]  # noqa: S608 - ours
        for table in INSERT
    ]
    # The references were frozen before rows were lost, and what is lost was processed: the roll-ups are recounted.
    stage.admin.execute("UPDATE attribution_references SET source = 'time_range'")
    assert faults(stage) == [f"shap_values: 40 rows processed, not {report.attributions[0].rows}"]


def test_numbers_that_no_row_has_cost_no_slices(stage: Stage) -> None:
    for kind in TABLES:
        stage.admin.execute("SELECT setval(%s, 1000000000)", (f"{TABLES[kind]}_ingest_seq",))
    log(stage, timedelta(hours=1))
    assert [each.run().slices for each in rollups(stage)] == [1, 1]
    assert not faults(stage)


def test_an_explainer_that_told_no_numbers_at_first_leaves_no_model_without_a_reference(stage: Stage) -> None:
    log(stage, timedelta(hours=2))
    for table, column in LOGS.values():
        stage.admin.execute(f"UPDATE {table} SET {column} = 'NaN'".encode())  # noqa: S608 - ours
    roll(stage)
    assert select(stage.admin, "SELECT * FROM attribution_references") == []
    log(stage, timedelta(hours=1))
    roll(stage)
    assert not faults(stage)
    found = select(stage.admin, "SELECT explanation_type, predictions FROM attribution_references ORDER BY 1")
    assert [(row["explanation_type"], row["predictions"]) for row in found] == [("lime", 5), ("shap", 5)]
