"""Two windows of a metric's history, moved from value to value: what each holds, and scipy's t."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from driftgauge.concept.change import Direction
from driftgauge.concept.windows import MOST, Values, Widths, compare
from driftgauge.model.verdict import Verdict

DAY: Final = timedelta(days=1)
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
WEEK: Final = Widths(current=7 * DAY, reference=28 * DAY)


def daily(values: list[float]) -> Values:
    return Values.of((START + place * DAY, value) for place, value in enumerate(values))


@given(seed=st.integers(0, 2**32), alpha=st.floats(0.001, 0.5))
@settings(max_examples=40)
def test_each_value_is_tested_as_scipy_tests(seed: int, alpha: float) -> None:
    values = np.random.default_rng(seed).normal(0.9, 0.01, 60)
    found = compare(daily(values.tolist()), WEEK, since=START + 34 * DAY, alpha=alpha)
    assert [one.end for one in found] == [START + place * DAY for place in range(35, 60)]
    for one in found:
        last = (one.end - START).days + 1
        reference, current = values[last - 35 : last - 7], values[last - 7 : last]
        assert (one.reference_values, one.current_values) == (28, 7)
        expected = stats.ttest_ind(reference, current)
        # scipy's deviations have n - 1 in the denominator
        pooled = (27 * reference.var() + 6 * current.var()) / 33
        own = (27 * reference.var(ddof=1) + 6 * current.var(ddof=1)) / 33
        statistic = expected.statistic * np.sqrt(own / pooled)
        assert one.found.statistic == pytest.approx(statistic, rel=1e-9)
        assert one.found.p_value == pytest.approx(2 * stats.t.sf(abs(statistic), 33), rel=1e-6)
        assert one.score == pytest.approx(abs(statistic) / stats.t.ppf(1 - alpha / 2, 33), rel=1e-6)
        assert one.score is not None
        assert one.drifted == (one.score > 1)


def test_the_bounds_are_those_of_the_value_and_each_window_is_open_where_it_begins() -> None:
    [one] = compare(
        daily([0.5, 1, 2, 3, 4]), Widths(current=2 * DAY, reference=2 * DAY), since=START + 3 * DAY, alpha=0.05
    )
    assert (one.reference_start, one.border, one.end) == (START, START + 2 * DAY, START + 4 * DAY)
    assert (one.found.reference_mean, one.found.current_mean) == (1.5, 3.5)


def test_direction_is_that_of_the_metric_and_told_of_drifts_only() -> None:
    steady = [0.9, 0.91] * 14
    for last, direction in ((0.5, Direction.DOWN), (0.99, Direction.UP), (0.905, None)):
        [one] = compare(daily([*steady, *[last] * 7]), WEEK, since=START + 33 * DAY, alpha=0.01)
        assert one.direction is direction
        assert one.drifted == (direction is not None)


def test_too_few_values_and_none_are_no_stability() -> None:
    found = compare(daily([0.9] * 9), WEEK, since=START - DAY, alpha=0.05)
    assert [one.found.verdict for one in found[:8]] == [Verdict.NO_DATA] * 7 + [Verdict.INSUFFICIENT_DATA]
    assert found[8].found.verdict is Verdict.STABLE
    assert [one.score for one in found] == [None] * 8 + [0.0]
    assert compare(Values.of([]), WEEK, since=START, alpha=0.05) == []


def test_a_history_without_variation_has_a_finite_score() -> None:
    [one] = compare(daily([1.0] * 28 + [0.5] * 7), WEEK, since=START + 33 * DAY, alpha=0.05)
    assert (one.score, one.drifted, one.found.p_value) == (MOST, True, 0.0)


def test_values_of_one_moment_are_tested_together() -> None:
    values = Values.of((START + place // 2 * DAY, float(place)) for place in range(8))
    found = compare(values, Widths(current=2 * DAY, reference=2 * DAY), since=START, alpha=0.05)
    assert [one.current_values for one in found] == [4, 4, 4]
