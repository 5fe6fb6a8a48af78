"""How much is measured: the sizes, and how often each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

MILLION: Final = 1_000_000
HUNDRED_THOUSAND: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes, in rising order, and rounds, after one of each that is not counted.

    Windows are in hours; the longest, and `days` where others are judged, are whole days of reference.
    """

    rows: tuple[int, ...] = (1_000, 10_000, HUNDRED_THOUSAND, MILLION)
    features: tuple[int, ...] = (1, 5, 25, 100)
    models: tuple[int, ...] = (1, 10, 100)
    windows: tuple[int, ...] = (1, 24, 7 * 24, 30 * 24)
    rows_of_features: int = 20_000
    days: int = 7
    rounds: int = 5
    rounds_of_one: int = 15
    """Judgements of one model, which take milliseconds."""

    def rounds_of(self, rows: int) -> int:
        """Return how many rounds count of so many rows; a million is measured once."""
        return self.rounds if rows < HUNDRED_THOUSAND else 3 if rows < MILLION else 1


def plan_of(rows: int) -> Plan:
    """Return the whole plan for a million rows, and a quick look, of the same parts, for fewer."""
    whole = Plan()
    if rows >= MILLION:
        return whole
    sizes = tuple(size for size in whole.rows if size <= rows)
    return replace(
        whole,
        rows=sizes if len(sizes) > 1 else (max(rows // 10, 1), rows),
        models=(1, 5),
        windows=(1, 24, 3 * 24),
        rows_of_features=min(rows, 4_000),
        days=2,
    )
