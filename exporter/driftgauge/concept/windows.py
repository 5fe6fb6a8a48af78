"""Compare the last days of a metric with those before, by the t test, once for each of its values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

import numpy as np
from scipy.special import stdtrit

from driftgauge.concept.change import Direction
from driftgauge.concept.t_test import Comparison, WindowMoments, t_test
from driftgauge.model.bins import FloatArray
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import EPOCH

MOST: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Values:
    """The values of a metric in the order of their times."""

    times: Sequence[datetime]
    values: FloatArray

    @classmethod
    def of(cls, pairs: Iterable[tuple[datetime, float]]) -> Self:
        """Return the values of pairs of time and value, in order."""
        given = sorted(pairs)
        return cls(times=[at for at, _ in given], values=np.array([value for _, value in given], dtype=np.float64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """How wide the two windows are: the current one ends in a value, and the reference window in its beginning."""

    current: timedelta
    reference: timedelta

    @property
    def both(self) -> timedelta:
        """The two together."""
        return self.current + self.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the test found in the windows up to the value of `end`; both are open where they begin.

    `score` is |t| by the critical value, at most `MOST`, so that above 1 it is a drift; None where there is no t.
    """

    reference_start: datetime
    border: datetime
    end: datetime
    reference_values: int
    current_values: int
    found: Comparison
    score: float | None

    @property
    def drifted(self) -> bool:
        """Whether the metric has drifted."""
        return self.found.verdict is Verdict.DRIFTED

    @property
    def direction(self) -> Direction | None:
        """Which way the metric went, if it has drifted."""
        if not self.drifted:
            return None
        return Direction.DOWN if self.found.difference > 0 else Direction.UP


def compare(
    values: Values, widths: Widths, *, since: datetime, alpha: float, every: timedelta = timedelta.resolution
) -> list[Compared]:
    """Compare the windows up to the moments with values after `since`, the oldest first.

    Parameters
    ----------
    values : Values
        All that both windows may hold; finite.
    widths : Widths
        Of the windows.
    since : datetime
        Moments up to it are not looked at.
    alpha : float
        In (0, 1): the level of each test.
    every : timedelta
        Of moments that are in the same `every`, counted from 1970 on and open where it begins, the first is looked at.

    Returns
    -------
    list of Compared
        One for each distinct moment that is looked at.

    Notes
    -----
    `score = |t| / t_crit`, where `t_crit` is the quantile of `1 - alpha / 2` of Student's law with `n + m - 2` degrees
    of freedom; it is `MOST` where neither window varies and their means differ.

    Examples
    --------
    >>> from datetime import UTC
    >>> day = timedelta(days=1)
    >>> start = datetime(2026, 3, 1, tzinfo=UTC)
    >>> values = Values.of((start + place * day, found) for place, found in enumerate([0.91, 0.93, 0.92, 0.85, 0.86]))
    >>> [last] = compare(values, Widths(current=2 * day, reference=3 * day), since=start + 3 * day, alpha=0.05)
    >>> last.reference_values, last.current_values, last.found.verdict.value, last.direction.value, round(last.score, 2)
    (3, 2, 'drifted', 'down', 3.08)
    """
    seconds = np.array([at.timestamp() for at in values.times])
    found: list[Compared] = []
    for end in _firsts(values.times, every):
        if end <= since:
            continue
        border, start = end - widths.current, end - widths.both
        first, middle, last = np.searchsorted(
            seconds, [start.timestamp(), border.timestamp(), end.timestamp()], side="right"
        ).tolist()
        shift = float(values.values[first])  # so that rounding makes no spread of values that are all alike
        reference, current = (
            WindowMoments.of(part - shift) for part in (values.values[first:middle], values.values[middle:last])
        )
        tested = t_test(reference, current, alpha=alpha)
        found.append(
            Compared(
                reference_start=start,
                border=border,
                end=end,
                reference_values=reference.n,
                current_values=current.n,
                found=replace(
                    tested,
                    reference_mean=tested.reference_mean + shift,
                    current_mean=tested.current_mean + shift,
                ),
                score=_score(tested, reference.n + current.n - 2),
            )
        )
    return found


def _firsts(times: Sequence[datetime], every: timedelta) -> list[datetime]:
    """Return the first of the times, which are in order, in each span of a width."""
    firsts: dict[int, datetime] = {}
    for at in times:
        firsts.setdefault((EPOCH - at) // every, at)
    return list(firsts.values())


def _score(tested: Comparison, freedom: int) -> float | None:
    if tested.statistic is None:
        return None
    return min(abs(tested.statistic) / float(stdtrit(freedom, 1 - tested.alpha / 2)), MOST)
