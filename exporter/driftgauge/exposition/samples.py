"""What jobs hand over for exposition: values of families in the inventory."""

from __future__ import annotations

from dataclasses import dataclass

LabelValues = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One series of a gauge or counter; `labels` are in the family's order."""

    family: str
    labels: LabelValues
    value: float


@dataclass(frozen=True, slots=True)
class HistogramSample:
    """One histogram: `counts[i]` values lay at or below `bounds[i]` and above the bound before; the last is +Inf.

    `counts` has one entry more than `bounds`.
    """

    family: str
    labels: LabelValues
    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


AnySample = Sample | HistogramSample
