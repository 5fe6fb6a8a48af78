"""What two moments must share to be of one season."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from driftgauge.model.window import TimeWindow, floor_to

HOUR = timedelta(hours=1)


class SameSeason(StrEnum):
    """What moments of one season share, in UTC."""

    HOUR = "hour"
    WEEKDAY = "weekday"
    HOUR_OF_WEEK = "hour_of_week"
    MONTH = "month"

    def of(self, moment: datetime) -> int:
        """Return the season that a moment, in UTC, is of."""
        match self:
            case SameSeason.HOUR:
                return moment.hour
            case SameSeason.WEEKDAY:
                return moment.weekday()
            case SameSeason.HOUR_OF_WEEK:
                return 24 * moment.weekday() + moment.hour
            case SameSeason.MONTH:
                return moment.month

    def touched(self, window: TimeWindow) -> frozenset[int]:
        """Return the seasons that a window touches, hour by hour.

        Examples
        --------
        >>> from datetime import UTC
        >>> noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
        >>> sorted(SameSeason.HOUR.touched(TimeWindow(start=noon, end=noon + timedelta(hours=3))))
        [12, 13, 14]
        """
        first = floor_to(window.start, HOUR)
        return frozenset(self.of(first + hour * HOUR) for hour in range(-((first - window.end) // HOUR)))
