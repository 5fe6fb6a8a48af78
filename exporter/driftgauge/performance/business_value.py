"""What a classifier's predictions are worth in money, or whatever a right and a wrong one are counted in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.binary import BinaryCounts
from driftgauge.performance.metric import (
    NO_ROWS,
    CountsT,
    Direction,
    Measured,
    Metric,
    Task,
    mean_error,
    undefined,
)
from driftgauge.performance.multiclass import MulticlassCounts

NAME: Final = "business_value"
MEANING: Final = "what a prediction is worth on average, by a cost matrix"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CostMatrix:
    """What one prediction is worth, by outcome and predicted class (float64, classes × classes), in `unit`.

    Costs are negative. For several classes the last row and column are those that are not kept by name.
    """

    values: FloatArray
    unit: str

    @classmethod
    def of(cls, values: Sequence[Sequence[float]], unit: str) -> CostMatrix:
        """Return the matrix of `values`, by outcome and then by predicted class.

        Raises
        ------
        ValueError
            If it is not square, or not finite.
        """
        matrix = np.array(values, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():  # noqa: PLR2004
            raise ValueError("a cost matrix has a finite value for each outcome (row) and predicted class (column)")
        return cls(values=matrix, unit=unit)


def mean_value(confusion: IntArray, costs: CostMatrix) -> Measured:
    """Measure what a prediction is worth on average.

    Parameters
    ----------
    confusion : IntArray, shape (classes, classes)
        Rows by outcome and predicted class.
    costs : CostMatrix
        Of the same shape.

    Returns
    -------
    Measured
        In the matrix's unit.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> costs = CostMatrix.of([[0, -5], [-100, 60]], unit="EUR")
    >>> mean_value(np.array([[80, 10], [2, 8]]), costs).value
    2.3

    References
    ----------
    Elkan, Proceedings of IJCAI 17 (2001) 973-978.
    """
    if confusion.shape != costs.values.shape:
        raise ValueError(f"a cost matrix of {len(costs.values)} classes does not fit counts of {len(confusion)}")
    n = int(confusion.sum())
    if n <= 0:
        return undefined(n, NO_ROWS)
    total, squares = float((confusion * costs.values).sum()), float((confusion * costs.values**2).sum())
    return Measured(value=total / n, error=mean_error(total, squares, n), rows=n)


def binary_value(costs: CostMatrix) -> Metric[BinaryCounts]:
    """Return the metric of a binary classifier's value by a 2 × 2 matrix.

    Examples
    --------
    >>> binary_value(CostMatrix.of([[0, -5], [-100, 60]], unit="EUR")).greatest
    60.0
    """

    def measure(counts: BinaryCounts) -> Measured:
        return mean_value(counts.confusion, costs)

    return _metric(Task.BINARY, costs, measure)


def multiclass_value(costs: CostMatrix) -> Metric[MulticlassCounts]:
    """Return the metric of a classifier's value by a matrix of its classes and all others.

    Only which classes met is kept of the others, so that a right one among them is worth what a wrong one is.
    """

    def measure(counts: MulticlassCounts) -> Measured:
        return mean_value(counts.confusion, costs)

    return _metric(Task.MULTICLASS, costs, measure)


def _metric(task: Task, costs: CostMatrix, measure: Callable[[CountsT], Measured]) -> Metric[CountsT]:
    return Metric(
        name=NAME,
        task=task,
        direction=Direction.HIGHER,
        unit=costs.unit,
        meaning=MEANING,
        least=float(costs.values.min()),
        greatest=float(costs.values.max()),
        measure=measure,
    )
