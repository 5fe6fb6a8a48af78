"""The tests of categories, and of cells, against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from driftgauge.drift.proportions import EXACT_BELOW, hypergeometric, least_expected, share_drift, two_share_p_value
from driftgauge.drift.registry import TESTS
from driftgauge.drift.tests.chi_squared import homogeneity
from driftgauge.drift.tests.cramers_v import corrected_v
from driftgauge.drift.tests.fisher_exact import odds_drift
from driftgauge.drift.tests.g_test import g_from_counts
from driftgauge.drift.tests.jensen_shannon import js_from_masses
from driftgauge.drift.tests.kl import kl_from_counts
from driftgauge.drift.tests.l_infinity import l_infinity_from_masses
from driftgauge.drift.tests.psi import psi_from_counts
from driftgauge.model.bins import IntArray
from fixtures.columns import pair
from fixtures.counts import two_counts

Table = tuple[tuple[int, int], tuple[int, int]]
tables = st.tuples(st.integers(0, 60), st.integers(1, 400), st.integers(0, 60), st.integers(1, 400)).map(
    lambda drawn: ((min(drawn[0], drawn[1]), drawn[1]), (min(drawn[2], drawn[3]), drawn[3]))
)


def exact_p_value(table: Table) -> float:
    (hits_before, trials_before), (hits, trials) = table
    rows = np.array([[hits, trials - hits], [hits_before, trials_before - hits_before]])
    return float(stats.fisher_exact(rows).pvalue)


@given(two_counts())
def test_l_infinity_is_chebyshevs_distance_of_the_shares(two: tuple[IntArray, IntArray]) -> None:
    found = l_infinity_from_masses(*two)
    r, c = (counts.tolist() for counts in two)
    changes = [now / sum(c) - before / sum(r) for before, now in zip(r, c, strict=True)]
    assert found == pytest.approx(max(abs(change) for change in changes), abs=1e-12)


@given(two_counts(least=1))
def test_kl_without_empty_cells_is_the_relative_entropy_of_scipy(two: tuple[IntArray, IntArray]) -> None:
    assert kl_from_counts(*two) == pytest.approx(float(stats.entropy(two[1], two[0])), abs=1e-9)


@given(two_counts())
def test_kl_both_ways_is_the_psi(two: tuple[IntArray, IntArray]) -> None:
    both = kl_from_counts(*two) + kl_from_counts(*reversed(two))
    assert both == pytest.approx(psi_from_counts(*two), rel=1e-9, abs=1e-12)


@given(two_counts(least=1))
def test_g_is_that_of_scipy_after_williams(two: tuple[IntArray, IntArray]) -> None:
    n, m, together = two[0].sum(), two[1].sum(), two[0] + two[1]
    oracle = stats.chi2_contingency(np.stack(two), correction=False, lambda_="log-likelihood")
    freedom = len(together) - 1
    both = n + m
    q = 1 + (both * (1 / n + 1 / m) - 1) * (both * (1 / together).sum() - 1) / (6 * both * freedom)
    found = g_from_counts(*two)
    assert found.statistic * q == pytest.approx(float(oracle.statistic), rel=1e-9, abs=1e-9)
    assert found.p_value == pytest.approx(float(stats.chi2.sf(found.statistic, freedom)), rel=1e-9, abs=1e-300)
    assert found.score == js_from_masses(*two)


@given(st.lists(st.integers(1, 500), min_size=2, max_size=12))
def test_the_corrected_v_is_bergsmas_for_samples_of_one_size(counts: list[int]) -> None:
    reference = np.array(counts)
    current = np.roll(reference, 1)
    table = np.stack((reference, current))
    n, k = int(table.sum()), len(counts)
    squared = float(stats.contingency.association(table, method="cramer")) ** 2 if k > 1 else 0.0
    columns, rows = k - (k - 1) ** 2 / (n - 1), 2 - 1 / (n - 1)
    expected = math.sqrt(max(squared - (k - 1) / (n - 1), 0.0) / min(columns - 1, rows - 1)) if columns > 1 else 0.0
    assert corrected_v(reference, current) == pytest.approx(min(expected, 1.0), rel=1e-6, abs=1e-6) or k - 1 > n / 4


def test_chance_alone_keeps_v_above_zero_and_the_corrected_one_near_it(rng: np.random.Generator) -> None:
    mix = np.full(100, 0.01)
    draws = [(rng.multinomial(5000, mix), rng.multinomial(1000, mix)) for _ in range(200)]
    plain = [homogeneity(*two).score ** 2 for two in draws]
    rest = [homogeneity(*two).score ** 2 - 99 / (4 * 5000 * 1000 / 6000 - 1) for two in draws]
    assert np.sqrt(np.mean(plain)) > 0.16
    assert abs(np.mean(rest)) < 4 * np.std(rest) / math.sqrt(len(rest))
    assert np.mean([corrected_v(*two) for two in draws]) < 0.04


@given(tables)
def test_fisher_exact_is_that_of_scipy(table: Table) -> None:
    found = odds_drift(*table)
    if least_expected(*table) < EXACT_BELOW:
        assert found.p_value == pytest.approx(exact_p_value(table), rel=1e-6, abs=1e-300)
    (hits_before, trials_before), (hits, trials) = table
    if hits * trials_before == hits_before * trials:
        assert (found.score, found.statistic) == (0, 0)


def test_fisher_exact_takes_the_normal_law_where_counts_are_large() -> None:
    table = (500, 2000), (320, 1100)
    assert odds_drift(*table).p_value == two_share_p_value(*table)
    assert odds_drift(*table).p_value == pytest.approx(exact_p_value(table), rel=0.2)


@given(tables)
def test_the_hypergeometric_law_is_that_of_scipy(table: Table) -> None:
    (hits_before, trials_before), (hits, trials) = table
    every = hits_before + hits
    allowed = np.arange(max(0, every - trials_before), min(every, trials) + 1)
    oracle = stats.hypergeom(trials_before + trials, every, trials).pmf(allowed)
    assert hypergeometric(*table, allowed) == pytest.approx(oracle, rel=1e-8, abs=1e-300)


def test_the_share_of_the_rarer_category_is_compared() -> None:
    two = pair(["true"] * 40 + ["false"] * 160, ["true"] * 40 + ["false"] * 50 + ["else"] * 10)
    z, odds = TESTS["z_proportion"].measure(*two), TESTS["fisher_exact"].measure(*two)
    assert z == share_drift((40, 200), (40, 100))
    assert odds == odds_drift((40, 200), (40, 100))
    assert z.score == pytest.approx(0.2)
    assert odds.score == pytest.approx(2 * (math.asin(0.4**0.5) - math.asin(0.2**0.5)))
    assert odds.statistic == pytest.approx(math.log(40.5 / 60.5 / (40.5 / 160.5)))
    assert odds.p_value == pytest.approx(exact_p_value(((40, 200), (40, 100))))


@pytest.mark.parametrize("test", ["z_proportion", "fisher_exact"])
@pytest.mark.parametrize("column", [["a"] * 9, ["a", "b", "c"] * 9])
def test_features_of_other_than_two_categories_are_left_out(test: str, column: list[str]) -> None:
    reference, current = pair(column, column)
    assert not TESTS[test].fits(reference.bins)
    with pytest.raises(ValueError, match="exactly two categories"):
        TESTS[test].measure(reference, current)
