"""Rows reach Postgres once, in the end and in their order, from memory alone."""

from __future__ import annotations

import threading

import pytest

from driftgauge.client.backlog import BATCH_ROWS, SMALLEST_BATCH_ROWS
from driftgauge.client.delivery import FIRST_PAUSE, INTERVAL, LONGEST_PAUSE
from driftgauge.client.intake import BLOCK
from driftgauge.client.ledger import Drop
from unit.client.delivery.delivering import Start, Watched, dropped, exhausted, numbers, put, senders, until
from unit.client.doubles import PATIENCE, FakeWriter


def test_nothing_starts_before_the_first_row(start: Start, writer: FakeWriter) -> None:
    delivery, before = start(), senders()
    assert delivery.settle(0)
    assert senders() == before
    put(delivery, range(1))
    assert senders() == before + 1
    assert delivery.settle(PATIENCE)
    assert numbers(writer.stored) == [0]


def test_many_threads_start_one_background(start: Start, writer: FakeWriter) -> None:
    delivery, before = start(), senders()
    barrier = threading.Barrier(8)

    def work(me: int) -> None:
        barrier.wait()
        put(delivery, range(me * 1000, me * 1000 + 1000))

    threads = [threading.Thread(target=work, args=(me,)) for me in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert senders() == before + 1
    assert delivery.settle(PATIENCE)
    assert sorted(numbers(writer.stored), key=str) == sorted(range(8000), key=str)
    assert delivery.stats().stored == 8000


def test_rows_wait_and_count_once_while_no_thread_can_start(
    start: Start, writer: FakeWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = start()
    with monkeypatch.context() as no_threads:
        no_threads.setattr(threading.Thread, "start", exhausted)
        put(delivery, range(2))
    stats = delivery.stats()
    assert (stats.accepted, stats.queued, dropped(stats)) == (2, 2, {})
    assert caplog.text.count("cannot be stored now, and wait: can't start new thread") == 1
    put(delivery, range(2, 3))
    assert delivery.settle(PATIENCE)
    assert numbers(writer.stored) == [0, 1, 2]


def test_rows_are_stored_in_their_order_after_an_outage(start: Start, writer: FakeWriter) -> None:
    delivery = start()
    writer.fail()
    put(delivery, range(100))
    for _ in range(3):
        writer.await_write()
    stats = delivery.stats()
    assert (stats.accepted, stats.queued, stats.stored) == (100, 100, 0)
    assert not delivery.settle(0)
    writer.fault = None
    assert delivery.settle(PATIENCE)
    assert numbers(writer.stored) == list(range(100))
    stats = delivery.stats()
    assert (stats.accepted, stats.queued, stats.stored) == (100, 0, 100)


def test_pauses_grow_to_a_limit_and_begin_anew_after_success(watched: Watched, writer: FakeWriter) -> None:
    writer.fail()
    put(watched, range(1))
    until(lambda: len(watched.rests) >= 12)
    for tries, pause in enumerate(watched.rests[:12]):
        longest = min(FIRST_PAUSE * 2**tries, LONGEST_PAUSE)
        assert longest / 2 <= pause <= longest
    assert len(set(watched.rests[9:12])) == 3, "services must not come back all at once"
    writer.fault = None
    assert watched.settle(PATIENCE)
    until(lambda: watched.rests[-1] == INTERVAL)
    idle = watched.rests.index(INTERVAL)
    writer.fail()
    put(watched, range(1))
    until(lambda: watched.rests[-1] != INTERVAL)
    first = next(pause for pause in watched.rests[idle:] if pause != INTERVAL)
    assert FIRST_PAUSE / 2 <= first <= FIRST_PAUSE


def test_a_logger_that_nobody_holds_is_as_patient_as_before(watched: Watched, writer: FakeWriter) -> None:
    writer.fail()
    put(watched, range(1))
    until(lambda: len(watched.rests) >= 6)
    watched.stop()
    tries = len(watched.rests)
    until(lambda: len(watched.rests) >= tries + 6)
    assert min(watched.rests[tries + 1 :]) > FIRST_PAUSE
    writer.fault = None
    assert writer.closed.wait(PATIENCE)
    assert watched.stats().stored == 1


def test_a_slow_server_gets_fewer_rows_at_a_time(watched: Watched, writer: FakeWriter) -> None:
    writer.gate.clear()
    put(watched, range(1))
    writer.await_write()
    put(watched, range(1, 2001))
    writer.many = 100
    writer.gate.set()
    assert watched.settle(PATIENCE)
    assert writer.attempts[1:3] == [2000, 1000]
    assert numbers(writer.stored) == list(range(2001))
    writer.many = 10
    put(watched, range(1000))
    until(lambda: writer.attempts[-3:] == [writer.attempts[-1]] * 3)
    assert SMALLEST_BATCH_ROWS / 2 < writer.attempts[-1] <= SMALLEST_BATCH_ROWS, "few, but not ever fewer"
    writer.many = float("inf")
    tries = len(writer.attempts)
    put(watched, range(2 * BATCH_ROWS))
    assert watched.settle(PATIENCE)
    assert max(writer.attempts[tries:]) > 10 * SMALLEST_BATCH_ROWS, "once it is quick again it gets more"


def test_an_outage_is_told_once_a_reason_and_so_is_its_end(
    watched: Watched, writer: FakeWriter, caplog: pytest.LogCaptureFixture
) -> None:
    writer.fail()
    put(watched, range(1))
    until(lambda: len(writer.attempts) >= 4)
    writer.fault = None
    assert watched.settle(PATIENCE)
    until(lambda: "stored again" in caplog.text)
    assert [record.getMessage() for record in caplog.records] == [
        "predictions cannot be stored now, and wait: the server is away",
        "predictions are stored again",
    ]


def test_a_full_queue_drops_what_comes_and_keeps_what_is_there(start: Start, writer: FakeWriter) -> None:
    delivery = start(rows=10)
    writer.gate.clear()
    put(delivery, range(1))
    writer.await_write()
    put(delivery, range(1, 21))
    stats = delivery.stats()
    assert (stats.queued, dropped(stats)) == (11, {"queue_full": 10})
    writer.gate.set()
    assert delivery.settle(PATIENCE)
    assert numbers(writer.stored) == list(range(11))


def test_memory_on_its_way_counts_until_it_is_stored(start: Start, writer: FakeWriter) -> None:
    delivery = start(size=20 * BLOCK)
    writer.gate.clear()
    put(delivery, range(1), blocks=10)
    writer.await_write()
    put(delivery, range(1, 4), blocks=10)
    assert dropped(delivery.stats()) == {"queue_full": 2}
    writer.gate.set()
    assert delivery.settle(PATIENCE)
    put(delivery, range(2), blocks=10)
    assert delivery.settle(PATIENCE)
    assert delivery.stats().stored == 4


def test_what_is_no_row_is_counted(start: Start) -> None:
    delivery = start()
    delivery.refuse(Drop.INVALID)
    delivery.refuse(Drop.TOO_LARGE)
    stats = delivery.stats()
    assert (stats.accepted, dropped(stats)) == (2, {"invalid": 1, "too_large": 1})
