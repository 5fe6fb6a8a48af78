"""Restores are refused, absurd times are set apart, and a backlog is rolled up as if there were none."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from driftgauge.errors import ForeignRestore
from driftgauge.jobs.profiler import Profiler
from driftgauge.store.predictions import LAST_SEQ, SliceTooLarge
from driftgauge.store.watermarks import lock_watermark
from integration.rollup.oracle import recount, select
from integration.rollup.rows import NEVER, log, roller, set_reference
from integration.rollup.schedule import ROLLERS, Stage

# Postgres' limit of 1 GB a value, brought down to five rows a statement: the view raises the same SQLSTATE.
NARROW = """
CREATE FUNCTION narrow(document jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    seen integer := 1;
BEGIN
    IF current_setting('test.statement', true) = statement_timestamp()::text THEN
        seen := current_setting('test.seen')::integer + 1;
    END IF;
    PERFORM set_config('test.statement', statement_timestamp()::text, true);
    PERFORM set_config('test.seen', seen::text, true);
    IF seen > 5 THEN
        RAISE EXCEPTION 'string buffer exceeds maximum allowed length' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    RETURN document;
END
$$;
ALTER TABLE prediction_logs RENAME TO wide_logs;
CREATE VIEW prediction_logs AS
SELECT
    ingest_seq, model_name, version, environment, segment, status, latency_ms, confidence,
    narrow(features) AS features, "timestamp", created_at
FROM wide_logs;
"""
WIDE = """
DROP VIEW prediction_logs;
ALTER TABLE wide_logs RENAME TO prediction_logs;
DROP FUNCTION narrow;
"""


@contextmanager
def narrowed(connection: psycopg.Connection[Any]) -> Generator[None]:
    connection.execute(NARROW.encode())
    try:
        yield
    finally:
        connection.execute(WIDE.encode())


def rollups(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    """Everything that was counted, without what names a reference."""
    statements = {
        "traffic": "SELECT * FROM traffic_rollups ORDER BY 1, 2, 3, 4, 5",
        "totals": "SELECT * FROM traffic_totals ORDER BY 1, 2, 3, 4",
        "profiles": "SELECT model_name, version, bucket_start, rows FROM profile_rollups ORDER BY 1, 2, 3",
        "mark": "SELECT ingest_seq, rows_processed, rows_quarantined FROM watermarks",
    }
    return {name: [tuple(row.values()) for row in select(stage.admin, text)] for name, text in statements.items()}


def test_a_watermark_ahead_of_the_sequence_is_a_foreign_restore(stage: Stage) -> None:
    log(stage.admin, ["{}"] * 3)
    roller(stage).run()
    stage.admin.execute("SELECT setval('prediction_logs_ingest_seq', 2)")
    with pytest.raises(ForeignRestore, match=r"reach row 3, but the rows only 2: .*run 'driftgauge rebuild'"):
        roller(stage).run()


def test_roll_ups_of_another_cluster_are_a_foreign_restore(stage: Stage) -> None:
    log(stage.admin, ["{}"])
    roller(stage).run()
    before = rollups(stage)
    stage.admin.execute("UPDATE watermarks SET system_identifier = '42'")
    log(stage.admin, ["{}"])
    with pytest.raises(ForeignRestore, match=r"cluster 42, this is \d+: .*run 'driftgauge rebuild'"):
        roller(stage).run()
    assert rollups(stage) == before


@pytest.mark.parametrize(
    "moment",
    [
        datetime.now(UTC) + timedelta(days=1),
        datetime.now(UTC) + timedelta(hours=1),
        datetime(9999, 12, 30, tzinfo=UTC),
        datetime(1, 1, 3, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
    ids=["tomorrow", "in an hour", "in 9999", "in year 1", "just before 1970"],
)
def test_absurd_times_are_counted_as_quarantined_and_nowhere_else(stage: Stage, moment: datetime) -> None:
    log(stage.admin, [{"age": 1}], at=moment)
    rollup = roller(stage, automatic_rows=1)
    assert rollup.run().rows == 1
    assert rollups(stage) == {"traffic": [], "totals": [], "profiles": [], "mark": [(1, 1, 1)]}


@pytest.mark.parametrize("moment", ["infinity", "-infinity"])
def test_infinite_times_never_get_into_the_table(stage: Stage, moment: str) -> None:
    statement = "INSERT INTO prediction_logs (model_name, latency_ms, timestamp) VALUES ('m', 1, %s)"
    with pytest.raises(psycopg.errors.CheckViolation):
        stage.admin.execute(statement, (moment,))


def test_a_little_ahead_and_long_ago_is_still_counted(stage: Stage) -> None:
    for moment in (datetime.now(UTC) + timedelta(minutes=4), datetime(1970, 1, 1, tzinfo=UTC)):
        log(stage.admin, [{"age": 1}], at=moment)
    rollup = roller(stage, automatic_rows=1)
    rollup.run()
    assert select(stage.admin, "SELECT rows_quarantined AS rows FROM watermarks") == [{"rows": 0}]
    assert not recount(stage.admin, rollup.options)


def test_slices_of_a_backlog_equal_one_slice(stage: Stage) -> None:
    for minute in range(5):
        moment = datetime(2026, 1, 5, 12, 7 * minute, 59, 999_999, tzinfo=UTC)
        log(stage.admin, [{"age": age} for age in range(9)], at=moment, version=f"v{minute % 2}")
    whole = roller(stage, automatic_rows=NEVER)
    assert (whole.run().slices, whole.run().slices) == (1, 0)
    expected = rollups(stage)
    stage.admin.execute("TRUNCATE traffic_rollups, traffic_totals, watermarks")
    sliced = roller(stage, automatic_rows=NEVER, slice_rows=7)
    assert sliced.run().slices == 7
    found = rollups(stage)
    assert found["mark"] == expected["mark"]
    assert [row[:7] for row in found["traffic"]] == [row[:7] for row in expected["traffic"]]  # the rest are floats
    assert not recount(stage.admin, sliced.options)


def test_a_row_of_the_future_stays_in_quarantine_when_its_time_has_come(stage: Stage) -> None:
    """A reference that is set later must not count what the roll-up did not."""
    stage.admin.execute(
        "INSERT INTO prediction_logs (model_name, latency_ms, features, timestamp, created_at)"
        " VALUES ('m', 1, '{\"age\": 1}', now() - interval '1 hour', now() - interval '3 hours')"
    )
    log(stage.admin, [{"age": age} for age in range(5)])
    rollup = roller(stage, automatic_rows=1)
    rollup.run()
    [mark] = select(stage.admin, "SELECT rows_processed, rows_quarantined FROM watermarks")
    assert mark == {"rows_processed": 6, "rows_quarantined": 1}
    assert select(stage.admin, "SELECT sum(rows)::bigint AS rows FROM profile_rollups") == [{"rows": 5}]


def test_a_status_too_long_for_an_index_is_cut_and_holds_nothing_up(stage: Stage) -> None:
    stage.admin.execute(
        "INSERT INTO prediction_logs (model_name, latency_ms, status)"
        " SELECT 'm', 1, string_agg(md5(i::text), '') FROM generate_series(1, 300) AS i"
    )
    roller(stage).run()
    assert select(stage.admin, "SELECT length(status) AS length, predictions FROM traffic_totals") == [
        {"length": 100, "predictions": 1}
    ]


def test_borders_of_buckets_belong_to_the_later_bucket_to_the_microsecond(stage: Stage) -> None:
    border = datetime(2026, 1, 5, 13, tzinfo=UTC)
    for micro in (-1, 0, 1):
        log(stage.admin, [{"age": 1}], at=border + timedelta(microseconds=micro))
    rollup = roller(stage, automatic_rows=1)
    rollup.run()
    starts = select(stage.admin, "SELECT bucket_start, predictions FROM traffic_rollups ORDER BY 1")
    assert [tuple(row.values()) for row in starts] == [(border - timedelta(minutes=1), 1), (border, 2)]
    assert not recount(stage.admin, rollup.options)


def test_the_time_zones_of_sessions_and_database_do_not_matter(stage: Stage) -> None:
    zoned = stage.writers[0].connection
    zoned.execute("SET TimeZone TO 'Asia/Kathmandu'")
    try:
        log(zoned, [{"age": 1}], at=datetime.fromisoformat("2026-03-29T02:30:00+05:45"))
    finally:
        zoned.execute("RESET TimeZone")
    rollup = roller(stage, automatic_rows=1)
    rollup.run()
    [row] = select(stage.admin, "SELECT bucket_start, bucket_width FROM profile_rollups")
    assert row == {"bucket_start": datetime(2026, 3, 28, tzinfo=UTC), "bucket_width": timedelta(days=1)}
    assert not recount(stage.admin, rollup.options)


def test_a_slice_too_large_for_one_value_is_cut_until_it_fits(stage: Stage) -> None:
    log(stage.admin, [{"age": age} for age in range(30)])
    rollup = roller(stage, slice_rows=30, automatic_rows=NEVER)
    with narrowed(stage.admin):
        assert rollup.run().slices == 10  # 30 rows do not fit, 30 // 8 do
    assert not recount(stage.admin, rollup.options)


def test_rows_too_large_for_one_value_are_profiled_in_smaller_slices(stage: Stage) -> None:
    log(stage.admin, [{"age": age} for age in range(30)])
    rollup = roller(stage, slice_rows=30, automatic_rows=NEVER)
    rollup.run()
    with stage.rollers[ROLLERS[0]].transaction() as connection:
        watermark = lock_watermark(connection, LAST_SEQ)
        reference = set_reference(connection, rollup.options)
    with narrowed(stage.admin), stage.rollers[ROLLERS[0]].transaction() as connection:
        assert Profiler(rollup.options).reprofile(connection, reference, watermark, high=30) == 30
    assert not recount(stage.admin, rollup.options)


def test_one_row_too_large_is_reported(stage: Stage) -> None:
    log(stage.admin, ["{}"])
    with narrowed(stage.admin):
        stage.admin.execute(
            "CREATE OR REPLACE FUNCTION narrow(document jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS"
            " $$ BEGIN RAISE EXCEPTION 'too long' USING ERRCODE = 'program_limit_exceeded'; END $$"
        )
        with pytest.raises(SliceTooLarge):
            roller(stage, slice_rows=8).run()
