"""Postgres up, down, silent or slow: who logs never waits for it, and what was logged is stored exactly once."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final, cast
from uuid import UUID

import psycopg
import pytest

from driftgauge.client import PredictionLogger
from driftgauge.client.identifiers import new_id
from driftgauge.client.predictions import TABLE
from driftgauge.client.rows import Row
from driftgauge.client.writing import Unavailable, Writer
from driftgauge.embedded import EmbeddedPostgres
from driftgauge.store.migrations import migrate
from fixtures.exporter import wait_until
from fixtures.proxy import Proxy
from fixtures.soak import amount
from integration.client.books import balanced, percentile, report, spread, stored_ids
from integration.client.conftest import MakeLogger

ROWS: Final = amount(3_000, soak=50_000)
SLOWEST: Final = 0.05  # seconds, at the 99th percentile, on a machine that is busy with other tests
FEATURES: Final = {"age": 41, "plan": "pro", "income": 1234.5, "visits": 7, "vip": True}
END_SESSIONS: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'driftgauge-client' AND datname = current_database()"
)


def row_of(key: UUID) -> Row:
    """Return a prediction's row, made now."""
    unset = None
    return (
        TABLE,
        (
            key.int,
            "churn",
            "3",
            "test",
            time.time_ns() // 10**9 * 10**9,
            b"{}",
            *[unset] * 5,
            1.5,
            "success",
            *[unset] * 3,
        ),
        1,
    )


def log(logger: PredictionLogger, rows: int, *, burst: int = 0) -> list[float]:
    """Log rows, with a rest after each burst, and return how long each call took."""
    took: list[float] = []
    for row in range(rows):
        started = time.perf_counter()
        logger.log_prediction(FEATURES, prediction="late", score=0.5, latency_ms=row)
        took.append(time.perf_counter() - started)
        if burst and row % burst == 0:
            time.sleep(0.01)
    return took


def is_up(proxy: Proxy) -> None:
    proxy.flow()


def is_slow(proxy: Proxy) -> None:
    proxy.latency = 0.5


