"""The tests of numeric features against scipy, on raw values of which each distinct one has a bin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from scipy import stats

from driftgauge.drift.cdf import steps
from driftgauge.drift.laws import ANDERSON_DARLING, CRAMER_VON_MISES, QuadraticLaw
from driftgauge.drift.pairs import numeric_pair
from driftgauge.drift.registry import TESTS
from driftgauge.drift.tests.anderson_darling import ad_from_counts
from driftgauge.drift.tests.cramer_von_mises import cvm_from_counts
from driftgauge.drift.tests.energy import energy_from_counts
from driftgauge.drift.tests.mann_whitney import mann_whitney_from_counts
from driftgauge.drift.tests.variance_ratio import Spread, z_from_spreads
from driftgauge.drift.tests.welch_t import t_from_moments
from driftgauge.model.bins import FloatArray, IntArray
from fixtures.columns import pair
from fixtures.counts import in_own_cells, repeated, two_counts

sizes = pytest.mark.parametrize(("n", "m"), [(180, 70), (60, 200), (7, 5)])
few_counts = two_counts(cells=12, most=40)


def drawn(rng: np.random.Generator, shape: str, size: int) -> FloatArray:
    if shape == "normal":
        return 1e3 + rng.normal(0, 2, size)
    return rng.lognormal(0, 1, size) if shape == "log" else rng.poisson(4, size).astype(np.float64)


def untied(rng: np.random.Generator, n: int, m: int, shift: float) -> tuple[FloatArray, FloatArray]:
    return rng.standard_t(3, n), rng.standard_t(3, m) + shift


def spread_of(raw: FloatArray) -> Spread:
    return Spread(n=len(raw), variance=float(raw.var()), kurtosis=float(stats.kurtosis(raw)) + 3)


@sizes
@pytest.mark.parametrize("shift", [0.0, 0.5, 3.0])
def test_cramer_von_mises_without_ties_is_that_of_scipy(n: int, m: int, shift: float, rng: np.random.Generator) -> None:
    raw = untied(rng, n, m, shift)
    oracle = stats.cramervonmises_2samp(*raw, method="asymptotic")
    found = cvm_from_counts(*in_own_cells(*raw))
    assert found.statistic == pytest.approx(float(oracle.statistic) - 1 / (6 * (n + m)), rel=1e-9, abs=1e-12)
    assert found.p_value == pytest.approx(float(oracle.pvalue), rel=1e-6, abs=2e-7)


@given(few_counts)
def test_cramer_von_mises_with_ties_is_the_mean_over_all_ways_to_break_them_evenly(
    two: tuple[IntArray, IntArray],
) -> None:
    """Values of a cell spread evenly over it, so many that the steps do not show."""
    found = cvm_from_counts(*two)
    fine = 400
    spread = tuple(np.repeat(counts / fine, fine) for counts in two)
    gap = spread[0].cumsum() / two[0].sum() - spread[1].cumsum() / two[1].sum()
    together = (spread[0] + spread[1]) / (two[0].sum() + two[1].sum())
    n, m = int(two[0].sum()), int(two[1].sum())
    assert found.statistic == pytest.approx(n * m / (n + m) * float(gap**2 @ together), rel=0.02, abs=1e-3)
    p_value = found.p_value
    assert p_value is not None
    assert 0 <= p_value <= 1


@given(few_counts)
def test_anderson_darling_is_that_of_scipy_ties_or_not(two: tuple[IntArray, IntArray]) -> None:
    assume(np.count_nonzero(two[0] + two[1]) > 1)
    assume(min(two[0].sum(), two[1].sum()) > 1)  # of fewer, scipy makes nothing
    oracle = stats.anderson_ksamp(
        [repeated(two[0]), repeated(two[1])], variant="midrank", method=stats.PermutationMethod(n_resamples=1)
    )
    mean, sigma = 1.0, sigma_of_scholz_and_stephens(int(two[0].sum()), int(two[1].sum()))
    found = ad_from_counts(*two)
    assert (found.statistic - mean) / sigma == pytest.approx(float(oracle.statistic), rel=1e-9, abs=1e-9)


def sigma_of_scholz_and_stephens(n: int, m: int) -> float:
    """Return the finite samples' standard deviation of A² by their equation 4, for two samples without ties."""
    both, k = n + m, 2
    one = 1 / n + 1 / m
    h = sum(1 / i for i in range(1, both))
    g = sum(1 / ((both - i) * j) for i in range(1, both - 1) for j in range(i + 1, both))
    a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * one
    b = (2 * g - 4) * k**2 + 8 * h * k + (2 * g - 14 * h - 4) * one - 8 * h + 4 * g - 6
    c = (6 * h + 2 * g - 2) * k**2 + (4 * h - 4 * g + 6) * k + (2 * h - 6) * one + 4 * h
    d = (2 * h + 6) * k**2 - 4 * h * k
    return math.sqrt((a * both**3 + b * both**2 + c * both + d) / ((both - 1) * (both - 2) * (both - 3)))


