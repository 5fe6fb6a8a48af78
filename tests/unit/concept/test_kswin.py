"""KSWIN's decision is scipy's exact two-sample test, and its samples are fair and follow from a number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from driftgauge.concept.detectors.kswin import KswinParameters, critical_count, distance_counts, drawn

FEW = st.lists(st.integers(0, 6) | st.floats(-5, 5), min_size=8, max_size=8)


@given(pairs=st.lists(st.tuples(FEW, FEW), min_size=1, max_size=5))
def test_distances_are_scipys(pairs: list[tuple[list[float], list[float]]]) -> None:
    samples, others = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    expected = [ks_2samp(sample, other, method="exact").statistic * 8 for sample, other in pairs]
    assert distance_counts(samples, others).tolist() == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore:ks_2samp. Exact calculation unsuccessful")  # of a distance near 0
@pytest.mark.parametrize("n", [5, 12, 30, 100])
@pytest.mark.parametrize("alpha", [0.3, 0.05, 0.005, 0.0001])
def test_the_critical_distance_is_the_first_that_scipy_finds_significant(n: int, alpha: float) -> None:
    found = critical_count(n, alpha)
    chances: list[float] = []
    for count in range(1, n + 1):
        sample = np.arange(n, dtype=float)
        chances.append(float(ks_2samp(sample, sample + count - 0.5, method="exact").pvalue))
    significant = [count for count, chance in enumerate(chances, start=1) if chance <= alpha]
    assert found == (significant[0] if significant else n + 1)


def test_samples_are_distinct_fair_and_follow_from_the_seed_and_the_block() -> None:
    parameters = KswinParameters(seed=4)
    draws = np.concatenate([drawn(parameters, block) for block in range(50)])
    assert draws.shape == (3200, 30)
    assert all(len(set(draw)) == 30 for draw in draws.tolist())
    counts = np.bincount(draws.ravel(), minlength=70)
    assert counts.size == 70, "the newest 30 of the 100 are not drawn"
    share = 30 / 70
    deviations = (counts - 3200 * share) / np.sqrt(3200 * share * (1 - share))
    assert np.abs(deviations).max() < 4.5
    assert 0.6 < float((deviations**2).mean()) < 1.4
    assert (drawn(parameters, 7) == draws[64 * 7 : 64 * 8]).all()
    assert (drawn(KswinParameters(seed=5), 0) != draws[:64]).any()
