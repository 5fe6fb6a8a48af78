"""What is remembered of a metric, hour by hour, so that only new hours need to be read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.anomaly.expectation import HOURS_A_DAY
from driftgauge.anomaly.judging import HISTORY_DAYS, MetricHistory
from driftgauge.model.bins import FloatArray, IntArray

HOURS: Final = HISTORY_DAYS * HOURS_A_DAY + 1
"""The hour to judge and those before."""

LONGEST_SILENCE: Final = 72
"""Hours without predictions that are zeros; a longer silence is a gap, of which nothing is learned."""

ROUNDING: Final = 1e-9
"""The part by which a sum may differ that was added up in another order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourFigure:
    """A metric in one hour, counted from 1970 on, as a summary of so many rows, with its standard error by those."""

    hour: int
    value: float
    rows: int
    error: float = 0.0


@dataclass(slots=True, kw_only=True)
class MetricHours:
    """The hours of a metric before `end`; NaN where there is none."""

    end: int
    values: FloatArray
    rows: FloatArray
    errors: FloatArray

    @classmethod
    def empty(cls, end: int) -> MetricHours:
        """Return hours of which nothing is known."""
        size = HOURS + HOURS_A_DAY
        return cls(end=end, values=np.full(size, np.nan), rows=np.zeros(size), errors=np.zeros(size))

    def later(self, end: int) -> MetricHours:
        """Return a copy that ends later: the oldest hours go, and of the new ones nothing is known.

        Examples
        --------
        >>> hours = MetricHours.empty(100)
        >>> hours.put([HourFigure(hour=99, value=0.5, rows=3)])
        [99]
        >>> hours.later(101).values[-2:].tolist()
        [0.5, nan]
        """
        moved, kept = MetricHours.empty(end), max(self.values.size - (end - self.end), 0)
        if kept:
            moved.values[:kept], moved.rows[:kept] = self.values[-kept:], self.rows[-kept:]
            moved.errors[:kept] = self.errors[-kept:]
        return moved

    def put(self, figures: Iterable[HourFigure]) -> list[int]:
        """Take what hours are, and return those that were not known to be so; hours out of sight are left out."""
        changed: list[int] = []
        for figure in figures:
            place = self.values.size - (self.end - figure.hour)
            if not 0 <= place < self.values.size:
                continue
            same = self.rows[place] == figure.rows and math.isclose(self.values[place], figure.value, rel_tol=ROUNDING)
            self.values[place], self.rows[place], self.errors[place] = figure.value, figure.rows, figure.error
            if not same:
                changed.append(figure.hour)
        return changed

    def up_to(self, hour: int, metric: str, hours_of_week: IntArray, *, counts: bool) -> MetricHistory | None:
        """Return the history of a metric up to and with an hour; None if there is no value in it.

        `hours_of_week` are those of all hours that are remembered. Of `counts`, an hour without rows is a 0.
        """
        values = silences_filled(self.values) if counts else self.values
        last = values.size - (self.end - hour)
        first = max(last + 1 - HOURS, 0)
        if np.isnan(values[last]):
            return None
        window = slice(first, last + 1)
        return MetricHistory(
            metric=metric,
            values=values[window],
            rows=self.rows[window],
            hours_of_week=hours_of_week[window],
            error=float(self.errors[last]),
        )


def silences_filled(counts: FloatArray) -> FloatArray:
    """Return counts with 0 for the hours in which there were none, but for those of a long silence.

    The first hour is left out, because it may be a part of one only.

    Examples
    --------
    >>> silences_filled(np.array([np.nan, 4.0, 7.0, np.nan, 9.0])).tolist()
    [nan, nan, 7.0, 0.0, 9.0]
    """
    known = np.flatnonzero(~np.isnan(counts))
    filled = np.full(counts.size, np.nan)
    if not known.size:
        return filled
    ends = np.append(known[1:], counts.size)
    for start, end in zip(known.tolist(), ends.tolist(), strict=True):
        if end - start - 1 <= LONGEST_SILENCE:
            filled[start + 1 : end] = 0.0
    filled[known[1:]] = counts[known[1:]]
    return filled
