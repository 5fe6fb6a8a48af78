"""Rows reach Postgres once, in the end, whatever it answers meanwhile, and the books balance at every moment."""

from __future__ import annotations

import io
import json
import logging
import math
import random
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import orjson
import pytest

from driftgauge.client import spool as spool_module
from driftgauge.client.allowance import BLOCK
from driftgauge.client.backlog import BATCH_ROWS, SMALLEST_BATCH_ROWS
from driftgauge.client.delivery import FIRST_PAUSE, INTERVAL, LONGEST_PAUSE, Delivery
from driftgauge.client.ledger import Drop, Stats
from driftgauge.client.records import HEADER
from driftgauge.client.rejected import REJECTED
from driftgauge.client.rows import Row
from driftgauge.client.spool import ENDING, Segment, Spool
from unit.client.doubles import PATIENCE, FakeWriter, balanced

PLENTY = 1 << 30
SOON = 10.0  # seconds: far beyond what is promised, for busy machines


class Watched(Delivery):
    """A delivery that tells how long it would have rested, and rests no longer than a moment."""

    def __init__(self, writer: FakeWriter, spool: Spool | None) -> None:
        self.rests: list[float] = []
        super().__init__(lambda: writer, spool, rows=100_000, size=PLENTY)

    def _rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        super()._rest(0.001)


def until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait for what the background does."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


def put(delivery: Delivery, numbers: range, blocks: int = 0) -> None:
    for number in numbers:
        delivery.put("model_metrics", (number,), blocks)


def numbers(rows: Sequence[Row]) -> list[object]:
    return [values[0] for _, values, _ in rows]


def dropped(stats: Stats) -> dict[str, int]:
    """Return the reasons for which rows were dropped."""
    return {reason.value: rows for reason, rows in stats.dropped.items() if rows}


def senders() -> int:
    return sum(thread.name == "driftgauge-sender" for thread in threading.enumerate())


@pytest.fixture
def writer() -> Iterator[FakeWriter]:
    writer = FakeWriter()
    yield writer
    writer.gate.set()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(root: Path) -> Spool:
    return Spool(root, limit=PLENTY)


Start = Callable[..., Delivery]


@pytest.fixture
def start(writer: FakeWriter) -> Iterator[Start]:
    """Make deliveries to the writer; all end with the test, their threads included."""
    made: list[Delivery] = []
    before = set(threading.enumerate())

    def make(spool: Spool | None = None, *, rows: int = 100_000, size: int = PLENTY) -> Delivery:
        made.append(Delivery(lambda: writer, spool, rows=rows, size=size))
        return made[-1]

    yield make
    writer.gate.set()
    for delivery in made:
        delivery.close(SOON)
        assert balanced(delivery.stats())
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def watched(writer: FakeWriter) -> Iterator[Watched]:
    """A delivery whose rests are short, and known."""
    delivery = Watched(writer, None)
    yield delivery
    writer.fault = None
    delivery.close(SOON)


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


