"""Calendars: which hour a moment falls into."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.drift.seasons import DAY, HOUR, NONE, OF_DAYS, WEEK, WEEK_OF_DAYS, WITHIN_A_DAY, Season

SEASONS = {season.name: season for season in (*WITHIN_A_DAY, *OF_DAYS)}
every_season = pytest.mark.parametrize("season", SEASONS.values(), ids=SEASONS)
HOUR_OF_DAY, HOUR_AND_DAY, HOUR_OF_WEEK = WITHIN_A_DAY[1:]
moments = st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def columns(season: Season, *moments: datetime) -> list[list[float]]:
    return season.columns(np.array([moment.timestamp() for moment in moments])).tolist()


@every_season
@pytest.mark.parametrize("count", [0, 1, 7])
def test_there_is_a_row_a_time_and_a_column_a_parameter(season: Season, count: int) -> None:
    assert season.columns(np.arange(float(count)) * HOUR).shape == (count, season.parameters)


def test_parameters_grow_with_the_season() -> None:
    assert [season.parameters for season in WITHIN_A_DAY] == [1, 24, 30, 168]
    assert [season.parameters for season in OF_DAYS] == [1, 7]


@pytest.mark.parametrize("seasons", [WITHIN_A_DAY, OF_DAYS])
def test_the_simplest_season_is_none_and_each_next_needs_no_fewer_days(seasons: tuple[Season, ...]) -> None:
    assert seasons[0] is NONE
    assert seasons[0].least_days == 0
    needed = [season.least_days for season in seasons]
    assert needed == sorted(needed)


@every_season
def test_days_enough_tell_all_parameters_apart(season: Season) -> None:
    hours = np.arange(0, max(season.least_days, 1) * 24) * HOUR + HOUR / 2
    assert np.linalg.matrix_rank(season.columns(hours)) == season.parameters


@given(moments)
def test_the_hour_of_the_day_is_that_of_the_clock(moment: datetime) -> None:
    (row,) = columns(HOUR_OF_DAY, moment)
    assert sum(row) == 1
    assert row.index(1.0) == moment.hour


@given(moments)
def test_the_week_begins_on_monday(moment: datetime) -> None:
    (row,) = columns(HOUR_OF_WEEK, moment)
    assert sum(row) == 1
    assert row.index(1.0) == 24 * moment.weekday() + moment.hour


def test_monday_midnight_is_the_first_hour_of_the_week() -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    before, at = columns(HOUR_OF_WEEK, monday - timedelta(seconds=1), monday)
    assert (before.index(1.0), at.index(1.0)) == (167, 0)


@given(moments)
def test_the_hour_with_the_day_holds_both_its_parts(moment: datetime) -> None:
    (row,), (hour,), (week,) = (columns(season, moment) for season in (HOUR_AND_DAY, HOUR_OF_DAY, WEEK_OF_DAYS))
    assert row == [*hour, *week[1:]]
    assert week[0] == 1.0


@every_season
@given(moments, st.integers(1, 500))
def test_a_week_later_all_is_the_same(season: Season, moment: datetime, weeks: int) -> None:
    at = np.array([moment.timestamp(), moment.timestamp() + weeks * WEEK])
    now, later = season.columns(at)
    assert later == pytest.approx(now, abs=1e-6)


@pytest.mark.parametrize("season", [WEEK_OF_DAYS, HOUR_AND_DAY, HOUR_OF_WEEK])
def test_days_of_the_week_differ(season: Season) -> None:
    week = season.columns(np.arange(7.0) * DAY + HOUR / 2)
    distances = np.linalg.norm(week[:, np.newaxis] - week, axis=2)
    assert distances[~np.eye(7, dtype=np.bool_)].min() > 0.5


def test_weekly_waves_average_to_nothing_over_a_week() -> None:
    waves = WEEK_OF_DAYS.columns(np.arange(168.0) * HOUR)[:, 1:]
    assert waves.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-12)
    assert waves.T @ waves / 168 == pytest.approx(np.eye(6) / 2, abs=1e-12)
