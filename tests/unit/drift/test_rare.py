"""How likely a count is that should hardly occur."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from driftgauge.drift.rare import RareShare

weights = st.floats(0.05, 500)


@given(weights, weights, st.integers(1, 3_000), st.data())
def test_the_tail_is_that_of_the_beta_binomial_law(a: float, b: float, rows: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, rows))
    expected = float(stats.betabinom.sf(count - 1, rows, a, b))
    assert RareShare(successes=a, failures=b).tail(count, rows) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "rows", "count"),
    [
        (1.0, 9.0, 100_000, 12_000),  # windows differ much: the tail is long
        (2.0, 3.0, 1_000_000, 500_000),
        (0.3, 30.0, 1_000_000, 20_000),
        (2.0, 30.0, 100_000, 100),  # nearly certain
        (50.0, 50.0, 100_000, 30_000),
        (5_000.0, 95_000.0, 100_000, 5_200),
        (5_000.0, 95_000.0, 100_000, 4_000),
        (80_000.0, 20_000.0, 100_000, 79_000),
    ],
)
def test_a_tail_of_many_counts_is_counted_wholly(a: float, b: float, rows: int, count: int) -> None:
    expected = float(stats.betabinom.sf(count - 1, rows, a, b))
    assert RareShare(successes=a, failures=b).tail(count, rows) == pytest.approx(expected, rel=1e-3)


def test_a_tail_beyond_doubles_of_a_complement_keeps_its_size() -> None:
    law = RareShare(successes=0.5, failures=100_000.0)
    logs = np.log([law.tail(count, 500) for count in (5, 10, 20, 40)])
    assert np.isfinite(logs).all()
    assert logs[-1] < -150


@given(weights, weights, st.integers(1, 20_000), st.data())
def test_more_are_never_more_likely(a: float, b: float, rows: int, data: st.DataObject) -> None:
    law = RareShare(successes=a, failures=b)
    fewer, more = sorted(data.draw(st.tuples(st.integers(0, rows), st.integers(0, rows))))
    rounding = 1 + 1e-3  # of a tail of many thousand counts, the far part is summed in steps
    assert 0 <= law.tail(more, rows) <= law.tail(fewer, rows) * rounding <= rounding
    assert law.tail(0, rows) == 1.0


def test_windows_that_differ_no_more_than_their_rows_explain_keep_their_weight() -> None:
    rows = np.full(50, 400)
    law = RareShare.learn(np.tile([19, 21], 25), rows)
    assert law.successes + law.failures == pytest.approx(rows.sum() + 1)
    assert law.share == pytest.approx(0.05, rel=1e-3)


def test_binomial_windows_give_nearly_the_binomial_tail(rng: np.random.Generator) -> None:
    rows = np.full(300, 400)
    tails = [RareShare.learn(rng.binomial(400, 0.05, 300), rows).tail(40, 400) for _ in range(50)]
    assert np.median(tails) == pytest.approx(stats.binom.sf(39, 400, 0.05), rel=1.5)


def test_windows_that_differ_widen_the_law_as_much_as_they_do(rng: np.random.Generator) -> None:
    rows = rng.integers(350, 450, 2_000)
    counts = rng.binomial(rows, rng.beta(5, 95, 2_000))
    law = RareShare.learn(counts, rows)
    assert law.share == pytest.approx(0.05, rel=0.1)
    assert law.successes + law.failures == pytest.approx(100, rel=0.2)
    fresh = rng.binomial(400, rng.beta(5, 95, 20_000))
    for count in (30, 40, 50):
        assert law.tail(count, 400) == pytest.approx(np.mean(fresh >= count), rel=0.35)


def test_windows_of_all_or_nothing_leave_the_weight_of_one_row() -> None:
    law = RareShare.learn(np.array([0, 200] * 10), np.full(20, 200))
    assert law.successes + law.failures == pytest.approx(1.0)
    assert law.tail(200, 200) > 0.03


def test_what_never_occurred_is_expected_hardly_ever_but_not_never() -> None:
    law = RareShare.learn(np.zeros(10, dtype=np.int64), np.full(10, 100))
    assert 0 < law.share < 1 / 1000
    assert law.tail(1, 100) > 0.01
    assert law.tail(5, 100) < 1e-5


def test_windows_without_rows_teach_nothing() -> None:
    counts, rows = np.array([3, 9, 1, 12]), np.array([50, 60, 40, 70])
    padded = RareShare.learn(np.append(counts, [0, 0]), np.append(rows, [0, 0]))
    assert padded == RareShare.learn(counts, rows)
    assert 0 < RareShare.learn(np.array([0]), np.array([0])).share < 1


def test_windows_of_one_row_each_tell_only_the_share() -> None:
    counts = np.array([1, 0, 0, 0] * 10)
    law = RareShare.learn(counts, np.ones(40, dtype=np.int64))
    assert (law.share, law.successes + law.failures) == (pytest.approx(0.25, rel=0.05), pytest.approx(41))


@pytest.mark.parametrize("between", [0.0, 1e-3, 0.1])
@pytest.mark.parametrize("count", [0, 1, 9, 30, 45, 50])
def test_both_tails_are_those_of_the_beta_binomial_law(between: float, count: int) -> None:
    law = RareShare.around(0.2, between)
    exact = stats.betabinom(50, law.successes, law.failures) if between else stats.binom(50, 0.2)
    expected = min(2 * min(float(exact.cdf(count)), float(exact.sf(count - 1))), 1.0)
    assert law.two_sided(count, 50) == pytest.approx(expected, rel=1e-3)


def test_a_law_around_a_share_has_the_variance_of_its_windows(rng: np.random.Generator) -> None:
    law = RareShare.around(0.3, between=0.01)
    drawn = rng.beta(law.successes, law.failures, 100_000)
    assert drawn.mean() == pytest.approx(0.3, abs=0.001)
    assert np.var(2 * np.arcsin(np.sqrt(drawn))) == pytest.approx(0.01, rel=0.05)
