"""Count false alarms in months of streams in which nothing drifts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

import numpy as np

from alert_quality.features import features_of
from alert_quality.judging import HOUR, Flags, Judge, default_options
from alert_quality.simulation import Hours, freeze, profiles_of
from alert_quality.streams import DAY, Stream, levels_of
from alert_quality.tally import FalseAlarms, poisson_interval
from driftgauge.model.profile import ModelProfile

MONTH: Final = 30 * DAY
SHORT, LONG = 10, 28 * DAY  # hours of a reference
SEED: Final = 20260105
SEGMENTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """One stationary setting, and how many months of it are judged."""

    stream: Stream
    rows: int
    features: int
    reference_hours: int
    months: int
    segments: int = 0

    @property
    def reference(self) -> str:
        """How long the reference is, in words."""
        hours = self.reference_hours
        return f"{hours} h" if hours < DAY else f"{hours // DAY} d"

    def __str__(self) -> str:
        """Return the setting in one line."""
        parts = f" in {self.segments} segments" if self.segments else ""
        return (
            f"{self.stream}, {self.rows:,} rows an hour{parts}, {self.features} features, reference of {self.reference}"
        )

    def seed(self, month: int) -> list[int]:
        """Return where chance starts in one month, the same in every run and whatever else is run."""
        name = f"{self.stream} {self.rows} {self.features} {self.reference_hours}"
        name += f" {self.segments}" if self.segments else ""
        return [SEED, zlib.crc32(name.encode()), month]


def _cells(features: int, months: tuple[int, int], *, rows: tuple[int, ...], references: tuple[int, ...]) -> list[Cell]:
    """Return the cells of all streams, with so many months of independent and of other hours."""
    return [
        Cell(stream=stream, rows=n, features=features, reference_hours=hours, months=months[stream is not Stream.IID])
        for n, hours, stream in product(rows, references, Stream)
    ]


def full_grid(months: int) -> list[Cell]:
    """Return every size and reference with some and few features, the long one with many, and one with segments."""
    return [
        *(
            cell
            for count in (25, 5)
            for cell in _cells(count, (months, months), rows=(500, 50, 5_000, 100_000), references=(LONG, SHORT))
        ),
        *_cells(200, (months, months), rows=(500, 50, 5_000, 100_000), references=(LONG,)),
        *(replace(cell, segments=SEGMENTS) for cell in _cells(25, (months, months), rows=(500,), references=(LONG,))),
    ]


def short_grid(months: int) -> list[Cell]:
    """Return what fits in some minutes: few features for most sizes, fewer months where one costs more."""
    third, sixth, least = (-(-months // part) for part in (3, 6, 30))
    return [
        *_cells(25, (months, third), rows=(500,), references=(LONG, SHORT)),
        *_cells(5, (months, months), rows=(500,), references=(LONG, SHORT)),
        *_cells(5, (months, third), rows=(50, 5_000, 100_000), references=(LONG,)),
        *_cells(200, (sixth, least), rows=(500,), references=(LONG,)),
    ]


def named(cells: Sequence[Cell], parts: Sequence[str] | None) -> list[Cell]:
    """Return the cells whose name has one of some parts in it; all where there are none.

    Examples
    --------
    >>> [str(cell) for cell in named(full_grid(1), ["AR(1), 50 rows an hour, 25 features, reference of 28 d"])]
    ['AR(1), 50 rows an hour, 25 features, reference of 28 d']
    """
    return [cell for cell in cells if not parts or any(part in str(cell) for part in parts)]


def judge_month(cell: Cell, month: int, judgements: int = MONTH) -> Flags:
    """Simulate one reference and the month after it; return whether each of its judgements alarmed.

    With segments, whether all rows or any segment did; rows of an hour are spread evenly over them.
    """
    rng = np.random.default_rng(cell.seed(month))
    features, options = features_of(cell.features), default_options()
    width = options.window // HOUR
    levels = levels_of(cell.stream, cell.reference_hours + width - 1 + judgements, cell.features, rng)
    hours = Hours(features=features, rows=cell.rows // max(cell.segments, 1), levels=levels)
    before, after = hours.part(slice(cell.reference_hours)), hours.part(slice(cell.reference_hours, None))
    layout, reference = freeze(before, rng)
    if not cell.segments:
        return Judge.of(reference, options).alarms(profiles_of(layout, after, rng))
    references = [reference, *(list(profiles_of(layout, before, rng)) for _ in range(1, cell.segments))]
    months = [list(profiles_of(layout, after, rng)) for _ in range(cell.segments)]
    found = Judge.of(_whole(references), options.of_part("", cell.segments)).alarms(_whole(months))
    for number, (known, profiles) in enumerate(zip(references, months, strict=True)):
        found |= Judge.of(known, options.of_part(str(number), cell.segments)).alarms(profiles)
    return found


def _whole(parts: Sequence[Sequence[ModelProfile]]) -> list[ModelProfile]:
    """Return the sum of the parts, hour by hour."""
    return [ModelProfile.merged(hours[0].layout, hours) for hours in zip(*parts, strict=True)]


def row(cell: Cell, found: FalseAlarms) -> dict[str, Any]:
    """Return one line of the table."""
    return {
        "stream": cell.stream.value,
        "rows/h": f"{cell.rows:,}" + (f" in {cell.segments}" if cell.segments else ""),
        "features": cell.features,
        "reference": cell.reference,
        "months": found.months,
        **_a_month("alarms", found.alarms, found.months),
        **_a_month("episodes", found.episodes, found.months),
        "months > 1": f"{found.months_above_one / found.months:.2f}",
    }


def always_fire() -> dict[str, Any]:
    """Return the line of a policy that alarms whatever it sees."""
    cell = Cell(stream=Stream.IID, rows=0, features=0, reference_hours=0, months=1)
    line = row(cell, FalseAlarms.of([np.ones(MONTH, dtype=np.bool_)]))
    blank = dict.fromkeys(("rows/h", "features", "reference", "months", "alarms 95 %", "episodes 95 %"))
    return {**line, "stream": "always fire", **blank}


def _a_month(name: str, events: int, months: int) -> dict[str, str]:
    low, high = poisson_interval(events)
    return {name: short(events / months), f"{name} 95 %": f"{short(low / months)}–{short(high / months)}"}


def short(value: float) -> str:
    """Return a rate with as many digits as can be read.

    Examples
    --------
    >>> short(0.0), short(0.123), short(456.7)
    ('0', '0.12', '457')
    """
    return f"{value:.0f}" if value >= 100 or not value else f"{value:.2f}"  # noqa: PLR2004 - digits
