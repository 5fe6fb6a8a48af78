"""What a metric is: a function of counts, with the words that people need to read its value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from driftgauge.performance.binary import BinaryCounts
from driftgauge.performance.multiclass import MulticlassCounts
from driftgauge.performance.regression import RegressionCounts

Counts = BinaryCounts | MulticlassCounts | RegressionCounts
CountsT = TypeVar("CountsT", BinaryCounts, MulticlassCounts, RegressionCounts)
ADDED: Final = 2  # of successes and of failures, before an error is computed


class Task(StrEnum):
    """What a model predicts."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A metric's value in some rows.

    `value` is None where it is undefined, and `reason` says why. `error` is the standard error of sampling, in the
    value's unit: how far the value would typically be from that of very many such rows. It is None where one cannot
    tell, as of a single row.
    """

    value: float | None
    error: float | None
    rows: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Generic[CountsT]):
    """One metric; `least` and `greatest` bound its values, `unit` and `meaning` say what they are."""

    name: str
    task: Task
    direction: Direction
    unit: str
    meaning: str
    measure: Callable[[CountsT], Measured]
    least: float = 0.0
    greatest: float = math.inf


def undefined(rows: int, reason: str) -> Measured:
    """Return what is measured where there is nothing to measure."""
    return Measured(value=None, error=None, rows=rows, reason=reason)


def proportion_error(successes: float, n: float) -> float:
    """Return the standard error of a share of `n` rows, with two successes and two failures added.

    So a share of 1 in 20 rows is not taken for sure (Agresti and Coull, The American Statistician 52 (1998) 119-126).

    Examples
    --------
    >>> round(proportion_error(50, 100), 4), round(proportion_error(20, 20), 4)
    (0.049, 0.0564)
    """
    total = n + 2 * ADDED
    share = (successes + ADDED) / total
    return math.sqrt(share * (1 - share) / total)


def proportion(successes: float, n: float, *, rows: int, reason: str) -> Measured:
    """Return a share with its error, or that it is undefined for `reason` where `n` is 0."""
    if n <= 0:
        return undefined(rows, reason)
    return Measured(value=successes / n, error=proportion_error(successes, n), rows=rows)


def mean_error(total: float, squares: float, n: int) -> float | None:
    """Return the standard error of the mean of `n` values, from their sum and their sum of squares; None below two.

    Examples
    --------
    >>> mean_error(6.0, 20.0, 2), mean_error(1.0, 1.0, 1)
    (1.0, None)
    """
    if n < 2:  # noqa: PLR2004 - a spread takes two
        return None
    return math.sqrt(max(squares - total * total / n, 0.0) / (n - 1) / n)


NO_ROWS: Final = "no rows"
