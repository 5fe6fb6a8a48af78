"""Counts of what a binary classifier said and what was true, from which each of its metrics follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.score_bins import (
    BINS,
    NO_SCORE,
    OFFSET_UNITS,
    SQUARE_UNITS,
    Scores,
    mean_offsets,
    offsets_of_scores,
    slots_of_scores,
)
from driftgauge.performance.sums import exact_sum

LOG_LOSS, LOG_LOSS_SQUARED, BRIER, BRIER_SQUARED = range(4)  # places in BinaryCounts.losses
SMALLEST: Final = float(np.finfo(np.float64).eps)  # a score of 0 or 1 is as sure as this, or one error would cost ∞


@dataclass(frozen=True, kw_only=True, eq=False)
class BinaryCounts:
    """What became of a binary classifier's predictions; the positive class is 1.

    `rows` (int64, 2 × 2 × 1001) counts by outcome, predicted label and slot of the score, the last slot without one.
    `offsets` (int64, 2 × 2 × 1000) sums where in their bins the scores lie, `squares` (int64, 1000) its squares over
    all rows. `losses` holds four exact `sums`: log loss, its squares, Brier loss and its squares, of rows with a score.
    Counts may be negative in a difference that is yet to be merged.
    """

    rows: IntArray
    offsets: IntArray
    squares: IntArray
    losses: tuple[int, ...]

    @classmethod
    def empty(cls) -> BinaryCounts:
        """Return the counts of no rows."""
        return cls(
            rows=np.zeros((2, 2, BINS + 1), dtype=np.int64),
            offsets=np.zeros((2, 2, BINS), dtype=np.int64),
            squares=np.zeros(BINS, dtype=np.int64),
            losses=(0, 0, 0, 0),
        )

    @classmethod
    def merged(cls, counts: Iterable[BinaryCounts]) -> BinaryCounts:
        """Return the counts of all the rows of `counts`."""
        whole = cls.empty()
        for part in counts:
            whole = whole.plus(part)
        return whole

    def minus(self, taken: BinaryCounts) -> BinaryCounts:
        """Return these counts without the rows of `taken`: a corrected outcome is taken back, then added anew."""
        return self.plus(taken, -1)

    def plus(self, other: BinaryCounts, sign: int = 1) -> BinaryCounts:
        """Return these counts with the rows of `other`, or, with the sign -1, without them."""
        return BinaryCounts(
            rows=self.rows + sign * other.rows,
            offsets=self.offsets + sign * other.offsets,
            squares=self.squares + sign * other.squares,
            losses=tuple(mine + sign * others for mine, others in zip(self.losses, other.losses, strict=True)),
        )

    @cached_property
    def n(self) -> int:
        """How many rows were counted."""
        return int(self.rows.sum())

    @cached_property
    def is_difference(self) -> bool:
        """Whether more rows were taken away than were there: a correction that is yet to be merged."""
        return bool((self.rows < 0).any())

    @cached_property
    def scored(self) -> int:
        """How many of them have a score."""
        return int(self.rows[..., :NO_SCORE].sum())

    @cached_property
    def confusion(self) -> IntArray:
        """Rows by outcome and predicted label, shape (2, 2)."""
        return self.rows.sum(axis=2)

    @cached_property
    def by_score(self) -> IntArray:
        """Rows with a score by outcome and bin, shape (2, 1000)."""
        return self.rows[..., :NO_SCORE].sum(axis=1)

    @cached_property
    def offsets_by_score(self) -> IntArray:
        """Sums of offsets by outcome and bin, shape (2, 1000)."""
        return self.offsets.sum(axis=1)

    @cached_property
    def mean_offsets(self) -> FloatArray:
        """Where in their bins the scores lie on average, from 0 to 1, by outcome and bin (2, 1000)."""
        return mean_offsets(self.by_score, self.offsets_by_score)


def count_binary(labels: ArrayLike, predicted: ArrayLike, scores: Scores | None = None) -> BinaryCounts:
    """Count the outcomes of a binary classifier's predictions.

    Parameters
    ----------
    labels, predicted : array of 0 and 1, shape (rows,)
        What was true, and what the model said; 1 is the positive class.
    scores : array of float, shape (rows,), optional
        The model's probabilities of the positive class. A score that is no number in [0, 1] counts as none.

    Returns
    -------
    BinaryCounts

    Raises
    ------
    ValueError
        If the arrays differ in length, or a label is neither 0 nor 1.

    Notes
    -----
    In log loss a score of 0 or 1 counts as 2.2e-16 away from it, as scikit-learn has it.

    Examples
    --------
    >>> counts = count_binary([1, 0, 1, 0], [1, 0, 0, 0], [0.9, 0.2, 0.4, None])
    >>> counts.confusion.tolist(), counts.scored
    ([[2, 0], [1, 1]], 3)
    """
    truth, said = binary_labels(labels), binary_labels(predicted)
    values = np.full(truth.shape, np.nan) if scores is None else np.asarray(scores, dtype=np.float64)
    if not truth.shape == said.shape == values.shape:
        raise ValueError(f"{truth.size} labels, {said.size} predictions and {values.size} scores are no rows")
    slots = slots_of_scores(values)
    rows = np.bincount((truth * 2 + said) * (BINS + 1) + slots, minlength=4 * (BINS + 1)).reshape(2, 2, BINS + 1)
    has = slots != NO_SCORE
    truth, said, values, slots = truth[has], said[has], values[has], slots[has]
    places, squares = _places(values, slots)
    offsets = np.zeros(4 * BINS, dtype=np.int64)
    np.add.at(offsets, (truth * 2 + said) * BINS + slots, places)
    return BinaryCounts(
        rows=rows.astype(np.int64),
        offsets=offsets.reshape(2, 2, BINS),
        squares=squares,
        losses=_losses(truth, values),
    )


def binary_labels(labels: ArrayLike) -> IntArray:
    """Return labels as int64, and refuse what is neither 0 nor 1."""
    given = np.asarray(labels)
    if given.ndim != 1 or not bool(np.isin(given, (0, 1)).all()):
        raise ValueError("labels must be a row of 0 and 1; name the positive class where they are read")
    return given.astype(np.int64)


def _places(scores: FloatArray, slots: IntArray) -> tuple[IntArray, IntArray]:
    offsets = offsets_of_scores(scores, slots)
    squares = np.zeros(BINS, dtype=np.int64)
    np.add.at(squares, slots, np.rint(offsets * SQUARE_UNITS).astype(np.int64) ** 2)
    return np.rint(offsets * OFFSET_UNITS).astype(np.int64), squares


def _losses(truth: IntArray, scores: FloatArray) -> tuple[int, ...]:
    clipped = np.clip(scores, SMALLEST, 1 - SMALLEST)
    log_loss = np.where(truth == 1, -np.log(clipped), -np.log1p(-clipped))
    brier = (scores - truth) ** 2
    return tuple(exact_sum(loss) for loss in (log_loss, log_loss**2, brier, brier**2))
