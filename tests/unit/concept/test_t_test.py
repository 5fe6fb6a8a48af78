"""The classic comparison of two windows: scipy's pooled t test, from population deviations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind_from_stats

from driftgauge.concept.t_test import WindowMoments, t_test
from driftgauge.model.verdict import Verdict

WINDOWS = st.builds(WindowMoments, n=st.integers(2, 10_000), mean=st.floats(-1e6, 1e6), deviation=st.floats(1e-3, 1e3))


@given(reference=WINDOWS, current=WINDOWS)
def test_statistic_and_p_value_are_scipys(reference: WindowMoments, current: WindowMoments) -> None:
    expected = ttest_ind_from_stats(
        reference.mean, reference.deviation, reference.n, current.mean, current.deviation, current.n, equal_var=True
    )
    found = t_test(reference, current)
    assert found.statistic == pytest.approx(float(expected.statistic), rel=1e-9, abs=1e-12)
    assert found.p_value == pytest.approx(float(expected.pvalue), rel=1e-6, abs=1e-12)
    assert found.difference == reference.mean - current.mean
    assert (found.reference_mean, found.current_mean, found.alpha) == (reference.mean, current.mean, 0.05)


@given(reference=WINDOWS, current=WINDOWS)
def test_the_other_way_round_it_is_the_opposite(reference: WindowMoments, current: WindowMoments) -> None:
    found, other = t_test(reference, current), t_test(current, reference)
    assert (other.difference, other.p_value, other.verdict) == (-found.difference, found.p_value, found.verdict)


def test_raw_values_give_the_moments_that_are_meant() -> None:
    values = np.array([1.0, 2.0, 4.0, math.nan, math.inf])
    found = WindowMoments.of(values)
    assert (found.n, found.mean, found.deviation) == (3, pytest.approx(7 / 3), pytest.approx(np.std([1, 2, 4])))
    assert WindowMoments.of([]) == WindowMoments(n=0, mean=0.0, deviation=0.0)


def test_a_drift_is_strictly_below_alpha() -> None:
    reference, current = (WindowMoments(n=100, mean=mean, deviation=1.0) for mean in (0.0, 0.2))
    p_value = t_test(reference, current).p_value
    assert p_value is not None
    assert t_test(reference, current, alpha=p_value).verdict is Verdict.STABLE
    assert t_test(reference, current, alpha=math.nextafter(p_value, 1)).verdict is Verdict.DRIFTED


@pytest.mark.parametrize(
    ("n", "m", "verdict"),
    [
        (0, 5, Verdict.NO_DATA),
        (5, 0, Verdict.NO_DATA),
        (1, 5, Verdict.INSUFFICIENT_DATA),
        (5, 1, Verdict.INSUFFICIENT_DATA),
        (2, 2, Verdict.STABLE),
    ],
)
def test_too_few_values_are_no_stability(n: int, m: int, verdict: Verdict) -> None:
    found = t_test(WindowMoments(n=n, mean=0.9, deviation=0.1), WindowMoments(n=m, mean=0.8, deviation=0.1))
    assert found.verdict is verdict
    assert (found.statistic is None) == (found.p_value is None) == (verdict is not Verdict.STABLE)


def test_windows_that_do_not_vary() -> None:
    same, less = (WindowMoments(n=10, mean=mean, deviation=0.0) for mean in (1.0, 0.5))
    found = t_test(same, same)
    assert (found.statistic, found.p_value, found.verdict) == (0.0, 1.0, Verdict.STABLE)
    found = t_test(same, less)
    assert (found.statistic, found.p_value, found.verdict) == (math.inf, 0.0, Verdict.DRIFTED)
    assert t_test(less, same).statistic == -math.inf


@pytest.mark.parametrize("alpha", [0, 1, math.nan])
def test_no_alpha_but_a_chance_is_taken(alpha: float) -> None:
    window = WindowMoments(n=10, mean=1.0, deviation=1.0)
    with pytest.raises(ValueError, match="alpha must be above 0 and below 1"):
        t_test(window, window, alpha=alpha)


@pytest.mark.parametrize(("n", "mean", "deviation"), [(-1, 0.0, 1.0), (3, math.nan, 1.0), (3, 0.0, -1.0)])
def test_moments_that_no_window_has_are_refused(n: int, mean: float, deviation: float) -> None:
    with pytest.raises(ValueError, match="must not be negative, and all must be finite"):
        WindowMoments(n=n, mean=mean, deviation=deviation)


def test_without_drift_five_in_a_hundred_are_called_one(rng: np.random.Generator) -> None:
    windows = [(rng.normal(0, 1, 80), rng.normal(0, 1, 120)) for _ in range(2000)]
    found = sum(t_test(*map(WindowMoments.of, pair)).verdict is Verdict.DRIFTED for pair in windows)
    assert 70 <= found <= 135  # 100 expected, 103 as the deviations are the population's
