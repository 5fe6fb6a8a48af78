"""All of a model's rows as the sum of its segments and the rest."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol, Self, TypeVar

from driftgauge.model.bins import BinLayout
from driftgauge.model.profile import ModelProfile


class _Divisible(Hashable, Protocol):
    @property
    def whole(self) -> Self: ...


Place = TypeVar("Place", bound=_Divisible)


class Part(NamedTuple):
    """A bucket of a reference, by its start, or what it has of one segment."""

    start: datetime
    segment: str = ""

    @property
    def whole(self) -> Part:
        """The bucket with all its rows."""
        return Part(self.start)


def with_wholes(layout: BinLayout, parts: Mapping[Place, ModelProfile]) -> dict[Place, ModelProfile]:
    """Return the parts, and in each whole's place the sum of its parts; there, `parts` has rows of no segment.

    Examples
    --------
    >>> from datetime import UTC
    >>> layout, noon = BinLayout(features={}), datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> empty = ModelProfile.empty(layout)
    >>> sorted(part.segment for part in with_wholes(layout, {Part(noon, "de"): empty, Part(noon, "fr"): empty}))
    ['', 'de', 'fr']
    """
    by_whole: dict[Place, list[ModelProfile]] = {}
    for place, profile in parts.items():
        by_whole.setdefault(place.whole, []).append(profile)
    wholes = {
        whole: of_whole[0] if len(of_whole) == 1 else ModelProfile.merged(layout, of_whole)
        for whole, of_whole in by_whole.items()
    }
    return {**parts, **wholes}
