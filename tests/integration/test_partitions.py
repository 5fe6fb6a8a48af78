"""Partitions come and go without a row lost, counted twice or refused."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from driftgauge.store.session import SessionSettings

if TYPE_CHECKING:
    from collections.abc import Generator

PARTITIONED = {
    "explanation_metadata",
    "lime_explanations",
    "model_metrics",
    "prediction_logs",
    "prediction_outcomes",
    "shap_values",
}
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)  # long before the partitions that a migration makes
WEEK = timedelta(weeks=1)


@contextmanager
def session(dsn: str) -> Generator[psycopg.Connection]:
    """One transaction on the schema."""
    with psycopg.connect(dsn) as connection:
        SessionSettings(schema="driftgauge").apply(connection)
        yield connection


def log(connection: psycopg.Connection, *times: datetime) -> None:
    for time in times:
        statement = "INSERT INTO prediction_logs (model_name, latency_ms, timestamp) VALUES ('m', 1, %s)"
        connection.execute(statement, (time,))


def rows(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT * FROM prediction_logs ORDER BY ingest_seq").fetchall()


def places(connection: psycopg.Connection) -> list[str]:
    found = connection.execute("SELECT tableoid::regclass::text FROM prediction_logs ORDER BY ingest_seq")
    return [place for (place,) in found]


def create(connection: psycopg.Connection, start: datetime, end: datetime) -> int:
    row = connection.execute("SELECT create_partitions(%s, %s)", (start, end)).fetchone()
    assert row is not None
    return int(row[0])


def drop(connection: psycopg.Connection, older_than: datetime) -> int:
    row = connection.execute("SELECT drop_partitions(%s)", (older_than,)).fetchone()
    assert row is not None
    return int(row[0])


def roll_up_all(connection: psycopg.Connection) -> None:
    """Say that every row is rolled up."""
    connection.execute(
        "INSERT INTO watermarks (job, ingest_seq, system_identifier, compacted_before)"
        " SELECT 'rollup', max(ingest_seq), '1', now() FROM prediction_logs"
        " ON CONFLICT (job) DO UPDATE SET ingest_seq = excluded.ingest_seq"
    )


def test_all_log_tables_are_partitioned_with_a_default(database: str) -> None:
    with session(database) as connection:
        found = connection.execute(
            "SELECT c.relname, p.partdefid::regclass::text FROM pg_partitioned_table AS p"
            " INNER JOIN pg_class AS c ON p.partrelid = c.oid"
        ).fetchall()
    assert dict(found) == {name: f"{name}_default" for name in PARTITIONED}


def test_partitions_are_whole_weeks_from_monday_utc(database: str) -> None:
    with session(database) as connection:
        connection.execute("SET LOCAL TimeZone = 'Australia/Lord_Howe'")
        assert create(connection, MONDAY + WEEK / 2, MONDAY + 2 * WEEK) == 2 * len(PARTITIONED)
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        bounds = connection.execute(
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_class AS c"
            " WHERE c.relispartition AND c.relname LIKE 'prediction_logs_2024%' AND c.relkind = 'r' ORDER BY 1"
        ).fetchall()
    assert bounds == [
        ("prediction_logs_20240101", "FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2024-01-08 00:00:00+00')"),
        ("prediction_logs_20240108", "FOR VALUES FROM ('2024-01-08 00:00:00+00') TO ('2024-01-15 00:00:00+00')"),
    ]


def test_making_them_again_changes_nothing(database: str) -> None:
    with session(database) as connection:
        assert create(connection, MONDAY, MONDAY + WEEK) == len(PARTITIONED)
        assert create(connection, MONDAY, MONDAY + WEEK) == 0
        assert create(connection, MONDAY, MONDAY) == 0


def test_making_them_from_two_sessions_at_once_is_safe(database: str) -> None:
    made: list[int] = []

    def run() -> None:
        with session(database) as connection:
            made.append(create(connection, MONDAY, MONDAY + 10 * WEEK))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 0, 10 * len(PARTITIONED)]


def test_a_new_partition_has_the_indexes_and_checks_of_its_parent(database: str) -> None:
    with session(database) as connection:
        create(connection, MONDAY, MONDAY + WEEK)
        differing = connection.execute(
            """
            WITH described AS (
                SELECT
                    c.oid,
                    c.relname AS name,
                    ARRAY(
                        SELECT replace(pg_get_indexdef(i.indexrelid, 0, true), c.relname, '')
                        FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisvalid
                    ) AS indexes,
                    ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint AS k WHERE k.conrelid = c.oid) AS checks
                FROM pg_class AS c WHERE c.relkind IN ('r', 'p')
            )
            SELECT child.name
            FROM pg_partitioned_table AS p
            INNER JOIN described AS parent ON p.partrelid = parent.oid
            INNER JOIN described AS child ON child.name = parent.name || '_20240101'
            WHERE cardinality(parent.indexes) <> cardinality(child.indexes)
                OR NOT child.checks @> parent.checks
            """
        ).fetchall()
    assert differing == []


def test_no_row_is_refused_for_its_time(database: str) -> None:
    with session(database) as connection:
        log(connection, datetime(1, 1, 2, tzinfo=UTC), MONDAY, datetime(9999, 12, 30, tzinfo=UTC))
        assert places(connection) == ["prediction_logs_default"] * 3


def test_rows_that_came_first_move_into_their_partition_unchanged(database: str) -> None:
    with session(database) as connection:
        edge = timedelta(microseconds=1)
        log(connection, MONDAY - edge, MONDAY, MONDAY + WEEK - edge, MONDAY + WEEK)
        before = rows(connection)
        create(connection, MONDAY, MONDAY + WEEK)
        assert rows(connection) == before
        own, default = "prediction_logs_20240101", "prediction_logs_default"
        assert places(connection) == [default, own, own, default]


def test_a_reader_and_a_writer_that_wait_meanwhile_miss_nothing_and_are_not_refused(database: str) -> None:
    counted: list[int] = []

    def write() -> None:
        with session(database) as connection:
            log(connection, MONDAY)

    def read() -> None:
        with session(database) as connection:
            counted.append(len(rows(connection)))

    with session(database) as connection:
        log(connection, MONDAY)
    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    with session(database) as connection:
        create(connection, MONDAY, MONDAY + WEEK)
        for thread in threads:
            thread.start()
        await_waiters(database, 2)
    for thread in threads:
        thread.join()
    assert counted in ([1], [2])  # the reader may come before the writer or after it
    with session(database) as connection:
        assert places(connection) == ["prediction_logs_20240101"] * 2


def test_a_long_transaction_is_not_disturbed(database: str) -> None:
    with session(database) as writer:
        log(writer, MONDAY)
        with (
            session(database) as connection,
            pytest.raises(psycopg.errors.LockNotAvailable, match="a long transaction on the log tables"),
        ):
            create(connection, MONDAY, MONDAY + WEEK)
        log(writer, MONDAY)
    with session(database) as connection:
        assert create(connection, MONDAY, MONDAY + WEEK) == len(PARTITIONED)


def test_old_partitions_and_strays_go_and_the_floor_rises(database: str) -> None:
    with session(database) as connection:
        create(connection, MONDAY, MONDAY + 3 * WEEK)
        log(connection, MONDAY - WEEK, MONDAY, MONDAY + WEEK, MONDAY + 2 * WEEK, MONDAY + 9 * WEEK)
        roll_up_all(connection)
        # In the middle of the third week: that week stays whole.
        assert drop(connection, MONDAY + 2.5 * WEEK) == 2 * len(PARTITIONED) - 1, "outcomes stay a week longer"
        kept = connection.execute("SELECT timestamp FROM prediction_logs ORDER BY timestamp").fetchall()
        assert kept == [(MONDAY + 2 * WEEK,), (MONDAY + 9 * WEEK,)]
        floor = connection.execute("SELECT retention_floor FROM watermarks").fetchall()
        assert floor == [(MONDAY + 2 * WEEK,)]


@pytest.mark.parametrize("started", [True, False])
def test_a_partition_with_rows_that_are_not_rolled_up_is_not_dropped(database: str, *, started: bool) -> None:
    with session(database) as connection:
        create(connection, MONDAY, MONDAY + 2 * WEEK)
        if started:
            log(connection, MONDAY)
            roll_up_all(connection)
        log(connection, MONDAY + WEEK)
    with (
        session(database) as connection,
        pytest.raises(psycopg.errors.LockNotAvailable, match=r"rows before 2024-01-15 00:00:00\+00 are not rolled up"),
    ):
        drop(connection, MONDAY + 2 * WEEK)
    with session(database) as connection:
        if started:
            assert drop(connection, MONDAY + WEEK) == len(PARTITIONED) - 1, "the next week's row is in nobody's way"
        roll_up_all(connection)
        assert drop(connection, MONDAY + 2 * WEEK) == (1 if started else 2) * len(PARTITIONED) - (not started)
        assert rows(connection) == []


@pytest.mark.parametrize(("predictions_seq", "ingest_seq", "goes"), [(0, 9, False), (9, 0, False), (1, 1, True)])
def test_a_partition_with_rows_that_are_not_joined_is_not_dropped(
    database: str, *, predictions_seq: int, ingest_seq: int, goes: bool
) -> None:
    with session(database) as connection:
        create(connection, MONDAY, MONDAY + 3 * WEEK)
        log(connection, MONDAY)
        roll_up_all(connection)
        connection.execute(
            'INSERT INTO prediction_outcomes (prediction_id, label, "timestamp") VALUES (gen_random_uuid(), 1, %s)',
            (MONDAY,),
        )
        connection.execute(
            "INSERT INTO watermarks (job, predictions_seq, ingest_seq, system_identifier, compacted_before)"
            " VALUES ('outcomes', %s, %s, '', now())",
            (predictions_seq, ingest_seq),
        )
    with session(database) as connection:
        if goes:
            drop(connection, MONDAY + 2 * WEEK)
            assert rows(connection) == []
            assert connection.execute("SELECT FROM prediction_outcomes").fetchall() == []
        else:
            with pytest.raises(psycopg.errors.LockNotAvailable, match="are not rolled up yet"):
                drop(connection, MONDAY + 2 * WEEK)


def test_a_row_that_is_committed_while_the_drop_waits_is_kept(database: str) -> None:
    refused: list[bool] = []

    def run() -> None:
        try:
            with session(database) as connection:
                drop(connection, MONDAY + WEEK)
        except psycopg.errors.LockNotAvailable as error:
            refused.append("are not rolled up yet" in str(error))

    with session(database) as connection:
        create(connection, MONDAY, MONDAY + WEEK)
        log(connection, MONDAY)
        roll_up_all(connection)
    thread = threading.Thread(target=run)
    with session(database) as writer:
        log(writer, MONDAY)
        thread.start()
        await_waiters(database, 1)
    thread.join()
    assert refused == [True]
    with session(database) as connection:
        assert len(rows(connection)) == 2


def test_strays_stay_until_they_are_rolled_up(database: str) -> None:
    with session(database) as connection:
        log(connection, MONDAY)
        drop(connection, MONDAY + WEEK)
        assert len(rows(connection)) == 1, "nothing is rolled up yet"
        roll_up_all(connection)
        log(connection, MONDAY)
        drop(connection, MONDAY + WEEK)
        assert len(rows(connection)) == 1, "the second is not"
        roll_up_all(connection)
        drop(connection, MONDAY + WEEK)
        assert rows(connection) == []


def test_the_floor_never_sinks(database: str) -> None:
    with session(database) as connection:
        connection.execute(
            "INSERT INTO watermarks (job, system_identifier, compacted_before, retention_floor)"
            " VALUES ('rollup', '1', now(), %s)",
            (MONDAY,),
        )
        drop(connection, MONDAY - 5 * WEEK)
        assert connection.execute("SELECT retention_floor FROM watermarks").fetchall() == [(MONDAY,)]


def test_partitions_of_another_width_are_dropped_by_their_bound(database: str) -> None:
    with session(database) as connection:
        connection.execute(
            "CREATE TABLE logs_of_2023 PARTITION OF prediction_logs"
            " FOR VALUES FROM ('2023-01-01 00:00+00') TO ('2024-01-01 00:00+00')"
        )
        assert drop(connection, MONDAY - timedelta(days=1)) == 0
        assert drop(connection, MONDAY) == 1


@pytest.mark.parametrize("moment", ["now() + interval '1 minute'", "'infinity'", "'-infinity'", "NULL"])
def test_only_the_past_can_be_dropped(database: str, moment: str) -> None:
    with session(database) as connection, pytest.raises(psycopg.errors.InvalidParameterValue, match="in the past"):
        connection.execute(f"SELECT drop_partitions({moment})".encode())


@pytest.mark.parametrize("end", ["'infinity'", "NULL", "now() + interval '11 years'"])
def test_an_endless_span_is_refused(database: str, end: str) -> None:
    with session(database) as connection, pytest.raises(psycopg.errors.InvalidParameterValue, match="at most ten year"):
        connection.execute(f"SELECT create_partitions(now(), {end})".encode())


def await_waiters(dsn: str, count: int) -> None:
    """Return once `count` sessions wait for a lock on the table."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for _ in range(500):
            row = connection.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'driftgauge.prediction_logs'::regclass"
            ).fetchone()
            if row == (count,):
                return
            connection.execute("SELECT pg_sleep(0.01)")
    pytest.fail("nobody waits for the table")
