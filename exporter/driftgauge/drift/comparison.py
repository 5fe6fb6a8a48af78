"""Which rows a window is compared with: those that the bins were frozen from, the days before it, the same season."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.model.same_season import SameSeason
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import TimeWindow, floor_to

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What to compare a window with.

    `rolling` takes the whole days of that span before the window's first day instead of the frozen reference; `season`
    keeps, of either, the buckets of the window's own season.
    """

    rolling: timedelta | None = None
    season: SameSeason | None = None

    def history(self, window: TimeWindow) -> TimeWindow | None:
        """Return the days that `window` is compared with; None for the frozen reference.

        Examples
        --------
        >>> from datetime import UTC, datetime
        >>> noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
        >>> days = Comparison(rolling=timedelta(days=28)).history(TimeWindow(start=noon, end=noon + timedelta(hours=1)))
        >>> days.start.isoformat(), days.end.isoformat()
        ('2026-03-01T00:00:00+00:00', '2026-03-29T00:00:00+00:00')
        """
        if self.rolling is None:
            return None
        end = floor_to(window.start, DAY)
        return TimeWindow(start=end - self.rolling, end=end)

    def keep_from(self, window: TimeWindow) -> datetime:
        """Return from when on buckets are needed to judge `window`."""
        days = self.history(window)
        return window.start if days is None else days.start

    def in_season(self, series: ProfileSeries, window: TimeWindow) -> ProfileSeries:
        """Return the buckets that lie in seasons of the window; all, if there are none such or nobody knows."""
        if self.season is None or series.windows is None:
            return series
        wanted = self.season.touched(window)
        kept = [place for place, bucket in enumerate(series.windows) if self.season.touched(bucket) <= wanted]
        return series.at_places(kept) if kept else series


def covers_half(series: ProfileSeries, span: TimeWindow) -> bool:
    """Tell whether at least half of the days of `span` have rows in `series`."""
    days = {floor_to(bucket.start, DAY) for bucket in series.windows or ()}
    return 2 * len(days) * DAY >= span.width
