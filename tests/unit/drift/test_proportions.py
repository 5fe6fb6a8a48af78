"""Shares against scipy's exact laws, and the p-values of shares that the reference itself made zero."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from driftgauge.drift.proportions import EXACT_BELOW, fisher_p_value, outside_p_value, share_drift, two_share_p_value
from driftgauge.drift.registry import TESTS
from driftgauge.model.profile import NumericProfile
from fixtures.columns import pair


@st.composite
def shares(draw: st.DrawFn, most: int = 3000) -> tuple[int, int]:
    trials = draw(st.integers(1, most))
    return draw(st.integers(0, min(trials, 60)) | st.integers(0, trials)), trials


@given(shares(), shares())
def test_fisher_is_twice_the_smaller_tail_of_scipys(reference: tuple[int, int], current: tuple[int, int]) -> None:
    (hits_before, trials_before), (hits_now, trials_now) = reference, current
    law = stats.hypergeom(trials_before + trials_now, hits_before + hits_now, trials_now)
    oracle = min(1.0, 2 * min(float(law.sf(hits_now - 1)), float(law.cdf(hits_now))))
    assert fisher_p_value(reference, current) == pytest.approx(oracle, rel=1e-6, abs=1e-250)


@given(shares(100_000), shares(100_000))
def test_the_normal_law_takes_over_only_where_it_is_close(reference: tuple[int, int], current: tuple[int, int]) -> None:
    exact, found = fisher_p_value(reference, current), two_share_p_value(reference, current)
    if exact > 1e-6:
        assert found == pytest.approx(exact, rel=1.0, abs=0.1)


def test_z_is_the_root_of_the_chi_squared_statistic() -> None:
    table = np.array([[500, 560], [500, 440]])
    oracle = stats.chi2_contingency(table, correction=False)
    found = share_drift((500, 1000), (560, 1000))
    assert found.statistic == pytest.approx(math.sqrt(float(oracle.statistic)))
    assert found.p_value == pytest.approx(float(oracle.pvalue))
    assert found.score == pytest.approx(0.06)
    assert share_drift((560, 1000), (500, 1000)).statistic == -found.statistic


@pytest.mark.parametrize("shares", [((0, 10), (0, 5000)), ((10, 10), (70, 70))])
def test_shares_that_do_not_vary_have_no_drift(shares: tuple[tuple[int, int], tuple[int, int]]) -> None:
    found = share_drift(*shares)
    assert (found.score, found.statistic, found.p_value) == (0.0, 0.0, 1.0)


def test_one_hit_in_a_small_window_is_not_significant() -> None:
    assert two_share_p_value((0, 5000), (1, 50)) == pytest.approx(2 * 50 / 5050)


def test_both_laws_meet_where_they_change_over() -> None:
    hits, trials = int(EXACT_BELOW), 10_000
    normal = two_share_p_value((hits, trials), (hits + 40, trials))
    assert normal != fisher_p_value((hits, trials), (hits + 40, trials))
    assert fisher_p_value((hits, trials), (hits + 40, trials)) == pytest.approx(normal, rel=0.3)


def test_the_share_outside_a_references_own_range_has_its_exact_law(rng: np.random.Generator) -> None:
    n, m, trials = 20, 60, 40_000
    is_current = rng.permuted(np.tile(np.arange(n + m) < n, (trials, 1)), axis=1)
    outside = np.argmin(is_current, axis=1) + np.argmin(is_current[:, ::-1], axis=1)
    for k in range(1, 6):
        law = outside_p_value(n - k, k, m)
        assert float((outside >= k).mean()) == pytest.approx(law, abs=5 * math.sqrt(law / trials))


def test_all_values_outside_are_as_unlikely_as_can_be() -> None:
    assert outside_p_value(0, 500, 5000) < 1e-300
    assert outside_p_value(500, 0, 5000) == 1.0


def test_a_reference_with_values_in_the_tails_is_compared_share_by_share() -> None:
    first, later = pair(np.arange(300.0), np.arange(60.0, 360.0))
    assert isinstance(first, NumericProfile)
    found = TESTS["out_of_range_share"].measure(later, first)
    assert found.score == pytest.approx(0.2)
    assert found.p_value == two_share_p_value((60, 300), (0, 300))


def test_new_values_of_a_feature_with_very_many_categories_are_not_significant(rng: np.random.Generator) -> None:
    law = 1 / np.arange(1.0, 4001.0)
    draws = rng.choice(4000, 5500, p=law / law.sum())
    names = [f"tail {draw}" for draw in draws]
    reference, current = pair(names[:5000], names[5000:])
    found = TESTS["unseen_share"].measure(reference, current)
    assert found.score > TESTS["unseen_share"].default_threshold
    assert found.p_value is not None
    assert found.p_value > 0.01
    mixed = TESTS["chi_squared"].measure(reference, current)
    assert mixed.p_value is not None
    assert mixed.p_value > 0.01


def test_a_new_category_of_a_feature_with_few_is_significant() -> None:
    found = TESTS["unseen_share"].measure(*pair(["a", "b"] * 2500, ["a", "b"] * 245 + ["c"] * 10))
    assert found.score == pytest.approx(0.02)
    assert found.statistic > 0
    assert found.p_value is not None
    assert found.p_value < 1e-8
