"""Closing stores, spools or drops what is left, counts it, and keeps its deadline."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from driftgauge.client import spool as spool_module
from driftgauge.client.backlog import BATCH_ROWS
from driftgauge.client.delivery import FIRST_PAUSE, INTERVAL, Delivery
from driftgauge.client.rows import Row
from driftgauge.client.spool import ENDING, Journal, Spool
from unit.client.delivery.delivering import PLENTY, SOON, Start, Watched, dropped, exhausted, numbers, put, until
from unit.client.doubles import PATIENCE, FakeWriter, balanced


def test_closing_tries_often(watched: Watched, writer: FakeWriter) -> None:
    writer.fail()
    put(watched, range(1))
    until(lambda: len(watched.rests) >= 9)
    tries = len(watched.rests)
    watched.close(0.2)
    assert min(watched.rests[tries:]) <= FIRST_PAUSE
    assert dropped(watched.stats()) == {"closed": 1}


def test_closing_stores_what_is_left(start: Start, writer: FakeWriter) -> None:
    delivery = start()
    put(delivery, range(1000))
    delivery.close(SOON)
    assert delivery.stats().stored == 1000
    assert writer.closed.is_set()
    delivery.close(SOON)
    put(delivery, range(3))
    stats = delivery.stats()
    assert (stats.accepted, dropped(stats)) == (1003, {"closed": 3})


def test_closing_before_the_first_row_is_nothing(start: Start) -> None:
    delivery = start()
    delivery.close(SOON)
    assert delivery.stats() == start().stats()


def test_closing_drops_at_the_deadline_what_no_disk_takes(
    start: Start, writer: FakeWriter, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = start()
    writer.gate.clear()
    put(delivery, range(1))
    writer.await_write()
    put(delivery, range(1, 11))
    delivery.close(0)
    stats = delivery.stats()
    assert (stats.accepted, stats.queued, dropped(stats)) == (11, 0, {"closed": 11})
    assert caplog.text.count("rows could not be stored before the logger was closed, and are lost") == 1
    assert "11 rows could not be stored" in caplog.text
    writer.gate.set()
    assert writer.closed.wait(PATIENCE)
    assert delivery.stats() == stats, "what was given up stays given up"


def test_closing_keeps_its_deadline_in_a_signal_that_came_while_its_thread_logged(
    start: Start, writer: FakeWriter, root: Path
) -> None:
    tried = threading.Event()

    class Full(Spool):
        def append(self, rows: Sequence[Row], *, apart: bool = False) -> Journal:
            tried.set()
            return super().append(rows, apart=apart)

    delivery = start(Full(root, limit=1))
    log = logging.getLogger("driftgauge.client")
    handler = logging.StreamHandler(io.StringIO())
    closed = threading.Event()

    def log_and_be_interrupted() -> None:
        handler.acquire()  # as `Handler.handle` does
        put(delivery, range(1))
        assert tried.wait(PATIENCE)
        time.sleep(INTERVAL)  # the background has something to say, and waits for its turn
        delivery.close(INTERVAL)
        handler.release()
        closed.set()

    writer.fail()
    log.addHandler(handler)
    threading.Thread(target=log_and_be_interrupted, daemon=True).start()
    in_time = closed.wait(SOON)
    log.removeHandler(handler)
    assert in_time


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look at the spool's path be one."""
    monkeypatch.setattr(spool_module, "TAKE_OVER_EVERY", 0.0)


@pytest.mark.parametrize("answer", ["stored", "away", "refused"])
@pytest.mark.usefixtures("eager")
def test_closing_leaves_at_the_deadline_to_the_disk_what_is_left(
    start: Start, writer: FakeWriter, spool: Spool, root: Path, answer: str
) -> None:
    delivery = start(spool)
    writer.gate.clear()
    put(delivery, range(1))
    writer.await_write()
    put(delivery, range(1, 11))
    delivery.close(0)
    stats = delivery.stats()
    assert (stats.accepted, stats.queued, stats.spooled, dropped(stats)) == (11, 0, 11, {})
    if answer == "away":
        writer.fail()
    if answer == "refused":
        writer.poison = lambda _: True
    writer.gate.set()
    assert writer.closed.wait(PATIENCE)
    assert delivery.stats() == stats, "the background must not touch what another process may have taken over"
    assert len(writer.attempts) == 1
    heir = Spool(root, limit=PLENTY)
    heir.take_over()
    found: list[object] = []
    while (journal := heir.oldest()) is not None:
        found.extend(numbers(heir.load(journal)))
        heir.remove(journal)
    assert sorted(found, key=str) == sorted(range(11), key=str)
    heir.close()


def test_closing_while_the_server_is_away_ends_once_the_disk_has_all(
    start: Start, writer: FakeWriter, spool: Spool
) -> None:
    delivery = start(spool)
    writer.fail()
    put(delivery, range(10))
    delivery.close(PATIENCE)
    stats = delivery.stats()
    assert (stats.queued, stats.spooled) == (0, 10)
    assert writer.closed.is_set(), "long before the deadline"


def test_a_full_disk_at_the_end_costs_rows_but_no_error(start: Start, writer: FakeWriter, root: Path) -> None:
    root.write_text("no directory")
    delivery = start(Spool(root, limit=PLENTY))
    writer.gate.clear()
    put(delivery, range(1))
    writer.await_write()
    put(delivery, range(1, 6))
    delivery.close(0)
    assert dropped(delivery.stats()) == {"closed": 6}
    root.unlink()
    writer.fail()
    writer.gate.set()
    assert writer.closed.wait(PATIENCE)
    assert not list(root.glob("*"))
    assert dropped(delivery.stats()) == {"closed": 6}, "not counted twice when the server answers at last"


