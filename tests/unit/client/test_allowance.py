"""Memory is taken and given back exactly, however many threads do so at once."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from driftgauge.client.allowance import BLOCK, Allowance

THREADS = 8


@given(st.integers(0, 20), st.lists(st.integers(0, 8), max_size=30))
def test_what_is_taken_never_exceeds_what_there_is(blocks: int, wishes: list[int]) -> None:
    allowance = Allowance(blocks * BLOCK + BLOCK - 1)
    taken: list[int] = []
    for wish in wishes:
        if allowance.take(wish):
            taken.append(wish)
        else:
            assert wish > allowance.left, "it was refused though there was room"
        assert allowance.left == blocks - sum(taken)
    for each in taken:
        allowance.give(each)
    assert allowance.left == blocks


def test_a_refused_wish_takes_nothing() -> None:
    allowance = Allowance(3 * BLOCK)
    assert not allowance.take(4)
    assert allowance.left == 3
    assert allowance.take(3)
    assert not allowance.take(1)


def test_threads_that_take_and_give_lose_nothing() -> None:
    allowance = Allowance(THREADS * BLOCK)
    barrier = threading.Barrier(THREADS)
    held = [0] * THREADS

    def trade(me: int) -> None:
        barrier.wait()
        for turn in range(3000):
            wish = 1 + (turn + me) % 3
            if allowance.take(wish):
                allowance.give(wish)
        held[me] = int(allowance.take(1))

    threads = [threading.Thread(target=trade, args=(me,)) for me in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowance.left + sum(held) == THREADS