@pytest.mark.parametrize("shift", [0.32, 0.4, 0.5])
def test_the_p_value_of_anderson_darling_is_near_the_table_that_scipy_interpolates(
    shift: float, rng: np.random.Generator
) -> None:
    raw = untied(rng, 300, 200, shift)
    oracle = float(stats.anderson_ksamp(raw, variant="midrank", method=None).pvalue)
    assert 0.001 < oracle < 0.25
    assert ad_from_counts(*in_own_cells(*raw)).p_value == pytest.approx(oracle, rel=0.1)


@pytest.mark.parametrize(
    ("law", "x", "chance"),
    [
        (CRAMER_VON_MISES, 0.46136, 0.05),
        (CRAMER_VON_MISES, 0.74346, 0.01),
        (CRAMER_VON_MISES, 1.16786, 0.001),
        (ANDERSON_DARLING, 2.492367, 0.05),
        (ANDERSON_DARLING, 3.878125, 0.01),
        (CRAMER_VON_MISES, 0.0, 1.0),
        (ANDERSON_DARLING, -3.0, 1.0),
    ],
)
def test_the_limit_laws_have_the_published_critical_values(law: QuadraticLaw, x: float, chance: float) -> None:
    assert law.tail(x) == pytest.approx(chance, rel=2e-5)


def test_the_limit_laws_keep_their_precision_far_out() -> None:
    """The leading term of each tail is known: `c exp(-x / (2 λ)) / sqrt(x)` with the greatest λ."""
    for law, greatest in ((CRAMER_VON_MISES, 1 / math.pi**2), (ANDERSON_DARLING, 0.5)):
        scaled = [law.tail(x) * math.sqrt(x) * math.exp(x / (2 * greatest)) for x in (200 * greatest, 900 * greatest)]
        assert scaled[0] == pytest.approx(scaled[1], rel=0.01)
        assert law.tail(2000 * greatest) == 0.0


@given(few_counts)
def test_energy_on_counts_is_that_of_scipy(two: tuple[IntArray, IntArray]) -> None:
    places = np.cumsum(np.arange(len(two[0])) + 0.5)
    oracle = stats.energy_distance(places, places, *two)
    found = energy_from_counts((two[0], two[0] * places), (two[1], two[1] * places))
    assert found.statistic == pytest.approx(float(oracle), rel=1e-9, abs=1e-9)
    apart = np.abs(np.subtract.outer(places, places))
    mean = float(two[0] @ apart @ two[1]) / (two[0].sum() * two[1].sum())
    assert found.score == pytest.approx(found.statistic / math.sqrt(2 * mean) if mean else 0.0, rel=1e-9, abs=1e-9)


@given(few_counts)
def test_energy_on_means_is_exact(two: tuple[IntArray, IntArray]) -> None:
    rng = np.random.default_rng(int(two[0].sum() * 7919 + two[1].sum()))
    low = np.cumsum(rng.exponential(1.0, len(two[0])))
    width = np.diff(low, append=low[-1] + 1)
    means, means_now = low + width * rng.random(len(low)), low + width * rng.random(len(low))
    oracle = stats.energy_distance(means, means_now, *two)
    found = energy_from_counts((two[0], means * two[0]), (two[1], means_now * two[1]))
    assert found.statistic == pytest.approx(float(oracle), rel=1e-9, abs=1e-9)


def test_the_pieces_of_both_distributions_add_up_to_the_range() -> None:
    below, below_now, widths = steps(
        (np.array([2, 0, 3]), np.array([2.0, 0, 30])), (np.array([1, 1, 0]), np.array([2.0, 5, 0]))
    )
    assert widths.sum() == 9
    assert below.max() == below_now.max() == 1


@given(few_counts)
def test_mann_whitney_is_that_of_scipy(two: tuple[IntArray, IntArray]) -> None:
    n, m = int(two[0].sum()), int(two[1].sum())
    assume(np.count_nonzero(two[0] + two[1]) > 1)  # scipy divides by zero where all values are tied
    oracle = stats.mannwhitneyu(repeated(two[1]), repeated(two[0]), method="asymptotic")
    found = mann_whitney_from_counts(*two)
    assert found.score == pytest.approx(abs(2 * float(oracle.statistic) / (n * m) - 1), abs=1e-12)
    assert found.p_value == pytest.approx(float(oracle.pvalue), rel=1e-9, abs=1e-300)
    assert math.copysign(1, found.statistic) == (
        1 if float(oracle.statistic) >= n * m / 2 or not found.statistic else -1
    )


