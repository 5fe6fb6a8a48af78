"""The profiles of a span of time, bucket by bucket, and their sum."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from driftgauge.model.bins import BinLayout
from driftgauge.model.profile import ModelProfile
from driftgauge.model.window import TimeWindow


@dataclass(frozen=True, kw_only=True, eq=False)
class ProfileSeries:
    """The buckets that have rows, in order of time, and the profile of each; `profiles` may read them when asked.

    Rows without a time are one bucket, in `windows` None.
    """

    layout: BinLayout
    windows: tuple[TimeWindow, ...] | None
    profiles: Sequence[ModelProfile]

    @classmethod
    def untimed(cls, profile: ModelProfile) -> ProfileSeries:
        """Return the series of rows whose times nobody knows."""
        return cls(layout=profile.layout, windows=None, profiles=(profile,))

    @cached_property
    def total(self) -> ModelProfile:
        """The profile of all the rows."""
        return ModelProfile.merged(self.layout, self.profiles)

    @cached_property
    def bucket(self) -> timedelta | None:
        """How long each bucket is; None where they differ, or have no time."""
        widths = {window.width for window in self.windows or ()}
        return widths.pop() if len(widths) == 1 else None

    def at(self, window: TimeWindow) -> ModelProfile | None:
        """Return the profile of one bucket; None if it has no rows."""
        windows = self.windows or ()
        place = bisect_left(windows, window)
        return self.profiles[place] if windows[place : place + 1] == (window,) else None
