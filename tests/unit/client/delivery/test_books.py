"""The books balance whatever happens, errors of our own included."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from driftgauge.client.ledger import Drop
from driftgauge.client.rows import Row
from driftgauge.client.spool import Journal, Spool
from unit.client.delivery.delivering import PLENTY, SOON, Start, numbers, put, until
from unit.client.doubles import PATIENCE, FakeWriter, balanced


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

    def append(self, rows: Sequence[Row], *, apart: bool = False) -> Journal:
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
