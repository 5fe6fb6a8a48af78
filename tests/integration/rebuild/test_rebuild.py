"""After `driftgauge rebuild` the roll-ups equal a recount of the rows, and history whose rows are gone is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from driftgauge.cli.main import main
from driftgauge.errors import ForeignRestore
from driftgauge.jobs.options import OutcomeOptions
from driftgauge.jobs.outcome_joining import OutcomeJoin
from driftgauge.jobs.rebuild import rebuild
from driftgauge.jobs.rollup import Rollup
from driftgauge.model.window import floor_to
from driftgauge.store.database import Database
from driftgauge.store.profiles import compact_days
from driftgauge.store.references import Layouts
from driftgauge.store.retention import create_partitions, drop_partitions
from integration.jobs.stage import DAY, HOUR, KEY, Stage, mixed, normal
from integration.rollup.oracle import recount

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KEPT: Final = 400 * DAY
TABLES: Final = {
    "traffic_rollups": "t - 'latency_squares' - 'latency_sum' - 'confidence_sum' - 'confidence_squares'",
    "traffic_totals": "t - 'latency_sum'",
    "profile_rollups": "t - 'changed_seq' - 'profile'",
    "reference_profiles": "t",
    "(SELECT * FROM watermarks WHERE job = 'rollup')": (
        "t - 'updated_at' - 'horizon_at' - 'rebuilt_to' - 'retention_floor'"
    ),
}


@pytest.fixture
def stage(database: str) -> Iterator[Stage]:
    """A history of five weeks, rolled up by the table's owner, who may drop its partitions."""
    owner = Database(lambda: database, schema="driftgauge")
    with psycopg.connect(database, autocommit=True, options="-c search_path=driftgauge -c TimeZone=UTC") as admin:
        row = admin.execute("SELECT now()").fetchone()
        assert row is not None
        yield Stage(database=owner, admin=admin, border=floor_to(row[0], HOUR))
    owner.close()


def log(stage: Stage, days_back: Sequence[float], *, status: str = "success") -> None:
    """Log 40 predictions around each of some days ago."""
    for place, days in enumerate(days_back):
        times = [stage.border - days * DAY + timedelta(minutes=7 * minute) for minute in range(40)]
        columns = {"age": normal(40, seed=place), "plan": mixed(40, {"pro": 0.5, "free": 0.5}, seed=place)}
        stage.log(columns, times, status=status, latency_ms=[float(place + minute) for minute in range(40)])


def state(stage: Stage) -> dict[str, list[Any]]:
    """Return what the tables say, but for sums, whose last digits depend on the order."""
    statement = "SELECT ({}) AS row FROM (SELECT to_jsonb(x) AS t FROM {} AS x) AS y ORDER BY t::text"
    return {table: stage.select(statement.format(what, table)) for table, what in TABLES.items()}


def joining(stage: Stage) -> OutcomeJoin:
    return OutcomeJoin(stage.database, OutcomeOptions(), lambda _: None)


def run_rebuild(stage: Stage) -> int:
    report = rebuild(
        stage.database, Rollup(stage.database, stage.rollup, lambda _: None), joining(stage), rollups_kept=KEPT
    )
    assert report is not None
    return report.rollup.rows


def drop_weeks_before(stage: Stage, moment: datetime) -> datetime:
    """Drop old partitions as retention does; return the floor."""
    with stage.database.transaction() as connection:
        drop_partitions(connection, before=moment)
    [mark] = stage.select("SELECT retention_floor FROM watermarks WHERE job = 'rollup'")
    return mark["retention_floor"]


def test_a_model_that_was_a_sources_and_is_logged_now_is_recounted(stage: Stage) -> None:
    log(stage, [3, 1])
    stage.set_reference({"age": normal(500), "plan": mixed(500, {"pro": 1.0})})
    stage.roll()
    stage.execute("INSERT INTO sources VALUES ('orders', now(), now(), now())")
    stage.execute("INSERT INTO source_models SELECT model_name, version, environment, 'orders' FROM traffic_totals")
    before = state(stage)
    assert run_rebuild(stage) == 80
    assert state(stage) == before
    assert stage.select("SELECT * FROM source_models") == []


