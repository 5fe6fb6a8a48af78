from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.anomaly.expectation import expect

WEEK = 168
FOUR_WEEKS = 4 * WEEK
HOURS = np.arange(FOUR_WEEKS + 1)
WEEKDAYS = np.where(HOURS // 24 % 7 < 5, 1.0, 0.3)
TRAFFIC = 1000 * (1 + 0.5 * np.sin(2 * np.pi * HOURS / 24)) * WEEKDAYS


@pytest.mark.parametrize("multiplied", [True, False])
def test_four_weeks_teach_the_hours_of_the_week(multiplied: bool) -> None:  # noqa: FBT001 - by name above
    for last in range(FOUR_WEEKS - WEEK, FOUR_WEEKS, 11):
        found = expect(TRAFFIC[: last + 1], HOURS[: last + 1] % WEEK, multiplied=multiplied)
        assert found is not None
        assert found.season.name == " at this hour of the week"
        assert found.values[-1] == pytest.approx(TRAFFIC[last])


def test_ten_days_teach_the_hours_of_the_day() -> None:
    days = np.tile(np.arange(24.0), 11)[:241]
    found = expect(days, np.arange(241) % WEEK, multiplied=False)
    assert found is not None
    assert (found.season.name, found.alike, found.values[-1]) == (" at this hour of the day", 10, 0.0)


def test_values_at_any_hour_have_no_season() -> None:
    rng = np.random.default_rng(1)
    values = np.full(FOUR_WEEKS + 1, np.nan)
    values[rng.choice(FOUR_WEEKS, 25, replace=False)] = 0.9
    values[-1] = 0.5
    found = expect(values, HOURS % WEEK, multiplied=False)
    assert found is not None
    assert (found.season.name, found.values[-1]) == ("", 0.9)
    assert found.alike == 25


def test_too_few_are_not_enough() -> None:
    values = np.full(FOUR_WEEKS + 1, np.nan)
    values[-100::24] = 1.0
    values[:4] = 1.0
    values[-1] = 1.0
    assert expect(values, HOURS % WEEK, multiplied=False) is None


def test_without_a_value_in_the_week_before_there_is_no_level() -> None:
    values = TRAFFIC.copy()
    values[-8 * 24 : -1] = np.nan
    for multiplied in (True, False):
        assert expect(values, HOURS % WEEK, multiplied=multiplied) is None


def test_growth_is_followed() -> None:
    growing = TRAFFIC * 1.05 ** (HOURS / WEEK)
    found = expect(growing, HOURS % WEEK, multiplied=True)
    assert found is not None
    assert found.values[-1] == pytest.approx(growing[-1], rel=0.04)
    assert found.values[-WEEK:] == pytest.approx(growing[-WEEK:], rel=0.08)


def test_what_began_today_is_not_followed_and_what_lasted_a_week_is() -> None:
    today, lasting = TRAFFIC.copy(), TRAFFIC.copy()
    today[-24:] *= 0.5
    lasting[-WEEK - 24 :] *= 0.5
    for values, level in ((today, 1.0), (lasting, 0.5)):
        found = expect(values, HOURS % WEEK, multiplied=True)
        assert found is not None
        assert found.values[-1] == pytest.approx(level * TRAFFIC[-1])


def test_hours_with_hardly_any_rows_tell_no_level() -> None:
    sparse = np.zeros(FOUR_WEEKS + 1)
    sparse[::5] = 1.0
    found = expect(sparse, HOURS % WEEK, multiplied=True)
    assert found is not None
    assert found.values[-1] == 0.0


def test_a_batch_once_a_day_is_expected_at_its_hour() -> None:
    batches = np.where(HOURS % 24 == 2, 10_000.0, 0.0)
    for last in (FOUR_WEEKS - 22, FOUR_WEEKS - 21):
        found = expect(batches[: last + 1], HOURS[: last + 1] % WEEK, multiplied=True)
        assert found is not None
        assert found.values[-1] == batches[last]


@given(st.floats(-1e3, 1e3), st.floats(0.1, 1e3), st.integers(0, 5))
def test_differences_move_and_stretch_with_the_values(shift: float, scale: float, seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, 1, FOUR_WEEKS + 1)
    plain = expect(values, HOURS % WEEK, multiplied=False)
    moved = expect(shift + scale * values, HOURS % WEEK, multiplied=False)
    assert plain is not None
    assert moved is not None
    assert moved.values == pytest.approx(shift + scale * plain.values, rel=1e-6, abs=1e-6, nan_ok=True)


@given(st.floats(0.5, 1e3), st.integers(0, 5))
def test_factors_stretch_with_the_values(scale: float, seed: int) -> None:
    values = np.random.default_rng(seed).normal(1000, 100, FOUR_WEEKS + 1)
    plain = expect(values, HOURS % WEEK, multiplied=True)
    moved = expect(scale * values, HOURS % WEEK, multiplied=True)
    assert plain is not None
    assert moved is not None
    assert moved.values == pytest.approx(scale * plain.values, nan_ok=True)


@given(st.integers(0, 20))
def test_the_order_of_like_hours_before_the_last_week_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, FOUR_WEEKS + 1)
    swapped = values.copy()
    hours = np.flatnonzero(rng.random(WEEK) < 0.5)
    swapped[hours], swapped[hours + WEEK] = values[hours + WEEK], values[hours]
    one, other = (expect(some, HOURS % WEEK, multiplied=False) for some in (values, swapped))
    assert one is not None
    assert other is not None
    assert other.values[-1] == one.values[-1]
