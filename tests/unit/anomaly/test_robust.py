from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from driftgauge.anomaly.robust import LEAST_OF_TAIL, deviations, median_of_rows, medians_of_others, reach, sigma_of

if TYPE_CHECKING:
    from driftgauge.model.bins import FloatArray

NUMBERS = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, allow_subnormal=False)), min_size=1, max_size=30).map(
    lambda values: np.array([np.nan if value is None else value for value in values])
)


def simulated(alpha: float, values: int) -> float:
    """Return the multiple of 1.4826 MAD that a further normal value exceeds so rarely, by Monte Carlo."""
    rows = np.random.default_rng(values).standard_normal((20_000, values))
    middle = np.median(rows, axis=1)
    sigma = stats.median_abs_deviation(rows, axis=1, scale="normal")
    low, high = 1.0, 60.0
    for _ in range(40):
        half = (low + high) / 2
        chance = np.mean(stats.norm.sf(half * sigma - middle) + stats.norm.sf(half * sigma + middle))
        low, high = (half, high) if chance > alpha else (low, half)
    return high


@given(NUMBERS)
def test_the_median_of_a_row_is_numpys(values: FloatArray) -> None:
    known = values[~np.isnan(values)]
    expected = np.median(known) if known.size else np.nan
    assert median_of_rows(values[np.newaxis])[0] == pytest.approx(expected, nan_ok=True)


@given(NUMBERS, st.integers(1, 4), st.integers(1, 4))
def test_the_median_of_the_others_is_numpys(values: FloatArray, groups: int, least: int) -> None:
    group = np.arange(values.size) % groups
    found = medians_of_others(values, group, least=least)
    for place, one in enumerate(found):
        others = (group == group[place]) & (np.arange(values.size) != place) & ~np.isnan(values)
        expected = np.median(values[others]) if np.count_nonzero(others) >= least else np.nan
        assert one == pytest.approx(expected, nan_ok=True)


def test_the_deviation_is_scipys_around_zero() -> None:
    half = np.random.default_rng(1).normal(0, 3, 501)
    values = np.concatenate([half, -half])
    assert sigma_of(values) == pytest.approx(stats.median_abs_deviation(values, scale="normal"), rel=1e-4)


@pytest.mark.parametrize("values", [50, 100, 500])
@pytest.mark.parametrize("alpha", [1e-2, 1e-3, 1e-4, 1e-5])
def test_so_many_deviations_are_exceeded_as_rarely_as_asked_for(alpha: float, values: int) -> None:
    assert deviations(alpha, values) == pytest.approx(simulated(alpha, values), rel=0.05)


@pytest.mark.parametrize("values", [8, 12, 20, 28])
@pytest.mark.parametrize("alpha", [1e-3, 1e-4])
def test_of_few_values_they_are_rather_too_many(alpha: float, values: int) -> None:
    needed = simulated(alpha, values)
    assert 0.98 * needed <= deviations(alpha, values) <= 2 * needed


def test_the_tail_of_an_exponential_law_is_carried_on() -> None:
    values = np.random.default_rng(1).exponential(2, 200_000)
    assert reach(values, 1e-5) == pytest.approx(2 * np.log(1e5), rel=0.03)


def test_a_normal_tail_ends_sooner() -> None:
    values = np.random.default_rng(1).normal(0, 1, 200_000)
    assert stats.norm.isf(0.5e-4) < reach(values, 1e-4) < 1.25 * stats.norm.isf(0.5e-4)


def test_few_values_have_no_tail_and_a_mild_chance_adds_nothing() -> None:
    values = np.arange(LEAST_OF_TAIL, dtype=np.float64)
    assert reach(values[1:], 1e-4) == 0.0
    assert reach(values, 0.5) == np.quantile(values, 0.98)
