"""The books are exact whenever nobody is writing into them, and never wrong for ever."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.client.ledger import Drop, Ledger, Tally


@given(st.lists(st.integers(0, 5), max_size=20))
def test_a_tally_read_between_adds_is_exact(adds: list[int]) -> None:
    tally, total = Tally(), 0
    for some in adds:
        for _ in range(some):
            tally.add()
        total += some
        assert tally.read() == total
        assert tally.read() == total


def test_a_tally_that_many_threads_raise_counts_all_while_it_is_read() -> None:
    tally = Tally()
    barrier = threading.Barrier(5)

    def add() -> None:
        barrier.wait()
        for _ in range(20_000):
            tally.add()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    barrier.wait()
    seen = [tally.read()]
    while any(thread.is_alive() for thread in threads):
        seen.append(tally.read())
    assert seen == sorted(seen)
    assert tally.read() == 80_000


def test_books_have_every_reason_and_both_sides_of_it() -> None:
    ledger = Ledger()
    for _ in range(7):
        ledger.offered.add()
    ledger.refused[Drop.CLOSED].add()
    ledger.dropped[Drop.CLOSED] += 2
    ledger.taken_over, ledger.spooled, ledger.stored = 3, 4, 2
    stats = ledger.close_books(queued=1)
    assert (stats.accepted, stats.queued, stats.spooled, stats.stored) == (10, 1, 4, 2)
    assert stats.dropped == {reason: 3 if reason is Drop.CLOSED else 0 for reason in Drop}
    assert ledger.close_books(queued=1) == stats


def test_reasons_are_the_words_of_the_metrics() -> None:
    assert [*Drop] == ["queue_full", "too_large", "invalid", "closed", "rejected", "torn"]


def test_books_cannot_be_changed() -> None:
    stats = Ledger().close_books(queued=0)
    with pytest.raises(AttributeError):
        stats.stored = 5  # pyright: ignore[reportAttributeAccessIssue] - that is the test
