"""The profiles of a span of time, bucket by bucket, and their sum."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import overload

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

    def finest(self) -> ProfileSeries:
        """Return the buckets of the shortest width that there is."""
        shortest = min((window.width for window in self.windows or ()), default=None)
        return self.at_places([place for place, window in enumerate(self.windows or ()) if window.width == shortest])

    def within(self, span: TimeWindow) -> ProfileSeries:
        """Return the buckets that begin in `span`."""
        return self.at_places([place for place, window in enumerate(self.windows or ()) if window.start in span])

    def at_places(self, places: Sequence[int]) -> ProfileSeries:
        """Return the series of some of the buckets, by their places in order."""
        windows = None if self.windows is None else tuple(self.windows[place] for place in places)
        return ProfileSeries(layout=self.layout, windows=windows, profiles=_Chosen(self.profiles, places))

    def at(self, window: TimeWindow) -> ModelProfile | None:
        """Return the profile of one bucket; None if it has no rows."""
        windows = self.windows or ()
        place = bisect_left(windows, window)
        return self.profiles[place] if windows[place : place + 1] == (window,) else None


class _Chosen(Sequence[ModelProfile]):
    """Some of a sequence's profiles, read when asked."""

    def __init__(self, profiles: Sequence[ModelProfile], places: Sequence[int]) -> None:
        self._profiles = profiles
        self._places = places

    @overload
    def __getitem__(self, place: int) -> ModelProfile: ...
    @overload
    def __getitem__(self, place: slice) -> _Chosen: ...
    def __getitem__(self, place: int | slice) -> ModelProfile | _Chosen:
        if isinstance(place, slice):
            return _Chosen(self._profiles, self._places[place])
        return self._profiles[self._places[place]]

    def __len__(self) -> int:
        return len(self._places)
