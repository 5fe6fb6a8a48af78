"""What two moments must share to be of one season."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from driftgauge.model.window import TimeWindow, floor_to

QUARTER = timedelta(minutes=15)  # time zones differ by quarters of an hour


class SameSeason(StrEnum):
    """What moments of one season share, by the same clock."""

    HOUR = "hour"
    WEEKDAY = "weekday"
    HOUR_OF_WEEK = "hour_of_week"
    MONTH = "month"

    def of(self, moment: datetime) -> int:
        """Return the season that a moment is of, by its own time zone."""
        if self is SameSeason.HOUR:
            return moment.hour
        if self is SameSeason.WEEKDAY:
            return moment.weekday()
        if self is SameSeason.HOUR_OF_WEEK:
            return 24 * moment.weekday() + moment.hour
        return moment.month

    def touched(self, window: TimeWindow, zone: tzinfo = UTC) -> frozenset[int]:
        """Return the seasons that a window touches, by the clocks of `zone`.

        Examples
        --------
        >>> noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
        >>> sorted(SameSeason.HOUR.touched(TimeWindow(start=noon, end=noon + timedelta(hours=3))))
        [12, 13, 14]
        """
        first = floor_to(window.start, QUARTER)
        quarters = -((first - window.end) // QUARTER)
        return frozenset(self.of((first + place * QUARTER).astimezone(zone)) for place in range(quarters))
