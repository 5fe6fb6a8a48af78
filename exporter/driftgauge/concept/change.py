"""What a detector finds: a place in the stream from which on the values are others, and which way they went."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How sure a detector is: a warning is told where its zone is entered, a drift where it is certain enough."""

    WARNING = "warning"
    DRIFT = "drift"


class Direction(StrEnum):
    """Which way the values went; of errors and losses, up is worse."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A warning or a drift.

    `index` is the place, in the array that was given, of the value at which it was told. `statistic` and `threshold`
    are in the detector's own unit (`DetectorKind.unit`): from the threshold on it is a drift, and a warning tells how
    far it is from one. The means are those of the values before and after, None where the detector keeps none.
    """

    index: int
    level: Level
    direction: Direction
    statistic: float
    threshold: float
    reference_mean: float | None = None
    current_mean: float | None = None

    @property
    def score(self) -> float:
        """How much of the threshold was reached."""
        return self.statistic / self.threshold