def test_a_rebuild_leaves_what_came_from_sources(stage: Stage) -> None:
    log(stage, [3, 1])
    stage.set_reference({"age": normal(500), "plan": mixed(500, {"pro": 1.0})})
    stage.roll()
    stage.execute("INSERT INTO sources VALUES ('orders', now(), now(), now())")
    stage.execute("INSERT INTO source_models SELECT model_name, version, environment, 'orders' FROM traffic_totals")
    stage.execute("TRUNCATE prediction_logs")  # they are elsewhere
    before = state(stage)
    assert run_rebuild(stage) == 0
    tables = ("traffic_rollups", "traffic_totals", "profile_rollups")
    assert [state(stage)[table] for table in tables] == [before[table] for table in tables]


def test_a_rebuild_changes_nothing_where_nothing_is_wrong(stage: Stage) -> None:
    log(stage, [20, 9, 3, 1])
    log(stage, [3], status="error")
    stage.set_reference({"age": normal(500), "plan": mixed(500, {"pro": 1.0})})
    stage.roll()
    with stage.database.transaction() as connection:
        compact_days(connection, Layouts(), before=floor_to(stage.border, DAY) - DAY)
    before = state(stage)
    assert recount(stage.admin, stage.rollup) == []
    for _ in range(2):
        assert run_rebuild(stage) == 200
        assert recount(stage.admin, stage.rollup) == []
        assert state(stage) == before


def test_a_rebuild_keeps_to_the_bound_of_statuses(stage: Stage) -> None:
    for number in range(30):
        log(stage, [1], status=f"id {number:02}")
    stage.roll()
    before = state(stage)
    assert run_rebuild(stage) == 30 * 40
    assert state(stage) == before
    totals = {row["status"]: row["predictions"] for row in stage.select("SELECT * FROM traffic_totals")}
    assert (len(totals), totals["other"]) == (21, 10 * 40)


def test_rows_lost_and_gained_by_a_restore_are_recounted(stage: Stage) -> None:
    log(stage, [9, 3])
    stage.set_reference({"age": normal(500), "plan": mixed(500, {"pro": 1.0})})
    stage.roll()
    stage.execute("DELETE FROM prediction_logs WHERE mod(ingest_seq, 3) = 0")
    stage.execute("UPDATE watermarks SET system_identifier = 'another cluster'")
    with pytest.raises(ForeignRestore, match="driftgauge rebuild"):
        stage.roll()
    run_rebuild(stage)
    [mark] = stage.select("SELECT rows_processed FROM watermarks WHERE job = 'rollup'")
    stage.execute("UPDATE watermarks SET rows_processed = (SELECT count(*) FROM prediction_logs)")
    assert mark["rows_processed"] == 80  # a counter: what was counted once was counted
    assert recount(stage.admin, stage.rollup) == []
    log(stage, [1])
    stage.roll()
    assert recount(stage.admin, stage.rollup) == []


def test_rows_restored_from_an_older_copy_are_recounted(stage: Stage) -> None:
    log(stage, [9, 3])
    stage.roll()
    stage.execute("DELETE FROM prediction_logs WHERE ingest_seq > 60")
    stage.execute("SELECT setval('prediction_logs_ingest_seq', 60)")
    with pytest.raises(ForeignRestore, match="restored from an older copy"):
        stage.roll()
    run_rebuild(stage)
    log(stage, [1])
    stage.roll()
    stage.execute("UPDATE watermarks SET rows_processed = 100")
    assert recount(stage.admin, stage.rollup) == []


def test_history_whose_rows_are_dropped_is_kept(stage: Stage) -> None:
    log(stage, [30, 23, 3])
    stage.set_reference({"age": normal(500), "plan": mixed(500, {"pro": 1.0})})
    stage.roll()
    floor = drop_weeks_before(stage, stage.border - 14 * DAY)
    log(stage, [30])  # late: their partition is gone, their bucket stays
    stage.roll()
    before = state(stage)
    assert len(stage.select("SELECT 1 FROM prediction_logs")) == 80
    for _ in range(2):
        assert run_rebuild(stage) == 40  # the late ones are in buckets that stayed
        assert state(stage) == before
    log(stage, [30, 2])  # but those that come after the rebuild are counted
    stage.roll()
    [total] = stage.select("SELECT predictions FROM traffic_totals")
    [minutes] = stage.select("SELECT sum(predictions)::bigint AS predictions FROM traffic_rollups")
    [profiles] = stage.select("SELECT sum(rows)::bigint AS rows FROM profile_rollups")
    [old] = stage.select(
        "SELECT sum(predictions)::bigint AS predictions FROM traffic_rollups WHERE bucket_start < %s", floor
    )
    assert (total["predictions"], minutes["predictions"], profiles["rows"], old["predictions"]) == (240, 240, 240, 160)


