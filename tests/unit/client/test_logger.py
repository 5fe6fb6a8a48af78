"""The logger says what it cannot be made of, finds its server, and ends well."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from driftgauge.client import Drop, PredictionLogger
from driftgauge.client.rows import TABLES
from driftgauge.client.spool import ENDING
from driftgauge.errors import BadInput
from unit.client.doubles import PATIENCE, balanced


def away() -> str:
    """Stand in for a secret store that does not answer."""
    raise LookupError


@pytest.fixture
def make() -> Iterator[Callable[..., PredictionLogger]]:
    """Make loggers that reach no server; they are closed with the test."""
    made: list[PredictionLogger] = []

    def construct(dsn: Any = away, **options: Any) -> PredictionLogger:  # noqa: ANN401 - whatever the test is about
        known: dict[str, Any] = {"model": "churn", "on_sigterm": False} | options
        made.append(PredictionLogger(dsn, **known))
        return made[-1]

    yield construct
    for logger in made:
        logger.close(0)


@pytest.fixture
def said() -> Iterator[SimpleQueue[str]]:
    """What the client logs."""
    messages: SimpleQueue[str] = SimpleQueue()

    class Ears(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.put(record.getMessage())

    log = logging.getLogger("driftgauge.client")
    ears = Ears()
    log.addHandler(ears)
    yield messages
    log.removeHandler(ears)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": ""}, r"^model: a name is needed; got ''$"),
        ({"model": "  "}, r"^model: a name is needed; got '  '$"),
        ({"model": None}, r"^model: a name is needed; got None$"),
        ({"model": "a\x00b"}, r"^model: 'a\\x00b' has characters that cannot be printed$"),
        ({"version": "\ud800"}, r"^version: '\\ud800' has characters that cannot be printed$"),
        ({"version": 3}, r"^version: a name is needed; got 3$"),
        ({"environment": "x" * 501}, r"^environment: a name has at most 500 bytes$"),
        ({"environment": "\u00e9" * 251}, r"^environment: a name has at most 500 bytes$"),
        ({"queue_rows": 0}, r"^queue_rows: 0 is less than 1$"),
        ({"queue_bytes": 10}, r"^queue_bytes: 10 is less than \d+$"),
        ({"spool_bytes": 10}, r"^spool_bytes: 10 is less than \d+$"),
        ({"write_timeout": 0}, r"^write_timeout: 0 is less than 0\.1$"),
        ({"write_timeout": float("nan")}, r"^write_timeout: nan is less than 0\.1$"),
        ({"close_timeout": -1}, r"^close_timeout: -1 is less than 0$"),
        ({"user_id_key": b"short"}, r"^user_id_key: 16 to 64 bytes are needed$"),
        ({"user_id_key": b"x" * 65}, r"^user_id_key: 16 to 64 bytes are needed$"),
    ],
    ids=str,
)
def test_what_a_logger_cannot_be_made_of_is_named(
    make: Callable[..., PredictionLogger], options: dict[str, object], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        make(**options)


def test_a_logger_tells_whose_predictions_it_logs(make: Callable[..., PredictionLogger]) -> None:
    assert make().model == ("churn", "unversioned", "production")
    assert make(model="abwanderung \u00fc", version="3").model == ("abwanderung \u00fc", "3", "production")


def test_making_a_logger_touches_nothing(make: Callable[..., PredictionLogger], tmp_path: Path) -> None:
    threads = threading.active_count()
    logger = make(spool=tmp_path / "spool")
    assert logger.stats().accepted == 0
    assert logger.flush(PATIENCE)
    assert threading.active_count() == threads
    assert not (tmp_path / "spool").exists()


def outage(messages: SimpleQueue[str]) -> str:
    """Wait until the client says why rows wait."""
    while "cannot be stored now" not in (message := messages.get(timeout=PATIENCE)):
        pass
    return message


def test_a_dsn_is_taken_as_it_is(make: Callable[..., PredictionLogger], said: SimpleQueue[str]) -> None:
    make("postgresql://127.0.0.1:1/given").log_metric("auc", 1)
    assert "database given" in outage(said)


def test_a_dsn_is_asked_for_at_each_connect(make: Callable[..., PredictionLogger]) -> None:
    asked: SimpleQueue[None] = SimpleQueue()

    def dsn() -> str:
        asked.put(None)
        return "postgresql://127.0.0.1:1/asked"

    make(dsn).log_metric("auc", 1)
    assert [asked.get(timeout=PATIENCE) for _ in range(3)] == [None] * 3


def test_a_dsn_is_found_in_the_environment(
    make: Callable[..., PredictionLogger], said: SimpleQueue[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "dsn"
    file.write_text("postgresql://127.0.0.1:1/from_file\n")
    monkeypatch.setenv("DRIFTGAUGE_DSN", "postgresql://127.0.0.1:1/from_environment")
    monkeypatch.setenv("DRIFTGAUGE_DSN_FILE", str(file))
    first = make(None)
    first.log_metric("auc", 1)
    assert "database from_environment" in outage(said)
    first.close(0)
    monkeypatch.delenv("DRIFTGAUGE_DSN")
    second = make(None)
    second.log_metric("auc", 1)
    assert "database from_file" in outage(said)


def test_a_dsn_is_left_to_libpq_where_nothing_is_said(
    make: Callable[..., PredictionLogger], said: SimpleQueue[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DRIFTGAUGE_DSN", "DRIFTGAUGE_DSN_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("PGHOST", "127.0.0.1"), ("PGPORT", "1"), ("PGDATABASE", "of_libpq")):
        monkeypatch.setenv(name, value)
    make(None).log_metric("auc", 1)
    assert "Connection refused" in outage(said)


def test_a_file_that_cannot_be_read_is_named(
    make: Callable[..., PredictionLogger], said: SimpleQueue[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DRIFTGAUGE_DSN", raising=False)
    monkeypatch.setenv("DRIFTGAUGE_DSN_FILE", str(tmp_path / "absent"))
    make(None).log_metric("auc", 1)
    assert f"DRIFTGAUGE_DSN_FILE: cannot read {tmp_path / 'absent'}: " in outage(said)


def test_closing_drops_what_cannot_be_stored_and_says_so(
    make: Callable[..., PredictionLogger], said: SimpleQueue[str]
) -> None:
    logger = make()
    for number in range(3):
        logger.log_metric("auc", number)
    assert not logger.flush(0)
    logger.close(0)
    logger.close()
    logger.log_metric("auc", 3)
    stats = logger.stats()
    assert (stats.accepted, stats.queued, stats.dropped[Drop.CLOSED]) == (4, 0, 4)
    lost = 0
    while lost < 3:
        rows, found, _ = said.get(timeout=PATIENCE).partition(" rows could not be stored before the logger was closed")
        lost += int(rows) if found else 0


def test_closing_leaves_rows_in_the_spool(make: Callable[..., PredictionLogger], tmp_path: Path) -> None:
    with make(spool=tmp_path) as logger:
        logger.log_metric("auc", 1)
    stats = logger.stats()
    assert (stats.accepted, stats.spooled) == (1, 1)
    assert balanced(stats)
    assert len(list(tmp_path.glob(f"*/*{ENDING}"))) == 1


def test_a_logger_can_be_awaited(make: Callable[..., PredictionLogger]) -> None:
    async def serve() -> None:
        logger = make()
        assert await logger.aflush(0)
        logger.log_metric("auc", 1)
        assert not await logger.aflush(0)
        await logger.aclose(0)
        assert logger.stats().dropped[Drop.CLOSED] == 1

    asyncio.run(serve())


def test_a_logger_that_nobody_holds_stops_its_background(tmp_path: Path) -> None:
    tried = threading.Event()

    def dsn() -> str:
        tried.set()
        raise LookupError

    before = set(threading.enumerate())  # a spooler of the test before may be about to end
    logger = PredictionLogger(dsn, model="churn", spool=tmp_path, on_sigterm=False)
    logger.log_metric("auc", 1)
    background = set(threading.enumerate()) - before
    assert {thread.name for thread in background} == {"driftgauge-sender", "driftgauge-spooler"}
    assert tried.wait(PATIENCE)
    del logger
    gc.collect()
    for thread in background:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert len(list(tmp_path.glob(f"*/*{ENDING}"))) == 1, "the row waits for the next process"


def test_a_logger_that_could_not_be_made_is_collected_quietly() -> None:
    with pytest.raises(BadInput):
        PredictionLogger(model="")
    gc.collect()


def test_options_of_calls_are_the_columns_in_the_docs() -> None:
    batch = inspect.signature(PredictionLogger.log_predictions).parameters
    single = inspect.signature(PredictionLogger.log_prediction).parameters
    assert set(batch) - set(single) == {"names"}
    assert set(TABLES) >= {"prediction_logs", "prediction_outcomes"}
