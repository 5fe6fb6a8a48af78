"""How much is measured: sizes, rounds and calls, for half a minute or for a few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from driftgauge.errors import BadInput

SMALLEST_SIZE: Final = 100
LARGEST_SIZE: Final = 10_000_000
MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured how often, after a round of each that is not counted.

    `sizes` are rows to roll up. One model has `history_hours` of `rows_an_hour`, to be judged in windows of an hour, a
    day and all but a reference; up to `models` others have `others_hours` of fewer rows, and are judged by the day.
    """

    sizes: tuple[int, ...] = (100, 1_000, 10_000, 100_000)
    rounds: int = 7
    calls: int = 10_000
    calls_by_hand: int = 300
    stream_rows: int = 40_000
    predictions: int = 500
    batches: int = 10
    epochs: int = 20
    prediction_milliseconds: float = 1.0
    batch_milliseconds: float = 100.0
    history_hours: int = 31 * 24
    rows_an_hour: int = 250
    others_hours: int = 8 * 24
    models: tuple[int, ...] = (1, 5, 10)
    series: tuple[int, ...] = (1_000, 10_000, 100_000)
    questions: int = 50
    may_grow: bool = False

    def rounds_of(self, rows: int) -> int:
        """Return how many rounds so many rows are measured in: large ones speak for themselves."""
        return self.rounds if rows <= 10_000 else 3 if rows < MILLION else 1  # noqa: PLR2004 - where a round takes a second


DEFAULT: Final = Plan()
QUICK: Final = Plan(
    sizes=(100, 1_000, 10_000),
    rounds=3,
    calls=3_000,
    calls_by_hand=50,
    stream_rows=20_000,
    predictions=150,
    batches=3,
    epochs=3,
    history_hours=8 * 24,
    others_hours=4 * 24,
    models=(1, 2),
    series=(1_000, 10_000),
    questions=10,
)


def choose_plan(
    *, quick: bool, sizes: Sequence[int], prediction_milliseconds: float, batch_milliseconds: float, own_server: bool
) -> Plan:
    """Return what is measured; on a server of our own the default goes on to a million rows where there is time.

    Raises
    ------
    BadInput
        If a size is out of range.
    """
    for size in sizes:
        if not SMALLEST_SIZE <= size <= LARGEST_SIZE:
            raise BadInput(f"--sizes: {size:,} is out of range; choose from {SMALLEST_SIZE:,} to {LARGEST_SIZE:,} rows")
    plan = QUICK if quick else DEFAULT
    chosen = tuple(sorted(set(sizes))) or plan.sizes
    return replace(
        plan,
        sizes=chosen,
        prediction_milliseconds=prediction_milliseconds,
        batch_milliseconds=batch_milliseconds,
        may_grow=own_server and not quick and not sizes,
    )


def parse_sizes(text: str) -> tuple[int, ...]:
    """Return the sizes that somebody typed.

    Raises
    ------
    BadInput
        If one is no whole number.

    Examples
    --------
    >>> parse_sizes("100, 10_000,1e6")
    (100, 10000, 1000000)
    """
    sizes: list[int] = []
    for word in text.split(","):
        try:
            value = float(word.strip())
        except ValueError:
            value = 0.5
        if not value.is_integer():
            raise BadInput(
                f"--sizes: {word.strip()!r} is no whole number; write rows with commas between: 100,10000,1e6"
            )
        sizes.append(int(value))
    return tuple(sizes)
