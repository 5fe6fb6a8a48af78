"""What a binary classifier's labels are worth: shares of the confusion matrix."""

from __future__ import annotations

from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.binary import BinaryCounts
from driftgauge.performance.metric import (
    NO_ROWS,
    Direction,
    Measured,
    Metric,
    Task,
    proportion,
    undefined,
)

SMOOTHED: Final = 0.5  # added to each cell before an error is computed, so that perfection is not taken for sure


def accuracy(confusion: IntArray | FloatArray) -> Measured:
    """Measure the share of right labels.

    Parameters
    ----------
    confusion : array, shape (2, 2)
        Rows by outcome and predicted label, or how many are expected.

    Returns
    -------
    Measured
        A share in [0, 1]; its error is that of a proportion.

    Examples
    --------
    >>> accuracy(np.array([[50, 10], [5, 35]])).value
    0.85
    """
    rows = round(float(confusion.sum()))
    return proportion(float(np.trace(confusion)), float(confusion.sum()), rows=rows, reason=NO_ROWS)


def precision(confusion: IntArray | FloatArray) -> Measured:
    """Measure the share of predicted positives that are positive; the arguments are those of `accuracy`.

    Examples
    --------
    >>> round(precision(np.array([[50, 10], [5, 35]])).value, 4)
    0.7778
    >>> precision(np.array([[50, 0], [5, 0]])).reason
    'no predicted positives in 55 rows'
    """
    rows = round(float(confusion.sum()))
    said = float(confusion[:, 1].sum())
    return proportion(float(confusion[1, 1]), said, rows=rows, reason=f"no predicted positives in {rows} rows")


def recall(confusion: IntArray | FloatArray) -> Measured:
    """Measure the share of positives that were predicted; the arguments are those of `accuracy`.

    Examples
    --------
    >>> recall(np.array([[50, 10], [5, 35]])).value
    0.875
    """
    rows = round(float(confusion.sum()))
    truth = float(confusion[1].sum())
    return proportion(float(confusion[1, 1]), truth, rows=rows, reason=f"no positives in {rows} rows")


def specificity(confusion: IntArray | FloatArray) -> Measured:
    """Measure the share of negatives that were not predicted positive; the arguments are those of `accuracy`.

    Examples
    --------
    >>> round(specificity(np.array([[50, 10], [5, 35]])).value, 4)
    0.8333
    """
    rows = round(float(confusion.sum()))
    truth = float(confusion[0].sum())
    return proportion(float(confusion[0, 0]), truth, rows=rows, reason=f"no negatives in {rows} rows")


def f1(confusion: IntArray | FloatArray) -> Measured:
    """Measure the harmonic mean of precision and recall; the arguments are those of `accuracy`.

    Notes
    -----
    `F = 2 TP / N`, `N = 2 TP + FP + FN`. By the delta method over the cells, each with half a row added, its variance
    is `(4 TP (1 - F)² + (FP + FN) F²) / N²`.

    Examples
    --------
    >>> round(f1(np.array([[50, 10], [5, 35]])).value, 4)
    0.8235

    References
    ----------
    Takahashi et al., Applied Intelligence 52 (2022) 4961-4972.
    """
    rows = round(float(confusion.sum()))
    hits, misses = float(confusion[1, 1]), float(confusion[0, 1] + confusion[1, 0])
    if hits + misses <= 0:
        return undefined(rows, f"neither positives nor predicted positives in {rows} rows")
    value = 2 * hits / (2 * hits + misses)
    hits, misses = hits + SMOOTHED, misses + 2 * SMOOTHED
    whole = 2 * hits + misses
    share = 2 * hits / whole
    variance = (4 * hits * (1 - share) ** 2 + misses * share**2) / whole**2
    return Measured(value=value, error=variance**0.5, rows=rows)


MEASURES: Final = {
    "accuracy": (accuracy, "share of rows", "the share of predictions that came true"),
    "precision": (precision, "share of predicted positives", "how many of those called positive are"),
    "recall": (recall, "share of positives", "how many of the positives were found"),
    "specificity": (specificity, "share of negatives", "how many of the negatives were left alone"),
    "f1": (f1, "share", "the harmonic mean of precision and recall"),
}


def _metric(name: str) -> Metric[BinaryCounts]:
    measure, unit, meaning = MEASURES[name]
    return Metric(
        name=name,
        task=Task.BINARY,
        direction=Direction.HIGHER,
        unit=unit,
        meaning=meaning,
        greatest=1.0,
        measure=lambda counts: measure(counts.confusion),
    )


METRICS: Final = tuple(_metric(name) for name in MEASURES)
