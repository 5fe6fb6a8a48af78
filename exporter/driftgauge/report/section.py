"""What a section of a report is: a sentence, and the tables and plots behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from driftgauge.report.figures import Plot

Row = TypeVar("Row")
PROSE: Final = frozenset({"why", "why not", "message", "found"})
ROWS: Final = 100
"""As many rows has a table; the rest is counted."""


class Tone(StrEnum):
    """Whether somebody should look."""

    GOOD = "good"
    ATTENTION = "attention"
    UNKNOWN = "unknown"


TONES: Final[Mapping[str, Tone]] = {
    "stable": Tone.GOOD,
    "improved": Tone.GOOD,
    "sound": Tone.GOOD,
    "normal": Tone.GOOD,
    "drifted": Tone.ATTENTION,
    "degraded": Tone.ATTENTION,
    "faulty": Tone.ATTENTION,
    "anomalous": Tone.ATTENTION,
    "critical": Tone.ATTENTION,
    "high": Tone.ATTENTION,
    "warning": Tone.ATTENTION,
}
"""Of verdicts and severities; of any other nobody can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A verdict in a table, told by a sign beside its colour."""

    text: str
    tone: Tone


Cell = str | Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading; whether numbers stand below it, or sentences, which are shown whole."""

    heading: str
    numeric: bool = False
    prose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells under columns; `left_out` counts those that are not here, and `folded` opens when asked."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One subject; `conclusion` is a sentence, and `headline` whether the summary may quote it.

    Without a `tone` it judges nothing.
    """

    key: str
    title: str
    conclusion: str
    tone: Tone | None
    headline: bool = True
    notes: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    tables: tuple[Table, ...] = ()


def table_of(
    rows: Sequence[Row],
    caption: str,
    columns: Mapping[str, Callable[[Row], Cell]],
    *,
    numbers: frozenset[str] = frozenset(),
    folded: bool = False,
) -> tuple[Table, ...]:
    """Return a table of the first hundred rows, columns by heading, without those that are empty; none without rows."""
    if not rows:
        return ()
    cells = {heading: [cell(row) for row in rows[:ROWS]] for heading, cell in columns.items()}
    shown = [heading for heading, column in cells.items() if any(column)]
    return (
        Table(
            caption=caption,
            columns=tuple(
                Column(heading=heading, numeric=heading in numbers, prose=heading in PROSE) for heading in shown
            ),
            rows=tuple(zip(*(cells[heading] for heading in shown), strict=True)),
            left_out=max(len(rows) - ROWS, 0),
            folded=folded,
        ),
    )


def badge(verdict: str) -> Badge:
    """Return a verdict as it is shown.

    Examples
    --------
    >>> badge("insufficient_data")
    Badge(text='insufficient data', tone=<Tone.UNKNOWN: 'unknown'>)
    """
    return Badge(text=verdict.replace("_", " "), tone=TONES.get(verdict, Tone.UNKNOWN))
