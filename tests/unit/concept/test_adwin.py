"""ADWIN's window: summed up in few buckets, and looked at only where it can be cut."""

from __future__ import annotations

import numpy as np
import pytest

from driftgauge.concept.detectors.adwin import DETECTOR, Adwin, AdwinMemory, AdwinParameters


def adwin(values: int, **given: int) -> Adwin:
    detector = Adwin(AdwinParameters(**given), AdwinMemory())
    detector.update(np.random.default_rng(1).random(values))
    return detector


@pytest.mark.parametrize("values", [1, 31, 1_000, 65_537])
@pytest.mark.parametrize("buckets", [2, 5])
def test_its_buckets_hold_every_value_once(values: int, buckets: int) -> None:
    given = np.random.default_rng(1).random(values)
    detector = Adwin(AdwinParameters(max_buckets=buckets), AdwinMemory())
    detector.update(given)
    memory = detector.memory
    assert sum(len(row) * 2**power for power, row in enumerate(memory.sums)) == values
    assert all(len(row) <= buckets for row in memory.sums)
    assert [len(row) for row in memory.sums] == [len(row) for row in memory.squares]
    start = 0
    for power, row in reversed(list(enumerate(memory.sums))):
        for total, squares in zip(row, memory.squares[power], strict=True):
            part = given[start : start + 2**power]
            assert total == pytest.approx(part.sum())
            assert squares == pytest.approx(((part - part.mean()) ** 2).sum(), abs=1e-12)
            start += 2**power
    assert start == values


def test_a_window_that_cannot_be_cut_has_no_score() -> None:
    assert adwin(40, grace=40).score == 0
    assert adwin(64, grace=40).score > 0
    assert adwin(64, min_window=33).score == 0, "either part needs 33"
    assert adwin(10, clock=1, grace=0, max_buckets=2, min_window=5).score == 0, "a bucket is never divided"


@pytest.mark.parametrize("clock", [7, 32])
def test_it_looks_once_in_a_clock(clock: int) -> None:
    values = np.tile(np.repeat([0.0, 1.0], [35, 300]), 5)
    found = [change.index for change in DETECTOR.start({"clock": clock}).update(values)]
    assert len(found) > 3
    assert {(index + 1) % clock for index in found} == {0}
