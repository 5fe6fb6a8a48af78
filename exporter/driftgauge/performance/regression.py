"""Counts of what a regressor said and what was true, from which each of its metrics follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from driftgauge.model.bins import FloatArray
from driftgauge.performance.sums import exact_sum, fraction, pair, times

BoolArray = NDArray[np.bool_]
GREATEST: Final = 1e70
"""Values beyond are no measurements: their fourth power could not be written."""


class Sum(IntEnum):
    """What is summed over the rows, for an error e = predicted - true, its absolute value, and the true value y."""

    ABSOLUTE = 0
    SQUARED = 1
    FOURTH = 2
    TRUE = 3
    TRUE_SQUARED = 4
    TRUE_CUBED = 5
    TRUE_FOURTH = 6
    SQUARED_TRUE = 7
    SQUARED_TRUE_SQUARED = 8
    RELATIVE = 9
    RELATIVE_SQUARED = 10
    LOG_SQUARED = 11
    LOG_FOURTH = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionCounts:
    """What became of a regressor's predictions.

    `n` rows were counted; in `relative` of them the true value is not 0, in `logarithmic` both values are above -1, and
    `unusable` ones, counted beside, have a value that is not finite or beyond 1e70. `totals` holds an exact
    sum (see `sums`) for each `Sum`. Counts may be negative in a difference that is yet to be merged.
    """

    n: int
    relative: int
    logarithmic: int
    unusable: int
    totals: tuple[int, ...]

    @classmethod
    def empty(cls) -> RegressionCounts:
        """Return the counts of no rows."""
        return cls(n=0, relative=0, logarithmic=0, unusable=0, totals=(0,) * len(Sum))

    @classmethod
    def merged(cls, counts: Iterable[RegressionCounts]) -> RegressionCounts:
        """Return the counts of all the rows of `counts`."""
        whole = cls.empty()
        for part in counts:
            whole = whole.plus(part)
        return whole

    def minus(self, taken: RegressionCounts) -> RegressionCounts:
        """Return these counts without the rows of `taken`: a corrected outcome is taken back, then added anew."""
        return self.plus(taken, -1)

    def plus(self, other: RegressionCounts, sign: int = 1) -> RegressionCounts:
        """Return these counts with the rows of `other`, or, with the sign -1, without them."""
        return RegressionCounts(
            n=self.n + sign * other.n,
            relative=self.relative + sign * other.relative,
            logarithmic=self.logarithmic + sign * other.logarithmic,
            unusable=self.unusable + sign * other.unusable,
            totals=tuple(mine + sign * others for mine, others in zip(self.totals, other.totals, strict=True)),
        )

    @property
    def is_difference(self) -> bool:
        """Whether more rows were taken away than were there: a correction that is yet to be merged."""
        return min(self.n, self.relative, self.logarithmic, self.unusable, self.totals[Sum.SQUARED]) < 0

    def total(self, of: Sum) -> Fraction:
        """Return one sum, exactly."""
        return fraction(self.totals[of])


def count_regression(outcomes: ArrayLike, predictions: ArrayLike) -> RegressionCounts:
    """Count the outcomes of a regressor's predictions.

    Parameters
    ----------
    outcomes, predictions : array of float, shape (rows,)
        What was true, and what the model said, in the same unit.

    Returns
    -------
    RegressionCounts

    Raises
    ------
    ValueError
        If the arrays are no rows of one length.

    Examples
    --------
    >>> counts = count_regression([1.0, 0.0, float("nan")], [3.0, -1.0, 2.0])
    >>> counts.n, counts.relative, counts.unusable, float(counts.total(Sum.SQUARED))
    (2, 1, 1, 5.0)
    """
    truth, said = np.asarray(outcomes, dtype=np.float64), np.asarray(predictions, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != said.shape:
        raise ValueError(f"{truth.size} outcomes and {said.size} predictions are no rows")
    usable = (np.abs(truth) <= GREATEST) & (np.abs(said) <= GREATEST)
    truth, said = truth[usable], said[usable]
    relative, logarithmic = truth != 0, (truth > -1) & (said > -1)
    return RegressionCounts(
        n=truth.size,
        relative=int(relative.sum()),
        logarithmic=int(logarithmic.sum()),
        unusable=int(usable.size - truth.size),
        totals=tuple(exact_sum(terms) for terms in _terms(truth, said, relative, logarithmic)),
    )


def _terms(truth: FloatArray, said: FloatArray, relative: BoolArray, logarithmic: BoolArray) -> Iterator[FloatArray]:
    """Yield the rows' terms, as floats or pairs, in the order of `Sum`."""
    error, y = said - truth, pair(truth)
    squared, y_squared = times(pair(error), pair(error)), times(y, y)
    yield np.abs(error)
    yield squared
    yield times(squared, squared)
    yield truth
    yield y_squared
    yield times(y_squared, y)
    yield times(y_squared, y_squared)
    yield times(squared, y)
    yield times(squared, y_squared)
    with np.errstate(over="ignore"):
        share = np.minimum(np.abs(error[relative] / truth[relative]), GREATEST)
    yield share
    yield share**2
    log_squared = (np.log1p(said[logarithmic]) - np.log1p(truth[logarithmic])) ** 2
    yield log_squared
    yield log_squared**2