@sizes
@pytest.mark.parametrize("shape", ["normal", "log", "counts"])
def test_welch_t_of_profiles_is_that_of_scipy_on_raw_values(
    shape: str, n: int, m: int, rng: np.random.Generator
) -> None:
    raw, raw_now = (drawn(rng, shape, size) for size in (n, m))
    raw_now *= 1.05
    oracle = stats.ttest_ind(raw_now, raw, equal_var=False)
    found = TESTS["welch_t"].measure(*pair(raw, raw_now))
    assert found.statistic == pytest.approx(float(oracle.statistic), rel=1e-8)
    assert found.p_value == pytest.approx(float(oracle.pvalue), rel=1e-8)
    assert found.score == pytest.approx(abs(raw_now.mean() - raw.mean()) / raw.std(), rel=1e-8)


def test_welch_t_of_moments_is_that_of_scipy() -> None:
    oracle = stats.ttest_ind_from_stats(5.8, 3.0, 50, 5.0, 2.0, 100, equal_var=False)
    t, p_value = t_from_moments((100, 5.0, 4.0), (50, 5.8, 9.0))
    assert (t, p_value) == (pytest.approx(float(oracle.statistic)), pytest.approx(float(oracle.pvalue)))


@pytest.mark.parametrize("test", ["welch_t", "variance_ratio"])
def test_one_value_cannot_tell_its_spread(test: str) -> None:
    for two in ((np.array([1.0, 2.0, 4.0]), np.array([9.0])), (np.array([9.0]), np.array([1.0, 2.0, 4.0]))):
        found = TESTS[test].measure(*pair(*two))
        assert (found.statistic, found.p_value) == (0.0, 1.0)
    assert t_from_moments((9, 0.0, 0.0), (9, 0.0, 0.0)) == (0.0, 1.0)


@sizes
def test_the_variance_ratio_is_that_of_raw_values_and_its_kurtosis_on_the_safe_side(
    n: int, m: int, rng: np.random.Generator
) -> None:
    raw, raw_now = rng.standard_t(6, n), 1.2 * rng.standard_t(6, m)
    found = TESTS["variance_ratio"].measure(*pair(raw, raw_now))
    assert found.score == pytest.approx(abs(math.log(raw_now.std() / raw.std())), rel=1e-9)
    exact = z_from_spreads(
        *(Spread(n=len(x), variance=x.var(), kurtosis=float(stats.kurtosis(x)) + 3) for x in (raw, raw_now))
    )
    assert abs(found.statistic) <= abs(exact[0]) * (1 + 1e-9)
    assert found.p_value is not None
    assert found.p_value >= exact[1] * (1 - 1e-9)


def test_the_kurtosis_of_values_that_each_have_a_bin_is_exact(rng: np.random.Generator) -> None:
    raw, raw_now = rng.poisson(3.0, 800).astype(np.float64), rng.poisson(3.3, 300).astype(np.float64)
    raw_now = raw_now[raw_now <= raw.max()]
    z, p_value = z_from_spreads(spread_of(raw), spread_of(raw_now))
    found = TESTS["variance_ratio"].measure(*pair(raw, raw_now))
    assert (found.statistic, found.p_value) == (pytest.approx(z, rel=1e-6), pytest.approx(p_value, rel=1e-6))


def test_the_variance_ratio_of_normal_values_is_near_bartletts(rng: np.random.Generator) -> None:
    raw, raw_now = rng.normal(0, 1, 20_000), rng.normal(0, 1.03, 9_000)
    found = TESTS["variance_ratio"].measure(*pair(raw, raw_now))
    oracle = float(stats.bartlett(raw, raw_now).statistic)
    assert 0.9 * oracle < found.statistic**2 < oracle
    assert found.statistic > 0


@pytest.mark.parametrize("test", ["cramer_von_mises", "anderson_darling", "mann_whitney"])
def test_profiles_on_256_bins_are_near_the_raw_values(test: str, rng: np.random.Generator) -> None:
    raw, raw_now = rng.lognormal(0, 1, 5000), rng.lognormal(0.1, 1.1, 700)
    reference, current = numeric_pair(*pair(raw, raw_now))
    exact = {
        "cramer_von_mises": cvm_from_counts,
        "anderson_darling": ad_from_counts,
        "mann_whitney": mann_whitney_from_counts,
    }[test](*in_own_cells(raw, raw_now))
    bound = float(np.minimum(reference.counts / 5000, current.counts / 700).max())
    found = TESTS[test].measure(reference, current)
    assert found.score == pytest.approx(exact.score, abs=bound)
    assert found.p_value == pytest.approx(exact.p_value, rel=0.1)
