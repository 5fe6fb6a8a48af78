"""Each drift test against scipy: to many digits on counts, within the stated bound on profiles of raw values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from driftgauge.drift.coarsen import DISTANCE_CELLS, cell_starts, pooled, shares
from driftgauge.drift.correction import benjamini_hochberg
from driftgauge.drift.pairs import numeric_pair
from driftgauge.drift.tests.chi_squared import homogeneity
from driftgauge.drift.tests.hellinger import hellinger_from_masses
from driftgauge.drift.tests.jensen_shannon import jensen_shannon, js_from_masses
from driftgauge.drift.tests.ks import kolmogorov_smirnov, ks_from_counts
from driftgauge.drift.tests.psi import psi_from_counts
from driftgauge.drift.tests.total_variation import tv_from_masses
from driftgauge.drift.tests.wasserstein import w1_from_counts, wasserstein
from driftgauge.model.bins import FloatArray, IntArray
from fixtures.columns import pair
from fixtures.counts import two_counts

counts = st.lists(st.integers(1, 5000), min_size=2, max_size=40)


def samples(rng: np.random.Generator, shape: str, size: int) -> FloatArray:
    return {
        "normal": lambda: rng.normal(0.2, 1.1, size),
        "heavy": lambda: rng.standard_t(2, size),
        "log": lambda: rng.lognormal(0.1, 1.0, size),
        "counts": lambda: rng.poisson(3.3, size).astype(np.float64),
        "spike": lambda: np.where(rng.random(size) < 0.4, 0.0, rng.exponential(1.1, size)),
    }[shape]()


shapes = pytest.mark.parametrize("shape", ["normal", "heavy", "log", "counts", "spike"])
sizes = pytest.mark.parametrize(("n", "m"), [(5000, 500), (300, 2000), (150, 40)])


@given(two_counts())
def test_ks_on_counts_is_exact(two: tuple[IntArray, IntArray]) -> None:
    reference, current = two
    values = np.arange(len(reference), dtype=np.float64)
    oracle = stats.ks_2samp(np.repeat(values, reference), np.repeat(values, current), method="asymp")
    found = ks_from_counts(reference, current)
    n, m = int(reference.sum()), int(current.sum())
    assert found.score == pytest.approx(float(oracle.statistic), abs=1e-12)
    law = float(stats.kstwobign.sf(math.sqrt(n * m / (n + m)) * found.score))
    assert found.p_value == pytest.approx(law, rel=1e-9, abs=1e-300)


def test_the_p_value_of_ks_is_near_that_of_scipys_asymptotic_form(rng: np.random.Generator) -> None:
    for shift in (0.0, 0.1, 0.2):
        reference, current = rng.normal(0, 1, 5000), rng.normal(shift, 1, 500)
        oracle = stats.ks_2samp(reference, current, method="asymp")
        law = float(stats.kstwobign.sf(math.sqrt(5000 * 500 / 5500) * float(oracle.statistic)))
        assert float(oracle.pvalue) <= law <= 1.5 * float(oracle.pvalue)


@shapes
@sizes
def test_binned_ks_is_below_the_exact_by_no_more_than_the_largest_shared_mass(
    shape: str, n: int, m: int, rng: np.random.Generator
) -> None:
    raw, raw_now = samples(rng, shape, n), 1.2 * samples(rng, shape, m)
    reference, current = pair(raw, raw_now)
    exact = float(stats.ks_2samp(raw, raw_now, method="asymp").statistic)
    binned = kolmogorov_smirnov(reference, current).score
    bound = float(np.minimum(shares(reference.counts), shares(current.counts)).max())
    assert exact - bound - 1e-12 <= binned <= exact + 1e-12


@given(two_counts())
def test_w1_on_means_is_exact(two: tuple[IntArray, IntArray]) -> None:
    reference, current = two
    rng = np.random.default_rng(int(reference.sum() * 7919 + current.sum()))
    low = np.cumsum(rng.exponential(1.0, len(reference)))
    width = np.diff(low, append=low[-1] + 1)
    means, means_now = low + width * rng.random(len(low)), low + width * rng.random(len(low))
    oracle = stats.wasserstein_distance(means, means_now, reference, current)
    found = w1_from_counts((reference, means * reference), (current, means_now * current))
    assert found == pytest.approx(float(oracle), rel=1e-9, abs=1e-12)


@shapes
@sizes
def test_binned_wasserstein_is_within_the_values_distance_from_their_means(
    shape: str, n: int, m: int, rng: np.random.Generator
) -> None:
    raw, raw_now = samples(rng, shape, n), 0.3 + samples(rng, shape, m)
    reference, current = numeric_pair(*pair(raw, raw_now))

    def spread(values: FloatArray) -> float:
        slots = np.searchsorted(reference.bins.edges, values, side="right")
        means = np.bincount(slots, values) / np.maximum(np.bincount(slots), 1)
        return float(np.abs(values - means[slots]).mean())

    exact = float(stats.wasserstein_distance(raw, raw_now)) / raw.std()
    bound = (spread(raw) + spread(raw_now)) / raw.std()
    assert wasserstein(reference, current).score == pytest.approx(exact, abs=bound + 1e-9)
    assert bound < 0.1 or shape == "heavy" or m == 40


@given(two_counts())
def test_jensen_shannon_on_counts_is_exact(two: tuple[IntArray, IntArray]) -> None:
    assert js_from_masses(*two) == pytest.approx(float(jensenshannon(*two, base=2)), abs=1e-7)


@shapes
@sizes
def test_jensen_shannon_of_profiles_is_that_of_raw_values_in_the_merged_cells(
    shape: str, n: int, m: int, rng: np.random.Generator
) -> None:
    raw, raw_now = samples(rng, shape, n), 1.2 * samples(rng, shape, m)
    reference, current = numeric_pair(*pair(raw, raw_now))
    starts = cell_starts(reference.counts, at_most=DISTANCE_CELLS, tails_apart=True)
    edges = [-np.inf, *reference.bins.edges[starts[1:] - 1], np.inf]
    oracle = jensenshannon(np.histogram(raw, edges)[0], np.histogram(raw_now, edges)[0], base=2)
    assert jensen_shannon(reference, current).score == pytest.approx(float(oracle), abs=1e-9)


@given(two_counts(least=1))
def test_psi_without_empty_cells_is_the_sum_of_both_relative_entropies(two: tuple[IntArray, IntArray]) -> None:
    oracle = stats.entropy(*two) + stats.entropy(two[1], two[0])
    assert psi_from_counts(*two) == pytest.approx(float(oracle), abs=1e-9)


@given(two_counts())
def test_psi_is_symmetric_and_bounded_by_the_rows(two: tuple[IntArray, IntArray]) -> None:
    index = psi_from_counts(*two)
    assert index == pytest.approx(psi_from_counts(*reversed(two)), abs=1e-12)
    assert index <= 2 * np.log(2 * max(two[0].sum(), two[1].sum()) + len(two[0]))


@given(two_counts())
def test_hellinger_is_the_complement_of_the_overlap(two: tuple[IntArray, IntArray]) -> None:
    overlap = float(np.sqrt(shares(two[0]) * shares(two[1])).sum())
    assert hellinger_from_masses(*two) ** 2 == pytest.approx(1 - overlap, abs=1e-9)


@given(two_counts())
def test_total_variation_is_what_is_not_shared(two: tuple[IntArray, IntArray]) -> None:
    shared = float(np.minimum(shares(two[0]), shares(two[1])).sum())
    assert tv_from_masses(*two) == pytest.approx(1 - shared, abs=1e-9)


@given(two_counts(least=1))
def test_homogeneity_is_that_of_scipy(two: tuple[IntArray, IntArray]) -> None:
    oracle = stats.chi2_contingency(np.stack(two), correction=False)
    found = homogeneity(*two)
    assert found.statistic == pytest.approx(float(oracle.statistic), rel=1e-9, abs=1e-9)
    assert found.p_value == pytest.approx(float(oracle.pvalue), rel=1e-6, abs=1e-300)


@given(counts)
def test_the_effect_size_is_cramers_v_for_samples_of_one_size(cells: list[int]) -> None:
    reference = np.array(cells)
    current = np.roll(reference, 1)
    oracle = stats.contingency.association(np.stack((reference, current)), method="cramer")
    assert homogeneity(reference, current).score == pytest.approx(oracle, abs=1e-9)
    assert homogeneity(1000 * reference, current).score == pytest.approx(oracle, abs=1e-9)


@given(two_counts())
def test_pooled_cells_keep_the_totals_and_expect_at_least_five(two: tuple[IntArray, IntArray]) -> None:
    before, now = pooled(*two)
    assert (before.sum(), now.sum()) == (two[0].sum(), two[1].sum())
    expected = stats.contingency.expected_freq(np.stack((before, now)))
    assert len(before) == 1 or float(expected.min()) >= 5 - 1e-9


def test_a_mix_too_small_to_test_is_not_significant() -> None:
    found = homogeneity(*pooled(np.array([3, 1]), np.array([0, 4])))
    assert (found.score, found.statistic, found.p_value) == (0.0, 0.0, 1.0)


@given(st.lists(st.floats(0, 1), max_size=40))
def test_the_correction_is_that_of_scipy(p_values: list[float]) -> None:
    oracle: list[float] = stats.false_discovery_control(p_values).tolist() if p_values else []
    assert benjamini_hochberg(p_values) == pytest.approx(oracle, rel=1e-12, abs=1e-300)
