"""Rounds are summed up as statistics and numpy do it, and outliers do not move the median."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.costs.spread import percentile, spread

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


@given(values=VALUES)
def test_rounds_are_summed_up_as_numpy_does(values: list[float]) -> None:
    found = spread(values)
    assert math.isclose(found.median, float(np.median(values)), abs_tol=1e-9)
    assert math.isclose(found.mean, float(np.mean(values)), rel_tol=1e-9, abs_tol=1e-6)
    expected = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    assert math.isclose(found.std, expected, rel_tol=1e-6, abs_tol=1e-6)
    assert (found.least, found.greatest) == (min(values), max(values))


@given(values=VALUES, share=st.floats(0.01, 1.0))
def test_a_percentile_is_the_nearest_rank(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) <= share * len(values)


def test_one_round_and_rounds_of_nothing_are_steady() -> None:
    assert spread((3.0,)).unsteadiness == 0
    assert spread((0.0, 0.0, 0.0)).unsteadiness == 0
    assert spread((1.0, 2.0, 3.0)).unsteadiness == 0.5
    assert spread((1.0, 2.0)).map(lambda value: -value).rounds == (-1.0, -2.0)
