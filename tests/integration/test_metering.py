"""What a thread waits for Postgres is charged to it: statements, rows, COPY, commits, failures, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from driftgauge.store.database import Database
from driftgauge.store.metering import Meter

SLEEP = 0.2


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def metered(database: str, meter: Meter) -> Iterator[Database]:
    found = Database(lambda: database, schema="driftgauge", meter=meter, statement_timeout=timedelta(seconds=10))
    yield found
    found.close()


def test_a_statement_is_charged_whole(metered: Database, meter: Meter) -> None:
    with metered.transaction() as connection:
        before = meter.spent
        connection.execute("SELECT pg_sleep(%s)", (SLEEP,))
    assert meter.spent - before >= SLEEP


def test_what_is_done_between_two_statements_is_not_charged(metered: Database, meter: Meter) -> None:
    with metered.transaction() as connection:
        rows = connection.execute("SELECT generate_series(1, 1000)").fetchall()
        before = meter.spent
        time.sleep(0.01)
        assert len(rows) == 1000
        assert meter.spent == before


def test_a_copy_is_charged_both_ways(metered: Database, meter: Meter) -> None:
    with metered.transaction() as connection, connection.cursor() as cursor:
        connection.execute("CREATE TEMP TABLE copied (number int)")
        before = meter.spent
        with cursor.copy("COPY copied FROM STDIN") as copy:
            copy.write_row((1,))
        written = meter.spent
        with cursor.copy("COPY (SELECT pg_sleep(0.2), number FROM copied) TO STDOUT") as copy:
            assert len(list(copy.rows())) == 1
    assert written > before
    assert meter.spent - written >= SLEEP


def test_threads_that_work_for_another_are_charged_to_it_together(metered: Database, meter: Meter) -> None:
    def work(_: int) -> None:
        with metered.transaction() as connection:
            connection.execute("SELECT pg_sleep(%s)", (SLEEP,))

    before = meter.spent
    with ThreadPoolExecutor(2, initializer=meter.count_on, initargs=(meter.account,)) as pool:
        list(pool.map(work, range(4)))
    assert meter.spent - before >= 4 * SLEEP


def test_a_statement_that_fails_is_charged(metered: Database, meter: Meter) -> None:
    with metered.transaction() as connection:
        before = meter.spent
        with pytest.raises(psycopg.errors.DivisionByZero), connection.transaction():
            connection.execute("SELECT 1 / (pg_sleep(0.2)::text <> '')::int")
        assert meter.spent - before >= SLEEP


def test_threads_are_charged_apart(metered: Database, meter: Meter) -> None:
    other: list[float] = []

    def wait() -> None:
        with metered.transaction() as connection:
            connection.execute("SELECT pg_sleep(%s)", (SLEEP,))
        other.append(meter.spent)

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join()
    assert other[0] >= SLEEP
    assert meter.spent == 0.0
