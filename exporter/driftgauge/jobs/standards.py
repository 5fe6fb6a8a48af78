"""What each model's windows are held against, learned once for as long as it holds."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import timedelta

from driftgauge.drift.comparison import Comparison, covers_half
from driftgauge.drift.policy import Learned, Policy
from driftgauge.model.identity import ModelKey
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import TimeWindow


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standard:
    """What was learned, and whether from the days before the window instead of the frozen reference."""

    learned: Learned
    rolled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Whose standard it is: of one model where it has days of its own, else of all that the reference serves.

    `key` is None for the latter, and `segment` is of either.
    """

    reference_id: int | None
    key: ModelKey | None
    segment: str
    width: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selection:
    """Which rows a standard was learned from."""

    history: TimeWindow | None
    seasons: frozenset[int] | None


class Standards:
    """Learns what windows are compared with; of each reference, model and width only the latest is kept."""

    def __init__(self, policy: Policy) -> None:
        """Take what learns."""
        self._policy = policy
        self._known: dict[_Place, tuple[_Selection, Standard]] = {}

    def of(
        self,
        key: ModelKey,
        window: TimeWindow,
        comparison: Comparison,
        *,
        reference_id: int | None,
        frozen: Callable[[], ProfileSeries],
        history: Callable[[TimeWindow], ProfileSeries],
    ) -> Standard:
        """Return what `window` of a model is held against.

        `frozen` reads the reference's own buckets, `history` the model's in a span. While less than half of the days of
        a rolling reference have rows in buckets that were not merged into days, the frozen one serves.
        """
        days = comparison.history(window)
        place = _Place(reference_id=reference_id, key=key if days else None, segment=key.segment, width=window.width)
        selection = _Selection(history=days, seasons=comparison.seasons(window))
        known = self._known.get(place)
        if known is not None and known[0] == selection:
            return known[1]
        series = None if days is None else history(days).finest()
        rolled = (
            series is not None
            and days is not None
            and covers_half(series, days)
            and (series.bucket or window.width) <= window.width
        )
        if series is None or not rolled:
            series = frozen()
        learned = self._policy.learn(comparison.in_season(series, window), window.width)
        standard = Standard(learned=learned, rolled=rolled)
        if rolled or days is None:  # else there may be more days at the next judgement
            self._known[place] = selection, standard
        return standard

    def keep(self, ids: Container[int | None]) -> None:
        """Forget what was learned of all references but these."""
        self._known = {place: known for place, known in self._known.items() if place.reference_id in ids}
