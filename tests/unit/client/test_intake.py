"""The queue keeps its bounds and its order, and loses nothing however many threads fill it."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from driftgauge.client.intake import BLOCK, Intake
from driftgauge.client.rows import Row

THREADS = 8


def fill(intake: Intake, numbers: range, blocks: int = 1) -> int:
    return sum(intake.put("t", (number,), blocks) for number in numbers)


def numbers(rows: list[Row]) -> list[object]:
    return [values[0] for _, values, _ in rows]


def test_rows_come_out_in_their_order() -> None:
    intake = Intake(rows=10, size=10 * BLOCK)
    assert fill(intake, range(5)) == 5
    assert numbers(intake.take(2)) == [0, 1]
    assert numbers(intake.take(100)) == [2, 3, 4]
    assert intake.take(1) == []


def test_no_more_rows_than_there_may_be() -> None:
    intake = Intake(rows=3, size=100 * BLOCK)
    assert fill(intake, range(5)) == 3
    assert len(intake) == 3


def test_memory_is_bounded_until_rows_have_left() -> None:
    intake = Intake(rows=100, size=5 * BLOCK)
    assert fill(intake, range(5), blocks=2) == 2
    rows = intake.take(100)
    assert fill(intake, range(5), blocks=2) == 0, "what is on its way takes memory, too"
    intake.release(rows[:1])
    assert fill(intake, range(5), blocks=2) == 1


def test_a_refused_row_takes_no_memory() -> None:
    intake = Intake(rows=100, size=3 * BLOCK)
    assert not intake.put("t", (), 4)
    assert intake.put("t", (), 3)
    assert not intake.put("t", (), 1)


def test_rows_that_are_put_back_are_the_next() -> None:
    intake = Intake(rows=10, size=10 * BLOCK)
    fill(intake, range(4))
    rows = intake.take(2)
    intake.put_back(rows)
    assert numbers(intake.take(10)) == [0, 1, 2, 3]


@given(st.lists(st.integers(1, 4), max_size=40), st.integers(1, 10), st.integers(1, 20))
def test_blocks_come_back_exactly(sizes: list[int], rows: int, blocks: int) -> None:
    intake = Intake(rows=rows, size=blocks * BLOCK)
    for size in sizes:
        intake.put("t", (), size)
    taken = intake.take(100)
    assert len(taken) <= rows
    assert sum(row[2] for row in taken) <= blocks
    intake.release(taken)
    assert intake.put("t", (), blocks), "all blocks are there again"
    assert not intake.put("t", (), 1)


def test_threads_lose_nothing_and_overshoot_by_one_row_each_at_most() -> None:
    most = 2000
    intake = Intake(rows=most, size=1 << 30)
    barrier = threading.Barrier(THREADS)
    accepted = [0] * THREADS

    def put(me: int) -> None:
        barrier.wait()
        accepted[me] = fill(intake, range(me * most, (me + 1) * most))

    threads = [threading.Thread(target=put, args=(me,)) for me in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= len(intake) <= most + THREADS
    rows = numbers(intake.take(10 * most))
    assert len(rows) == len(set(rows)) == sum(accepted)
    for me in range(THREADS):
        own = [number for number in rows if isinstance(number, int) and number // most == me]
        assert own == sorted(own), "the rows of one thread keep their order"


def test_threads_that_put_while_another_takes_lose_nothing() -> None:
    intake = Intake(rows=50, size=64 * BLOCK)
    accepted = [0] * 4
    taken: list[Row] = []

    def put(me: int) -> None:
        accepted[me] = fill(intake, range(5000))

    threads = [threading.Thread(target=put, args=(me,)) for me in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or len(intake):
        rows = intake.take(7)
        taken.extend(rows)
        intake.release(rows)
    assert len(taken) == sum(accepted)
    assert intake.put("t", (), 64), "every block came back"
