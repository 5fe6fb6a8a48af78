"""Counts of classifiers' scores and confidences before any outcome is known: what performance is estimated from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from driftgauge.model.bins import IntArray
from driftgauge.performance.binary import BinaryCounts, count_binary
from driftgauge.performance.multiclass import MulticlassCounts, count_confidences, places_of
from driftgauge.performance.score_bins import BINS, CONFIDENCE_BINS, Scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreCounts:
    """What a binary classifier said, on the bins of `BinaryCounts`.

    `rows` (int64, 2 × 1001) counts by predicted label and slot of the score, the last slot without one; `offsets`
    (int64, 2 × 1000) sums where in their bins the scores lie.
    """

    rows: IntArray
    offsets: IntArray

    @classmethod
    def empty(cls) -> ScoreCounts:
        """Return the counts of no rows."""
        return cls(rows=np.zeros((2, BINS + 1), dtype=np.int64), offsets=np.zeros((2, BINS), dtype=np.int64))

    @classmethod
    def merged(cls, counts: Iterable[ScoreCounts]) -> ScoreCounts:
        """Return the counts of all the rows of `counts`."""
        whole = cls.empty()
        for part in counts:
            whole = cls(rows=whole.rows + part.rows, offsets=whole.offsets + part.offsets)
        return whole

    @classmethod
    def of(cls, counts: BinaryCounts) -> ScoreCounts:
        """Return what is known of the same rows without their outcomes."""
        return cls(rows=counts.rows.sum(axis=0), offsets=counts.offsets.sum(axis=0))

    def minus(self, taken: ScoreCounts) -> ScoreCounts:
        """Return these counts without the rows of `taken`."""
        return ScoreCounts(rows=self.rows - taken.rows, offsets=self.offsets - taken.offsets)


def count_scores(predicted: ArrayLike, scores: Scores) -> ScoreCounts:
    """Count predictions of a binary classifier whose outcomes are not known yet.

    Parameters
    ----------
    predicted : array of 0 and 1, shape (rows,)
        What the model said.
    scores : array of float, shape (rows,)
        Its probabilities of the positive class; one that is no number in [0, 1] counts as none.

    Returns
    -------
    ScoreCounts

    Raises
    ------
    ValueError
        If the arrays differ in length, or a label is neither 0 nor 1.

    Examples
    --------
    >>> count_scores([1, 0, 0], [0.9, 0.2, 0.4]).rows.sum(axis=1).tolist()
    [2, 1]
    """
    return ScoreCounts.of(count_binary(np.zeros(np.shape(predicted), dtype=np.int64), predicted, scores))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConfidenceCounts:
    """How sure a classifier of several classes was of what it said.

    `rows` (int64, K+1 × 200) counts the predictions with a confidence by predicted class, the last for classes that are
    not kept by name, and bin.
    """

    rows: IntArray

    @classmethod
    def empty(cls, classes: Sequence[str]) -> ConfidenceCounts:
        """Return the counts of no rows, of a model with these classes kept by name."""
        return cls(rows=np.zeros((len(classes) + 1, CONFIDENCE_BINS), dtype=np.int64))

    @classmethod
    def of(cls, counts: MulticlassCounts) -> ConfidenceCounts:
        """Return what is known of the same rows without their outcomes."""
        return cls(rows=counts.confident.sum(axis=0))

    def plus(self, other: ConfidenceCounts) -> ConfidenceCounts:
        """Return the counts of the rows of both.

        Raises
        ------
        ValueError
            If they are of models with different numbers of classes.
        """
        if self.rows.shape != other.rows.shape:
            raise ValueError(f"confidences of {len(self.rows)} and of {len(other.rows)} classes are not of one model")
        return ConfidenceCounts(rows=self.rows + other.rows)


def count_said(predicted: Sequence[str], classes: Sequence[str], confidences: Scores) -> ConfidenceCounts:
    """Count predictions of a classifier of several classes whose outcomes are not known yet.

    Parameters
    ----------
    predicted : sequence of str, length rows
        What the model said.
    classes : sequence of str
        The classes to keep by name.
    confidences : array of float, shape (rows,)
        Its probabilities of what it said; one that is no number in [0, 1] counts as none.

    Returns
    -------
    ConfidenceCounts

    Examples
    --------
    >>> count_said(["a", "z", "a"], ["a", "b"], [0.9, 0.4, None]).rows.sum(axis=1).tolist()
    [1, 0, 1]
    """
    return ConfidenceCounts(rows=count_confidences(places_of(predicted, classes), confidences, len(classes)))