def exhausted(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


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


def test_one_poisonous_row_of_a_batch_costs_that_row_and_few_writes(
    start: Start, writer: FakeWriter, spool: Spool, root: Path
) -> None:
    delivery = start()
    writer.gate.clear()
    put(delivery, range(1))
    writer.await_write()
    writer.poison = lambda row: row[1] == (3210,)
    put(delivery, range(1, BATCH_ROWS + 1))
    writer.gate.set()
    assert delivery.settle(PATIENCE)
    assert writer.attempts[1] == BATCH_ROWS
    assert len(writer.attempts) <= 2 + 2 * math.ceil(math.log2(BATCH_ROWS))
    assert numbers(writer.stored) == [number for number in range(BATCH_ROWS + 1) if number != 3210]
    stats = delivery.stats()
    assert (stats.stored, dropped(stats)) == (BATCH_ROWS, {"rejected": 1})
    assert not root.exists()
    assert len(spool) == 0


def test_refused_rows_are_kept_where_there_is_a_spool(
    start: Start, writer: FakeWriter, spool: Spool, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = start(spool)
    writer.poison = lambda row: row[1][0] == "bad"
    for word in ("good", "bad", "good", "bad"):
        delivery.put("prediction_outcomes", (word, None, None, None, None), 0)
    assert delivery.settle(PATIENCE)
    stats = delivery.stats()
    assert (stats.stored, dropped(stats)) == (2, {"rejected": 2})
    lines = [json.loads(line) for line in (root / REJECTED).read_text().splitlines()]
    assert [(line["reason"], line["row"]["id"]) for line in lines] == [("poison", "bad")] * 2
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert said == ["Postgres refuses rows, 1 so far; the last, of prediction_outcomes: poison"], "not a line a row"


def test_refused_rows_of_another_version_of_the_client_hold_nothing_up(
    start: Start, writer: FakeWriter, root: Path
) -> None:
    other = Spool(root, limit=PLENTY)
    other.append([("model_metrics", ("short",), 1), ("table_of_tomorrow", (1, 2), 1), ("model_metrics", ("ours",), 1)])
    old = other.append([("model_metrics", ("to be old",), 1)], apart=True)
    record = orjson.dumps(["prediction_logs", "without features"])
    old.path.write_bytes(HEADER.pack(len(record), zlib.crc32(record)) + record)
    other.close()
    delivery = start(Spool(root, limit=PLENTY))
    writer.poison = lambda row: row[1][0] != "ours"
    put(delivery, range(0))
    delivery.start()
    until(lambda: delivery.stats().accepted == 4)
    assert delivery.settle(PATIENCE)
    stats = delivery.stats()
    assert (stats.stored, dropped(stats)) == (1, {"rejected": 3})
    lines = [json.loads(line) for line in (root / REJECTED).read_text().splitlines()]
    assert [(line["table"], line["row"]) for line in lines] == [
        ("model_metrics", ["short"]),
        ("table_of_tomorrow", [1, 2]),
    ]


def test_a_refused_row_that_cannot_be_kept_is_only_counted(
    start: Start, writer: FakeWriter, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root.write_text("no directory")
    delivery = start(Spool(root, limit=PLENTY))
    writer.poison = lambda _: True
    delivery.put("prediction_outcomes", (1, None, None, None, None), 0)
    assert delivery.settle(PATIENCE)
    assert dropped(delivery.stats()) == {"rejected": 1}
    assert "the refused row could not be kept" in caplog.text


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


def test_closing_tries_often(watched: Watched, writer: FakeWriter) -> None:
    writer.fail()
    put(watched, range(1))
    until(lambda: len(watched.rests) >= 9)
    tries = len(watched.rests)
    watched.close(0.2)
    assert min(watched.rests[tries:]) <= FIRST_PAUSE
    assert dropped(watched.stats()) == {"closed": 1}


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


# The spool.


def test_a_silent_server_keeps_no_row_in_memory(start: Start, writer: FakeWriter, spool: Spool, root: Path) -> None:
    delivery = start(spool)
    writer.gate.clear()
    put(delivery, range(1), blocks=1)
    writer.await_write()
    put(delivery, range(1, 101), blocks=1)
    began = time.monotonic()
    until(lambda: delivery.stats().spooled == 101, SOON)
    assert time.monotonic() - began < SOON
    stats = delivery.stats()
    assert (stats.queued, stats.spooled) == (0, 101)
    assert len(list(root.glob(f"*/*{ENDING}"))) == 2, "the batch on its way, and the rows that wait"
    writer.gate.set()
    assert delivery.settle(PATIENCE)
    stats = delivery.stats()
    assert (stats.stored, stats.spooled) == (101, 0)
    assert sorted(numbers(writer.stored), key=str) == sorted(range(101), key=str), "each once, though it lay on disk"
    assert list(root.glob(f"*/*{ENDING}")) == []


def test_rows_that_are_on_disk_take_no_memory(start: Start, writer: FakeWriter, spool: Spool) -> None:
    delivery = start(spool, size=10 * 2048)
    writer.fail()
    for batch in range(5):
        put(delivery, range(batch * 10, batch * 10 + 10), blocks=1)
        until(lambda: not delivery.stats().queued)
    assert dropped(delivery.stats()) == {}
    writer.fault = None
    assert delivery.settle(PATIENCE)
    assert Counter(numbers(writer.stored)) == Counter(range(50))


def test_a_segment_that_was_stored_in_part_is_not_counted_twice(start: Start, writer: FakeWriter, spool: Spool) -> None:
    delivery = start(spool)
    writer.gate.clear()
    put(delivery, range(1))
    writer.await_write()
    total = 2 * BATCH_ROWS + 500
    put(delivery, range(1, total))
    until(lambda: delivery.stats().spooled == total)
    poisoned = {BATCH_ROWS + 7, BATCH_ROWS + 4000}
    writer.poison = lambda row: row[1][0] in poisoned and bool(poison_later())
    hits: list[int] = []

    def poison_later() -> bool:
        hits.append(1)
        if len(hits) % 20 == 0:  # the server goes away in the middle of the halving, again and again
            writer.fail()
        return True

    writer.gate.set()
    until(lambda: (setattr(writer, "fault", None), delivery.settle(0.2))[1])
    stats = delivery.stats()
    assert (stats.accepted, stats.stored, stats.spooled, dropped(stats)) == (total, total - 2, 0, {"rejected": 2})
    assert Counter(numbers(writer.stored)) == Counter(set(range(total)) - poisoned)


def test_what_an_earlier_process_left_is_stored_under_constant_load(
    start: Start, writer: FakeWriter, root: Path
) -> None:
    earlier = Spool(root, limit=PLENTY)
    for number in range(3):
        earlier.append([("model_metrics", (f"earlier {number}",), 1)], apart=True)
    earlier.close()
    delivery = start(Spool(root, limit=PLENTY))
    count = 0

    def earlier_are_stored() -> bool:
        nonlocal count
        put(delivery, range(count, count + 50))
        count += 50
        return sum(str(number).startswith("earlier") for number in numbers(list(writer.stored))) == 3

    until(earlier_are_stored)
    assert delivery.settle(PATIENCE)
    stats = delivery.stats()
    assert (stats.accepted, stats.stored) == (count + 3, count + 3)


def test_a_spool_that_takes_nothing_leaves_rows_in_memory(
    start: Start, writer: FakeWriter, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root.write_text("no directory")
    delivery = start(Spool(root, limit=PLENTY))
    writer.fail()
    put(delivery, range(10))
    for _ in range(3):
        writer.await_write()
    until(lambda: "the spool takes no rows, they wait in memory" in caplog.text)
    stats = delivery.stats()
    assert (stats.queued, stats.spooled, dropped(stats)) == (10, 0, {})
    root.unlink()
    until(lambda: delivery.stats().spooled == 10)
    writer.fault = None
    assert delivery.settle(PATIENCE)
    assert numbers(writer.stored) == list(range(10))
    assert caplog.text.count("the spool takes no rows") == 1


def test_a_spool_where_we_may_not_look_holds_nothing_up(
    start: Start, writer: FakeWriter, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "is_dir", forbidden)
    assert not spool.is_used()
    put(delivery := start(spool), range(1))
    assert delivery.settle(PATIENCE)
    assert numbers(writer.stored) == [0]


def forbidden(path: Path) -> bool:
    raise PermissionError(13, "Permission denied", str(path))


def test_a_full_spool_and_a_full_queue_drop_and_recover(start: Start, writer: FakeWriter, root: Path) -> None:
    delivery = start(Spool(root, limit=2000), rows=20)
    writer.fail()
    count = 0
    while not delivery.stats().dropped[Drop.QUEUE_FULL]:
        put(delivery, range(count, count + 5))
        count += 5
        assert balanced(delivery.stats())
    writer.fault = None
    assert delivery.settle(PATIENCE)
    stats = delivery.stats()
    assert stats.accepted == count == stats.stored + stats.dropped[Drop.QUEUE_FULL]
    assert max(Counter(numbers(writer.stored)).values()) == 1


def test_a_damaged_segment_is_told_and_counted(
    start: Start, writer: FakeWriter, spool: Spool, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = start(spool)
    writer.gate.clear()
    put(delivery, range(1))
    writer.await_write()
    until(lambda: delivery.stats().spooled == 1)
    put(delivery, range(1, 11))
    until(lambda: delivery.stats().spooled == 11)
    damaged = max(root.glob(f"*/*{ENDING}"))
    data = damaged.read_bytes()
    damaged.write_bytes(data[: len(data) // 2])
    writer.gate.set()
    assert delivery.settle(PATIENCE)
    stats = delivery.stats()
    lost = stats.dropped[Drop.TORN]
    assert 4 <= lost <= 6
    assert stats.stored == 11 - lost
    assert f"{damaged} is damaged: {lost} of its 10 rows are lost" in caplog.text


# The end.


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
        def append(self, rows: Sequence[Row], *, apart: bool = False) -> Segment:
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
    while (segment := heir.oldest()) is not None:
        found.extend(numbers(heir.load(segment)))
        heir.remove(segment)
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


# What should never happen.


def test_an_error_of_our_own_does_not_end_the_background(
    start: Start, writer: FakeWriter, failures: list[logging.LogRecord]
) -> None:
    delivery = start()
    writer.fault = RuntimeError("a bug")
    put(delivery, range(3))
    writer.await_write()
    writer.await_write()
    writer.fault = None
    assert delivery.settle(PATIENCE)
    assert numbers(writer.stored) == [0, 1, 2]
    assert {record.getMessage() for record in failures} == {"the background of the logging client failed; it goes on"}
    failures.clear()


class Faulty(Spool):
    """A spool that breaks in ways that it should not."""

    broken = True

    def append(self, rows: Sequence[Row], *, apart: bool = False) -> Segment:
        if self.broken:
            raise RuntimeError("a bug")
        return super().append(rows, apart=apart)


def test_an_error_of_the_spools_does_not_end_it(
    start: Start, writer: FakeWriter, root: Path, failures: list[logging.LogRecord]
) -> None:
    spool = Faulty(root, limit=PLENTY)
    delivery = start(spool)
    writer.gate.clear()
    put(delivery, range(3))
    until(lambda: len(failures) >= 2)
    assert balanced(delivery.stats())
    spool.broken = False
    until(lambda: delivery.stats().spooled == 3)
    writer.gate.set()
    assert delivery.settle(PATIENCE)
    assert Counter(numbers(writer.stored)) == Counter(range(3))
    assert {record.getMessage() for record in failures} == {"the spool of the logging client failed; it goes on"}
    failures.clear()


def test_a_child_begins_anew(start: Start, writer: FakeWriter, spool: Spool) -> None:
    delivery = start(spool)
    writer.fail()
    put(delivery, range(5))
    until(lambda: delivery.stats().spooled == 5)
    delivery.close(0)
    assert writer.closed.wait(PATIENCE), "a child has no threads of its parent"
    delivery.after_fork()
    stats = delivery.stats()
    assert (stats.accepted, stats.queued, stats.spooled) == (0, 0, 0), "rows are the parent's to store"
    writer.fault = None
    put(delivery, range(5, 8))
    assert delivery.settle(PATIENCE)
    assert {5, 6, 7} <= set(numbers(writer.stored))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("with_spool", [False, True], ids=["memory", "spool"])
def test_books_balance_whatever_happens(
    start: Start, writer: FakeWriter, root: Path, seed: int, *, with_spool: bool
) -> None:
    rng = random.Random(seed)  # noqa: S311 - reproducible
    delivery = start(Spool(root, limit=200_000) if with_spool else None, rows=2000, size=2000 * 2048)
    count = refused = 0

    def log() -> None:
        nonlocal count
        more = rng.randint(1, 400)
        put(delivery, range(count, count + more), blocks=1)
        count += more

    def refuse() -> None:
        nonlocal refused
        delivery.refuse(Drop.INVALID)
        refused += 1

    def recover() -> None:
        writer.fault = None
        writer.gate.set()

    def poison() -> None:
        bad = rng.randint(2, 9)
        writer.poison = lambda row: isinstance(row[1][0], int) and row[1][0] % 500 == bad

    actions: list[Callable[[], object]] = [
        *[log] * 4,
        refuse,
        recover,
        poison,
        writer.fail,
        lambda: writer.fail(slow=True),
        writer.gate.clear,
        lambda: delivery.settle(0.02),
    ]
    for _ in range(40):
        rng.choice(actions)()
        stats = delivery.stats()
        assert stats.accepted == count + refused
        assert balanced(stats)
        assert min(stats.queued, stats.spooled, stats.stored) >= 0
    recover()
    if rng.random() < 0.5:
        assert delivery.settle(PATIENCE)
    delivery.close(rng.choice((0, SOON)))
    stats = delivery.stats()
    assert balanced(stats)
    assert stats.queued == 0
    assert max(Counter(numbers(writer.stored)).values()) == 1
    assert stats.stored <= len(writer.stored), "what came back after the deadline is stored, too, but not counted"
