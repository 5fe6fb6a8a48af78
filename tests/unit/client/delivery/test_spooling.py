"""Rows that Postgres does not take go to disk, come back from it once, and are counted throughout."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from driftgauge.client.backlog import BATCH_ROWS
from driftgauge.client.ledger import Drop
from driftgauge.client.spool import ENDING, Spool
from unit.client.delivery.delivering import PLENTY, SOON, Start, dropped, numbers, put, until
from unit.client.doubles import PATIENCE, FakeWriter, balanced


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


def test_a_journal_that_was_stored_in_part_is_not_counted_twice(start: Start, writer: FakeWriter, spool: Spool) -> None:
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


def test_a_damaged_journal_is_told_and_counted(
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
