"""What the plots of a report show, as plain values: `plots` draws them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LineStyle(StrEnum):
    """How a line is told from others, whatever its colour."""

    SOLID = "solid"
    DASHED = "dashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What every plot has: a title above it, what it shows in a sentence, and what else to know below it.

    `wide` ones take half a page, others a third.
    """

    title: str
    description: str
    note: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Histograms(Figure):
    """Two samples of a number: the share of each in the cells between `edges`, and in the open ones at both ends."""

    edges: tuple[float, ...]
    reference: tuple[float, ...]
    current: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars(Figure):
    """Two figures of each category, by default its share in two samples; `unit` is of the figures (% of shares)."""

    categories: tuple[str, ...]
    reference: tuple[float, ...]
    current: tuple[float, ...]
    unit: str = "%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Figures over time, None where there is none; `low` and `high`, if any, are where each should lie."""

    label: str
    times: tuple[datetime, ...]
    values: tuple[float | None, ...]
    style: LineStyle = LineStyle.SOLID
    accent: bool = False
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    faults: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """From where on a figure is a fault, over time."""

    label: str
    times: tuple[datetime, ...]
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverTime(Figure):
    """Lines over a span of time; `marks` are moments that stand out, and `unit` is of the values (% of shares)."""

    start: datetime
    end: datetime
    unit: str
    lines: tuple[Line, ...]
    limits: tuple[Limit, ...] = ()
    marks: tuple[datetime, ...] = ()
    mark_label: str = ""
    from_zero: bool = False
    to_one: bool = False
    steps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Figure):
    """Mean scores, and the shares that turned out positive."""

    scores: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Moments of one kind, or spans of time, those that still last to the end of the plot."""

    label: str
    moments: tuple[datetime, ...] = ()
    spans: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def count(self) -> int:
        """How many there are of either."""
        return len(self.moments) + len(self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(Figure):
    """When something happened, a lane a kind."""

    start: datetime
    end: datetime
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A cost at rising sizes, from `low` to `high` in its rounds; `fitted` is what a power says of both ends."""

    label: str
    sizes: tuple[float, ...]
    costs: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    fitted: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing(Figure):
    """How costs grow with a size; all figures are above 0."""

    size: str
    unit: str
    curves: tuple[Curve, ...]


Plot = Histograms | Bars | OverTime | Calibration | Timeline | Growing
