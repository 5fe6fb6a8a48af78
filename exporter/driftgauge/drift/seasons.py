"""Calendars that a statistic may follow: none, the hour of the day, that with a weekly wave, the hour of the week."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray

HOUR: Final = 3_600.0
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
MONDAY: Final = 4 * DAY  # the first of 1970 was a Thursday


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A calendar: `columns` turns local seconds since 1970 (shape (n,)) into regressors (shape (n, p)).

    It can be learned from a reference of `least_days` days at least, which holds each of its times twice or more.
    """

    name: str
    least_days: float
    columns: Callable[[FloatArray], FloatArray]

    @property
    def parameters(self) -> int:
        """How many columns there are."""
        return self.columns(np.zeros(1)).shape[1]


def local_seconds(times: FloatArray, zone: tzinfo) -> FloatArray:
    """Return what clocks in a time zone show at times in seconds since 1970, as seconds since 1970.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> local_seconds(np.array([1_772_366_400.0]), ZoneInfo("America/New_York")).tolist()  # noon, UTC
    [1772348400.0]
    """
    if zone is UTC:
        return times
    offsets = [datetime.fromtimestamp(time, zone).utcoffset() or timedelta() for time in times.tolist()]
    return times + np.array([offset.total_seconds() for offset in offsets])


def _one(times: FloatArray) -> FloatArray:
    return np.ones((len(times), 1))


def _hours_of_day(times: FloatArray) -> FloatArray:
    return _indicators(times % DAY // HOUR, 24)


def _hours_of_week(times: FloatArray) -> FloatArray:
    return _indicators((times - MONDAY) % WEEK // HOUR, 168)


def _weekly_waves(times: FloatArray) -> FloatArray:
    angle = 2 * np.pi * ((times - MONDAY) % WEEK / WEEK)
    return np.stack([wave(k * angle) for k in (1, 2, 3) for wave in (np.sin, np.cos)], axis=1)


def _indicators(place: FloatArray, count: int) -> FloatArray:
    return (place[:, np.newaxis] == np.arange(count)).astype(np.float64)


NONE: Final = Season(name="no season", least_days=0, columns=_one)
WEEK_OF_DAYS: Final = Season(
    name="the day of the week",
    least_days=14,
    columns=lambda times: np.hstack([_one(times), _weekly_waves(times)]),
)
WITHIN_A_DAY: Final = (
    NONE,
    Season(name="the hour of the day", least_days=3, columns=_hours_of_day),
    Season(
        name="the hour of the day and the day of the week",
        least_days=14,
        columns=lambda times: np.hstack([_hours_of_day(times), _weekly_waves(times)]),
    ),
    Season(name="the hour of the week", least_days=21, columns=_hours_of_week),
)
"""For windows that are parts of a day, the simplest first."""
OF_DAYS: Final = (NONE, WEEK_OF_DAYS)
"""For windows of a day or more, which hold all hours alike."""
