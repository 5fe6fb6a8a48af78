"""What a classifier of several classes is worth, over all rows and as means over its classes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from driftgauge.model.bins import FloatArray
from driftgauge.performance.metric import (
    NO_ROWS,
    Direction,
    Measured,
    Metric,
    Task,
    proportion,
    proportion_error,
    undefined,
)
from driftgauge.performance.multiclass import MulticlassCounts


class _ByClass(NamedTuple):
    """A metric of each class (K+1,), and how it changes with one more row.

    A row changes it by `hit` if it is of the class and was called so, and else by `of_truth` if it is of the class and
    by `of_said` if it was called so.
    """

    values: FloatArray
    hit: FloatArray
    of_truth: FloatArray
    of_said: FloatArray


def accuracy(counts: MulticlassCounts) -> Measured:
    """Measure the share of right predictions; rows of classes that are not kept by name count, too.

    Parameters
    ----------
    counts : MulticlassCounts

    Returns
    -------
    Measured
        A share in [0, 1].

    Examples
    --------
    >>> from driftgauge.performance.multiclass import count_multiclass
    >>> accuracy(count_multiclass(["a", "b", "b", "c"], ["a", "b", "a", "c"], ["a", "b"])).value
    0.75
    """
    return proportion(float(counts.right.sum()), counts.n, rows=counts.n, reason=NO_ROWS)


def macro(counts: MulticlassCounts, by_class: Callable[[MulticlassCounts], _ByClass]) -> Measured:
    """Measure the plain mean over the classes that are kept by name and occurred or were predicted.

    Parameters
    ----------
    counts : MulticlassCounts
    by_class : function
        The metric of each class.

    Returns
    -------
    Measured
        In [0, 1]; a class that never occurred has recall 0, one that was never predicted precision 0, as in
        scikit-learn. The error is the delta method's over the cells of the confusion matrix.

    Examples
    --------
    >>> from driftgauge.performance.multiclass import count_multiclass
    >>> macro(count_multiclass(["a", "b", "b", "c"], ["a", "b", "a", "c"], ["a", "b"]), recalls).value
    0.75

    References
    ----------
    Takahashi et al., Applied Intelligence 52 (2022) 4961-4972.
    """
    truth, said = counts.confusion.sum(axis=1), counts.confusion.sum(axis=0)
    present = truth + said > 0
    present[-1] = False
    if counts.n <= 0:
        return undefined(counts.n, NO_ROWS)
    if not present.any():
        return undefined(counts.n, f"no class that is kept by name in {counts.n} rows")
    found = by_class(counts)
    weights = present / present.sum()
    return _mean(counts, found, weights, np.zeros(len(weights)))


def weighted(counts: MulticlassCounts, by_class: Callable[[MulticlassCounts], _ByClass]) -> Measured:
    """Measure the mean over the classes, each by how often it occurred; the classes not kept by name are one.

    The arguments and the result are those of `macro`.

    Examples
    --------
    >>> from driftgauge.performance.multiclass import count_multiclass
    >>> weighted(count_multiclass(["a", "b", "b", "c"], ["a", "b", "a", "c"], ["a", "b"]), precisions).value
    0.875
    """
    if counts.n <= 0:
        return undefined(counts.n, NO_ROWS)
    found = by_class(counts)
    weights = counts.confusion.sum(axis=1) / counts.n
    value = float(weights @ found.values)
    return _mean(counts, found, weights, (found.values - value) / counts.n)


def precisions(counts: MulticlassCounts) -> _ByClass:
    """Return the share of right predictions among those of each class."""
    said = np.maximum(counts.confusion.sum(axis=0), 1)
    values = counts.right / said
    return _ByClass(values, (1 - values) / said, np.zeros(len(said)), -values / said)


def recalls(counts: MulticlassCounts) -> _ByClass:
    """Return the share of right predictions among the rows of each class."""
    truth = np.maximum(counts.confusion.sum(axis=1), 1)
    values = counts.right / truth
    return _ByClass(values, (1 - values) / truth, -values / truth, np.zeros(len(truth)))


def f1s(counts: MulticlassCounts) -> _ByClass:
    """Return the harmonic mean of both for each class."""
    both = np.maximum(counts.confusion.sum(axis=0) + counts.confusion.sum(axis=1), 1)
    values = 2 * counts.right / both
    return _ByClass(values, (2 - 2 * values) / both, -values / both, -values / both)


def _mean(counts: MulticlassCounts, found: _ByClass, weights: FloatArray, of_weight: FloatArray) -> Measured:
    """Return the mean by `weights`; `of_weight` is how a row of a class changes the mean by its weight alone."""
    value = float(weights @ found.values)
    right = weights * found.hit + of_weight
    wrong = (weights * found.of_truth + of_weight)[:, np.newaxis] + weights * found.of_said
    errors = counts.confusion - np.diag(counts.right)
    variance = float(right**2 @ counts.right + (wrong**2 * errors).sum())
    error = math.sqrt(variance) if variance > 0 else proportion_error(value * counts.n, counts.n)
    return Measured(value=value, error=error, rows=counts.n)


MEANS: Final = {
    "macro": (macro, "the plain mean over the classes of"),
    "weighted": (weighted, "the mean over the classes, each by how often it occurred, of"),
}
BY_CLASS: Final = {
    "precision": (precisions, "the share of right ones among the predictions of a class"),
    "recall": (recalls, "the share of a class's rows that were found"),
    "f1": (f1s, "the harmonic mean of precision and recall"),
}


def _metric(mean: str, name: str) -> Metric[MulticlassCounts]:
    (average, which), (by_class, what) = MEANS[mean], BY_CLASS[name]
    return Metric(
        name=f"{mean}_{name}",
        task=Task.MULTICLASS,
        direction=Direction.HIGHER,
        unit="share",
        meaning=f"{which} {what}",
        greatest=1.0,
        measure=lambda counts: average(counts, by_class),
    )


METRICS: Final = (
    Metric(
        name="accuracy",
        task=Task.MULTICLASS,
        direction=Direction.HIGHER,
        unit="share of rows",
        meaning="the share of predictions that came true",
        greatest=1.0,
        measure=accuracy,
    ),
    *(_metric(mean, name) for mean in MEANS for name in BY_CLASS),
)
