"""What advice is: what to do, and the figures that it is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from driftgauge.costs.figures import Figures, RollupCost, RowKind

BUSY: Final = 0.5
"""Of a capacity that was measured on a machine with nothing else to do, as much is taken for usable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A figure that advice is drawn from: where it stands in the JSON document (RFC 6901), and what it is."""

    pointer: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do, why, and the figures that it is drawn from."""

    rule: str
    text: str
    drawn: tuple[Drawn, ...]


def largest_of(figures: Figures, kind: RowKind, *, rows: int | None = None) -> tuple[int, RollupCost] | None:
    """Return the roll-up of most rows (or of just as many) of a kind, with its place."""
    found = [
        (place, cost) for place, cost in enumerate(figures.rollup) if cost.kind is kind and rows in (None, cost.rows)
    ]
    return max(found, key=lambda one: one[1].rows, default=None)
