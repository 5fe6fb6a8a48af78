"""Windows of event time and the buckets that tile them, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TimeWindow:
    """The half-open span `[start, end)` of event time; both ends aware."""

    start: datetime
    end: datetime

    @property
    def width(self) -> timedelta:
        """How long the window is."""
        return self.end - self.start

    @property
    def middle(self) -> float:
        """The middle of the window, in seconds since 1970."""
        return (self.start.timestamp() + self.end.timestamp()) / 2

    def __contains__(self, moment: datetime) -> bool:
        """Tell whether `moment` lies in the window."""
        return self.start <= moment < self.end


def floor_to(moment: datetime, width: timedelta) -> datetime:
    """Return the start of the bucket of `width` that holds `moment`.

    Buckets are aligned to 1970-01-01 UTC, so a width that divides a day tiles each UTC day.

    Examples
    --------
    >>> floor_to(datetime(2026, 3, 1, 12, 47, tzinfo=UTC), timedelta(hours=1)).isoformat()
    '2026-03-01T12:00:00+00:00'
    """
    return moment - (moment - EPOCH) % width


def closed_window(now: datetime, *, width: timedelta, bucket: timedelta) -> TimeWindow:
    """Return the window of `width` that ends with the last bucket closed at `now`.

    Examples
    --------
    >>> now = datetime(2026, 3, 1, 12, 47, tzinfo=UTC)
    >>> window = closed_window(now, width=timedelta(hours=2), bucket=timedelta(hours=1))
    >>> window.start.hour, window.end.hour
    (10, 12)
    """
    end = floor_to(now, bucket)
    return TimeWindow(start=end - width, end=end)