@pytest.mark.soak
@pytest.mark.parametrize("spools", [False, True], ids=["in memory", "with a spool"])
@pytest.mark.parametrize("state", [is_up, Proxy.refuse, Proxy.swallow, is_slow], ids=["up", "down", "silent", "slow"])
def test_logging_takes_no_longer_whatever_the_database_does(  # noqa: PLR0917 - fixtures
    proxy: Proxy,
    database: str,
    make_logger: MakeLogger,
    tmp_path: Path,
    state: Callable[[Proxy], None],
    spools: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    logger = make_logger(
        proxy.dsn,
        write_timeout=2,
        spool=tmp_path / "spool" if spools else None,
        queue_rows=2 * ROWS,
        queue_bytes=ROWS << 13,
    )
    log(logger, 10)
    assert logger.flush(30)
    state(proxy)
    took = log(logger, ROWS, burst=100)
    report(f"log_prediction, {state.__name__}, {'spool' if spools else 'no spool'}: {spread(took)}")
    assert percentile(took, 99) < SLOWEST
    assert balanced(logger).accepted == 10 + ROWS
    proxy.latency = 0
    if state is Proxy.refuse:
        proxy.accept()
    proxy.flow()
    assert logger.flush(60)
    assert balanced(logger).stored == 10 + ROWS
    ids = stored_ids(database)
    assert len(ids) == len(set(ids)) == 10 + ROWS


def test_a_database_that_falls_silent_in_mid_copy_gets_every_row_once(
    proxy: Proxy, database: str, make_logger: MakeLogger
) -> None:
    logger = make_logger(proxy.dsn, write_timeout=1)
    log(logger, 1)
    assert logger.flush(30)
    proxy.latency = 0.05  # so that the copy's many pieces are on their way for a while
    log(logger, 5_000)
    wait_until(lambda: not logger.flush(0) and logger.stats().queued, "a copy under way")
    time.sleep(0.3)
    proxy.swallow()
    wait_until(lambda: proxy.swallowed, "the copy meets the black hole")
    time.sleep(1.5)
    assert balanced(logger).queued > 0
    proxy.latency = 0
    proxy.flow()
    proxy.reset()
    assert logger.flush(60)
    ids = stored_ids(database)
    assert len(ids) == len(set(ids)) == balanced(logger).stored == 5_001


def test_a_deadline_that_strikes_while_rows_are_inserted_leaves_nothing_that_complains(
    writer_dsn: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    there, pending = row_of(new_id()), row_of(new_id())
    with (
        closing(Writer(lambda: writer_dsn, schema="driftgauge", timeout=timedelta(seconds=0.5))) as writer,
        psycopg.connect(database) as other,
    ):
        writer.write([there])
        other.execute(
            "INSERT INTO driftgauge.prediction_logs (id, model_name, version, latency_ms, timestamp)"
            " VALUES (%s, 'churn', '3', 1, to_timestamp(%s / 1e9))",
            (UUID(int=cast("int", pending[1][0])), pending[1][4]),
        )  # and does not commit: whoever inserts the same row waits for it
        with pytest.raises(Unavailable):
            writer.write([there, pending])
    gc.collect()
    assert complaints == []


def test_a_network_that_needs_longer_for_a_batch_than_a_write_may_take_still_gets_all(
    proxy: Proxy, database: str, make_logger: MakeLogger
) -> None:
    logger = make_logger(proxy.dsn, write_timeout=1)
    proxy.latency = 0.02  # 3 MB/s; 5,000 of these rows need more than a second
    for _ in range(5_000):
        logger.log_prediction({"text": "x" * 1000}, latency_ms=1)
    assert logger.flush(60)
    assert balanced(logger).stored == 5_000
    ids = stored_ids(database)
    assert len(ids) == len(set(ids)) == 5_000


@pytest.mark.parametrize("spools", [False, True], ids=["in memory", "with a spool"])
def test_a_server_that_is_killed_over_and_over_has_every_row_once(
    own_server: EmbeddedPostgres,
    make_logger: MakeLogger,
    tmp_path: Path,
    spools: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    migrate(own_server.dsn)
    logger = make_logger(own_server.dsn, spool=tmp_path / "spool" if spools else None)
    ending = threading.Event()

    def serve() -> None:
        while not ending.wait(0.002):
            logger.log_prediction(FEATURES, latency_ms=1)

    service = threading.Thread(target=serve)
    service.start()
    try:
        for _ in range(amount(2, soak=20)):
            time.sleep(0.5)
            own_server.kill()
            time.sleep(0.5)
            own_server.start()
    finally:
        ending.set()
        service.join()
    assert logger.flush(60)
    stats = balanced(logger)
    ids = stored_ids(own_server.dsn)
    assert len(ids) == len(set(ids)) == stats.stored == stats.accepted


@pytest.mark.parametrize("spools", [False, True], ids=["in memory", "with a spool"])
def test_a_row_is_stored_at_closing_although_the_session_has_ended_meanwhile(
    writer_dsn: str,
    database: str,
    make_logger: MakeLogger,
    tmp_path: Path,
    spools: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    logger = make_logger(writer_dsn, spool=tmp_path / "spool" if spools else None)
    log(logger, 1)
    assert logger.flush(30)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(END_SESSIONS)
    log(logger, 1)
    logger.close(10)
    assert balanced(logger).stored == len(stored_ids(database)) == 2


def test_a_server_that_comes_back_while_the_logger_closes_gets_the_rows(
    proxy: Proxy, database: str, make_logger: MakeLogger
) -> None:
    logger = make_logger(proxy.dsn)
    proxy.refuse()
    log(logger, 100)
    back = threading.Timer(1.0, proxy.accept)
    back.start()
    logger.close(20)
    back.join()
    assert balanced(logger).stored == len(stored_ids(database)) == 100


def test_what_was_stored_of_a_spooled_batch_is_booked_once(
    proxy: Proxy, database: str, make_logger: MakeLogger, tmp_path: Path
) -> None:
    proxy.refuse()
    logger = make_logger(proxy.dsn, spool=tmp_path / "spool", write_timeout=0.5)
    log(logger, 12_000)
    wait_until(lambda: logger.stats().spooled == 12_000, "all on disk")
    proxy.latency = 0.02  # so slow that a journal takes many writes, some of which fail
    proxy.accept()
    wait_until(lambda: logger.stats().stored, "some is stored", patience=60)
    for _ in range(3):
        before = balanced(logger).stored
        proxy.reset()
        wait_until(lambda before=before: logger.stats().stored != before, "more is stored", patience=60)
    proxy.latency = 0
    assert logger.flush(60)
    assert balanced(logger).stored == 12_000
    ids = stored_ids(database)
    assert len(ids) == len(set(ids)) == 12_000