def test_a_rebuild_that_was_stopped_can_be_done_again(stage: Stage) -> None:
    log(stage, [30, 9, 3])
    stage.set_reference({"age": normal(500), "plan": mixed(500, {"pro": 1.0})})
    stage.roll()
    drop_weeks_before(stage, stage.border - 14 * DAY)
    log(stage, [30])
    stage.roll()
    before = state(stage)

    class Stopped(Rollup):
        def run(self, *, most_seconds: float = 0) -> Any:  # noqa: ANN401, ARG002 - never returns
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(
            stage.database, Stopped(stage.database, stage.rollup, lambda _: None), joining(stage), rollups_kept=KEPT
        )
    assert stage.select("SELECT * FROM traffic_rollups WHERE bucket_start > now() - interval '14 days'") == []
    assert run_rebuild(stage) == 80
    assert state(stage) == before


def test_profiles_of_retired_references_and_quarantine_survive(stage: Stage) -> None:
    columns = {"age": normal(500), "plan": mixed(500, {"pro": 1.0})}
    stage.set_reference(columns)
    log(stage, [3])
    stage.log({"age": normal(5)}, [stage.border + 9 * DAY] * 5)
    stage.log({"age": normal(5)}, [datetime.fromisoformat("1960-01-01T00:00Z")] * 5)
    stage.roll()
    stage.set_reference(columns)
    before = state(stage)
    run_rebuild(stage)
    assert state(stage) == before
    assert {row["reference_id"] for row in stage.select("SELECT reference_id FROM profile_rollups")} == {1, 2}


def test_totals_that_know_more_than_the_minutes_left_are_not_inflated(stage: Stage) -> None:
    """Roll-ups may be kept for less time than rows."""
    log(stage, [20, 3])
    stage.roll()
    stage.execute("DELETE FROM traffic_rollups WHERE bucket_start < now() - interval '10 days'")
    before = state(stage)
    rollup = Rollup(stage.database, stage.rollup, lambda _: None)
    assert rebuild(stage.database, rollup, joining(stage), rollups_kept=10 * DAY) is not None
    assert state(stage) == before


def test_a_large_number_to_begin_with_costs_no_empty_slices(stage: Stage) -> None:
    with stage.database.transaction() as connection:
        create_partitions(connection, since=stage.border - 28 * DAY, until=stage.border)
    stage.execute("SELECT setval('prediction_logs_ingest_seq', 1000000000)")
    log(stage, [1])
    stage.execute(
        "INSERT INTO watermarks (job, system_identifier, compacted_before, ingest_seq)"
        " SELECT 'rollup', system_identifier::text, now() - interval '2 days', 1000000000"
        " FROM pg_control_system()"
    )
    stage.roll()
    report = rebuild(
        stage.database, Rollup(stage.database, stage.rollup, lambda _: None), joining(stage), rollups_kept=KEPT
    )
    assert report is not None
    assert (report.rollup.rows, report.rollup.slices) == (40, 1)
    assert report.join.slices == 1


def command(dsn: str, *arguments: str) -> int:
    return main(["--dsn", dsn, "--log-level", "error", "rebuild", *arguments])


def test_the_command_needs_a_yes(stage: Stage, exporter_dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(exporter_dsn, "--yes") == 0
    assert capsys.readouterr().out == "nothing was rolled up yet: nothing to rebuild\n"
    log(stage, [3])
    stage.roll()
    before = state(stage)
    assert command(exporter_dsn) == 2
    refused = capsys.readouterr()
    assert refused.err == "driftgauge: error: rebuild replaces roll-ups; add --yes to do it without being asked\n"
    assert command(exporter_dsn, "--yes") == 0
    assert capsys.readouterr().out.startswith("recounted 40 rows from 20")
    assert state(stage) == before
    assert KEY.model == "churn"
