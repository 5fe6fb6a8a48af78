"""Where fine slots are merged, and where they must not be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.drift.coarsen import cell_starts, cells
from driftgauge.model.profile import CategoricalProfile
from fixtures.columns import pair


@given(st.lists(st.integers(0, 100), min_size=3, max_size=300), st.integers(1, 30), st.booleans())
def test_cells_tile_the_slots_and_stay_few(counts: list[int], at_most: int, tails_apart: bool) -> None:  # noqa: FBT001 - hypothesis draws it
    starts = cell_starts(np.array(counts), at_most=at_most, tails_apart=tails_apart)
    assert starts[0] == 0
    assert np.all(np.diff(starts) > 0)
    assert starts[-1] < len(counts)
    assert len(starts) <= at_most + 2


def test_equal_masses_make_equal_cells() -> None:
    counts = np.array([0, *[7] * 256, 0])
    starts = cell_starts(counts, at_most=20, tails_apart=True)
    inner = np.add.reduceat(counts, starts)[1:-1]
    assert len(inner) == 20
    assert inner.max() - inner.min() <= 7


def test_a_heavy_value_keeps_its_own_cell() -> None:
    counts = np.array([0, 5, 60, 15, 20, 0])
    assert cell_starts(counts, at_most=10, tails_apart=False).tolist() == [0, 2, 3, 4]


def test_open_bins_take_the_tails_except_of_a_constant(rng: np.random.Generator) -> None:
    spread = pair(rng.normal(0, 1, 1000), rng.normal(0, 3, 1000))
    before, now = cells(*spread, at_most=10, tails_apart=False)
    assert (len(before), before.sum(), now.sum()) == (10, 1000, 1000)
    before, now = cells(*pair(np.full(10, 3.0), np.array([2.0, 3.0, 4.0, 4.0])), at_most=10, tails_apart=False)
    assert (before.tolist(), now.tolist()) == ([0, 10, 0], [1, 1, 2])


def test_cells_that_a_reference_remembers_are_those_that_it_would_find_anew(rng: np.random.Generator) -> None:
    values = rng.normal(0, 1, 1000)
    known, current = pair(values, rng.normal(0, 3, 1000))
    for at_most, tails_apart in ((10, False), (20, True), (10, True), (10, False)):
        fresh, _ = pair(values, values)
        found = cells(known, current, at_most=at_most, tails_apart=tails_apart)
        anew = cells(fresh, current, at_most=at_most, tails_apart=tails_apart)
        assert [each.tolist() for each in found] == [each.tolist() for each in anew]


def test_unseen_and_other_categories_share_a_cell_and_the_profile_stays_as_it_was() -> None:
    names = [f"c{number:03}" for number in range(101)]
    reference, current = pair([*names, "c000"], ["c100", "new", "c000"])
    assert isinstance(current, CategoricalProfile)
    before, now = cells(reference, current)
    assert (before[0], before[-1], before.sum()) == (2, 1, 102)
    assert (now[0], now[-1], now.sum()) == (1, 2, 3)
    assert current.counts[[current.bins.other, current.bins.unseen]].tolist() == [1, 1]


def test_profiles_on_different_bins_are_refused() -> None:
    two, three = pair(np.arange(2.0), np.arange(2.0))[0], pair(np.arange(3.0), np.arange(3.0))[0]
    with pytest.raises(ValueError, match="different bins: 4 and 5 slots"):
        cells(two, three)
