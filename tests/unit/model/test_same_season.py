from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from driftgauge.model.same_season import SameSeason
from driftgauge.model.window import TimeWindow

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SUNDAY_EVENING = datetime(2026, 5, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("season", "hours", "touched"),
    [
        (SameSeason.HOUR, 4, {22, 23, 0, 1}),
        (SameSeason.WEEKDAY, 2, {6}),
        (SameSeason.WEEKDAY, 4, {6, 0}),
        (SameSeason.HOUR_OF_WEEK, 3, {6 * 24 + 22, 6 * 24 + 23, 0}),
        (SameSeason.MONTH, 2, {5}),
        (SameSeason.MONTH, 3, {5, 6}),
    ],
)
def test_a_window_touches_the_seasons_that_its_hours_are_of(season: SameSeason, hours: int, touched: set[int]) -> None:
    assert season.touched(TimeWindow(start=SUNDAY_EVENING, end=SUNDAY_EVENING + hours * HOUR)) == touched


def test_part_of_an_hour_touches_it() -> None:
    minute = timedelta(minutes=1)
    window = TimeWindow(start=SUNDAY_EVENING + 59 * minute, end=SUNDAY_EVENING + 61 * minute)
    assert SameSeason.HOUR.touched(window) == {22, 23}
    assert SameSeason.HOUR.touched(TimeWindow(start=window.start, end=window.start + minute)) == {22}


def test_time_zones_of_half_hours_have_their_own_hours() -> None:
    midnight = datetime(2026, 5, 30, 18, 30, tzinfo=UTC)  # in Kolkata
    window = TimeWindow(start=midnight, end=midnight + timedelta(minutes=30))
    assert SameSeason.HOUR.touched(window, ZoneInfo("Asia/Kolkata")) == {0}
    assert SameSeason.WEEKDAY.touched(window, ZoneInfo("Asia/Kolkata")) == {6}
