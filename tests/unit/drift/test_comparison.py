from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from driftgauge.drift.comparison import Comparison, covers_half
from driftgauge.model.profile import ModelProfile
from driftgauge.model.same_season import SameSeason
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import batch_of
from fixtures.series import in_a_row

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
WEEKDAYS = 7


def hourly(days: int) -> ProfileSeries:
    """Return a series in which each hour has one row, whose value is the hour's number."""
    values = [{"x": np.array([float(place)])} for place in range(24 * days)]
    layout = fit_layout([batch_of(columns) for columns in values])
    return in_a_row([profile_batch(layout, batch_of(columns)) for columns in values], start=START, width=HOUR)


def numbers(series: ProfileSeries) -> list[float]:
    return [profile.feature("x").minimum for profile in series.profiles]  # type: ignore[union-attr] - it is numeric


def window(day: int, hour: int, width: timedelta = HOUR) -> TimeWindow:
    start = START + day * DAY + hour * HOUR
    return TimeWindow(start=start, end=start + width)


def test_without_a_choice_the_frozen_reference_is_taken_whole() -> None:
    series = hourly(2)
    assert Comparison().history(window(9, 5)) is None
    assert Comparison().keep_from(window(9, 5)) == window(9, 5).start
    assert Comparison().in_season(series, window(9, 5)) is series


def test_a_rolling_reference_ends_with_the_day_before_the_window_s_first() -> None:
    comparison = Comparison(rolling=7 * DAY)
    last = TimeWindow(start=START + 2 * DAY, end=START + 9 * DAY)
    for hour, width in ((0, HOUR), (23, HOUR), (23, DAY)):
        assert comparison.history(window(9, hour, width)) == last
        assert comparison.keep_from(window(9, hour, width)) == last.start


def test_seasons_matter_only_where_one_is_chosen() -> None:
    assert Comparison().seasons(window(9, 5)) is None
    assert Comparison(season=SameSeason.HOUR).seasons(window(9, 5)) == {5}


@pytest.mark.parametrize(
    ("season", "expected"),
    [
        (SameSeason.HOUR, [24 * day + 5 for day in range(14)]),
        (SameSeason.WEEKDAY, [*range(48, 72), *range(216, 240)]),
        (SameSeason.HOUR_OF_WEEK, [53, 221]),
        (SameSeason.MONTH, list(range(24 * 14))),
    ],
)
def test_of_a_season_only_its_buckets_are_kept(season: SameSeason, expected: list[int]) -> None:
    kept = Comparison(season=season).in_season(hourly(14), window(2 + 2 * WEEKDAYS, 5))
    assert numbers(kept) == expected
    assert kept.windows is not None
    assert [(bucket.start - START) // HOUR for bucket in kept.windows] == expected
    assert kept.total.rows == len(expected)


def test_a_longer_window_has_all_its_hours() -> None:
    kept = Comparison(season=SameSeason.HOUR).in_season(hourly(2), window(9, 22, 4 * HOUR))
    assert numbers(kept) == [0, 1, 22, 23, 24, 25, 46, 47]


def test_where_the_season_has_no_bucket_the_whole_reference_serves() -> None:
    series = hourly(2)
    assert Comparison(season=SameSeason.WEEKDAY).in_season(series, window(4, 5)) is series
    days = ProfileSeries(
        layout=series.layout,
        windows=(TimeWindow(start=START, end=START + DAY),),
        profiles=[ModelProfile.merged(series.layout, series.profiles[:24])],
    )
    assert Comparison(season=SameSeason.HOUR).in_season(days, window(4, 5)) is days, "a day holds other hours as well"
    untimed = ProfileSeries.untimed(series.total)
    assert Comparison(season=SameSeason.HOUR).in_season(untimed, window(4, 5)) is untimed


def test_the_finest_buckets_are_those_of_the_shortest_width() -> None:
    series = hourly(2)
    day = TimeWindow(start=START - DAY, end=START)
    mixed = ProfileSeries(
        layout=series.layout,
        windows=(day, *(series.windows or ())),
        profiles=[series.profiles[0], *series.profiles],
    )
    assert numbers(mixed.finest()) == numbers(series)
    assert mixed.bucket is None
    assert mixed.finest().bucket == HOUR


def test_half_of_the_days_need_rows() -> None:
    span = TimeWindow(start=START, end=START + 4 * DAY)
    assert covers_half(hourly(2), span)
    assert not covers_half(hourly(1), span)
    assert not covers_half(hourly(2).at_places([]), span)