def test_a_row_that_comes_at_the_very_moment_of_closing_is_counted(start: Start) -> None:
    delivery = start()
    delivery.close(0)
    late = threading.Thread(target=put, args=(delivery, range(100)))
    late.start()
    late.join()
    assert dropped(delivery.stats()) == {"closed": 100}


def test_rows_put_while_another_thread_closes_are_all_accounted_for(start: Start, writer: FakeWriter) -> None:
    delivery = start()
    barrier = threading.Barrier(5)

    def work() -> None:
        barrier.wait()
        put(delivery, range(2000))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    barrier.wait()
    delivery.close(SOON)
    for thread in threads:
        thread.join()
    stats = delivery.stats()
    assert stats.accepted == 8000
    assert stats.queued == 0
    assert balanced(stats)
    assert stats.stored == len(writer.stored)


def test_the_background_may_close_itself(start: Start, writer: FakeWriter) -> None:
    delivery = start()

    def finalizer(_: Row) -> bool:
        delivery.close(PATIENCE)
        return False

    writer.poison = finalizer
    put(delivery, range(3))
    assert writer.closed.wait(PATIENCE)
    stats = delivery.stats()
    assert balanced(stats)
    assert stats.queued == 0


def test_stopping_lets_the_background_end_when_all_is_stored(start: Start, writer: FakeWriter) -> None:
    delivery = start()
    writer.gate.clear()
    put(delivery, range(3))
    delivery.stop()
    assert not writer.closed.is_set()
    writer.gate.set()
    assert writer.closed.wait(PATIENCE)
    assert delivery.stats().stored == 3


@pytest.fixture
def without_threads(start: Start, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Delivery]]:
    """Make deliveries whose background cannot be started, as when Python is about to end."""
    with monkeypatch.context() as no_threads:
        no_threads.setattr(threading.Thread, "start", exhausted)
        yield start


def test_closing_stores_by_itself_what_no_thread_could(
    without_threads: Start, writer: FakeWriter, spool: Spool, root: Path
) -> None:
    for delivery in (without_threads(), without_threads(spool)):
        writer.stored.clear()
        writer.closed.clear()
        put(delivery, range(2 * BATCH_ROWS + 1))
        delivery.close(SOON)
        assert numbers(writer.stored) == list(range(2 * BATCH_ROWS + 1))
        assert writer.closed.is_set()
        stats = delivery.stats()
        assert (stats.accepted, stats.stored, dropped(stats)) == (2 * BATCH_ROWS + 1, 2 * BATCH_ROWS + 1, {})
    assert not root.exists(), "nothing had to wait"


@pytest.mark.parametrize("timeout", [0, SOON])
def test_closing_spools_or_drops_what_no_thread_and_not_even_itself_could_store(
    without_threads: Start, writer: FakeWriter, spool: Spool, timeout: float
) -> None:
    writer.fail()
    in_memory, with_a_spool = without_threads(), without_threads(spool)
    for delivery in (in_memory, with_a_spool):
        put(delivery, range(3))
        delivery.close(timeout)
    assert writer.attempts == ([3, 3] if timeout else []), "one try, and none after the deadline"
    assert dropped(in_memory.stats()) == {"closed": 3}
    assert (with_a_spool.stats().spooled, dropped(with_a_spool.stats())) == (3, {})


def test_what_closing_stores_by_itself_keeps_its_deadline(without_threads: Start, writer: FakeWriter) -> None:
    delivery = without_threads()
    put(delivery, range(3))
    began = time.monotonic()
    delivery.close(0.5)
    assert began < writer.deadline <= time.monotonic() + 0.5


def test_closing_without_a_thread_and_without_rows_connects_to_nothing(
    without_threads: Start, writer: FakeWriter, spool: Spool, root: Path
) -> None:
    earlier = Spool(root, limit=PLENTY)
    earlier.append([("model_metrics", ("earlier",), 1)])
    earlier.close()
    without_threads(spool).close(SOON)
    assert writer.attempts == []
    assert len(list(root.glob(f"*/*{ENDING}"))) == 1, "that is for who has time"


def test_an_error_of_our_own_does_not_escape_from_closing(
    without_threads: Start, writer: FakeWriter, failures: list[logging.LogRecord]
) -> None:
    delivery = without_threads()
    put(delivery, range(3))
    writer.fault = RuntimeError("a bug")
    delivery.close(SOON)
    assert dropped(delivery.stats()) == {"closed": 3}
    assert len(failures) == 1
    failures.clear()


def test_closing_leaves_the_writer_to_a_thread_that_is_being_started(start: Start, writer: FakeWriter) -> None:
    delivery = start()
    real, closes = threading.Thread.start, iter([True])

    def start_and_be_interrupted(thread: threading.Thread) -> None:
        real(thread)
        if next(closes, False):
            delivery.close(0.1)  # a signal handler, before `start` of the delivery has returned

    writer.gate.clear()
    with pytest.MonkeyPatch.context() as interrupted:
        interrupted.setattr(threading.Thread, "start", start_and_be_interrupted)
        put(delivery, range(1))
    writer.gate.set()
    assert writer.closed.wait(PATIENCE)
    assert len(writer.attempts) <= 1, "not by two threads at once"
    assert balanced(delivery.stats())
