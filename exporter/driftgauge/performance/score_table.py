"""Rows of a binary classifier by score, exactly or on the bins: what calibrations and estimates are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.binary import BinaryCounts, binary_labels
from driftgauge.performance.metric import Measured
from driftgauge.performance.metrics import confusion
from driftgauge.performance.metrics.ranking import auc_of_cells
from driftgauge.performance.score_bins import NO_SCORE, mean_scores
from driftgauge.performance.unlabelled import ScoreCounts

BoolArray = NDArray[np.bool_]
ESTIMATED = {
    "accuracy": confusion.accuracy,
    "precision": confusion.precision,
    "recall": confusion.recall,
    "f1": confusion.f1,
    "specificity": confusion.specificity,
}
"""What follows from a confusion matrix alone; `roc_auc` is the other metric that is estimated."""
ROC_AUC = "roc_auc"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreTable:
    """Cells of rows with one score and one predicted label, by ascending score (arrays of shape (cells,)).

    Only rows with a score in [0, 1] are in it.
    """

    scores: FloatArray
    predicted: BoolArray
    rows: IntArray

    @classmethod
    def of_rows(cls, predicted: ArrayLike, scores: ArrayLike) -> ScoreTable:
        """Return the exact table of predictions, both of shape (rows,).

        Examples
        --------
        >>> ScoreTable.of_rows([0, 1, 0], [0.3, 0.8, 0.3]).rows.tolist()
        [2, 1]
        """
        said = binary_labels(predicted)
        return _grouped(said, np.asarray(scores, dtype=np.float64), np.zeros(said.size, dtype=np.int64))[0]

    @classmethod
    def of_counts(cls, counts: ScoreCounts) -> ScoreTable:
        """Return the table of counted predictions: each bin is a cell, or two, at its mean score."""
        rows = counts.rows[:, :NO_SCORE]
        return _cells(rows, mean_scores(rows, counts.offsets), rows)[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledScores:
    """A table of scores, and how many of each cell turned out to be positive (int64, (cells,))."""

    table: ScoreTable
    positives: IntArray

    @classmethod
    def of_rows(cls, labels: ArrayLike, predicted: ArrayLike, scores: ArrayLike) -> LabelledScores:
        """Return the exact table of predictions with outcomes, all of shape (rows,).

        Examples
        --------
        >>> LabelledScores.of_rows([1, 1, 0], [0, 1, 0], [0.3, 0.8, 0.3]).positives.tolist()
        [1, 1]
        """
        values = np.asarray(scores, dtype=np.float64)
        table, positives = _grouped(binary_labels(predicted), values, binary_labels(labels))
        return cls(table=table, positives=positives)

    @classmethod
    def of_counts(cls, counts: BinaryCounts) -> LabelledScores:
        """Return the table of counted outcomes: each bin is a cell, or two, at its mean score."""
        rows = counts.rows[..., :NO_SCORE].sum(axis=0)
        table, positives = _cells(rows, mean_scores(rows, counts.offsets.sum(axis=0)), counts.rows[1, :, :NO_SCORE])
        return cls(table=table, positives=positives)

    @classmethod
    def merged(cls, tables: Sequence[LabelledScores]) -> LabelledScores:
        """Return all rows of the tables."""
        joined = [np.concatenate(columns) for columns in zip(*(_columns(one) for one in tables), strict=True)]
        order = np.lexsort((joined[1], joined[0]))
        scores, predicted, rows, positives = (column[order] for column in joined)
        table = ScoreTable(scores=scores, predicted=predicted.astype(np.bool_), rows=rows.astype(np.int64))
        return cls(table=table, positives=positives.astype(np.int64))

    def realised(self) -> dict[str, Measured]:
        """Return the metrics that are estimated without outcomes, as they turned out."""
        return measured(self.table, self.positives)


def measured(table: ScoreTable, positives: IntArray | FloatArray) -> dict[str, Measured]:
    """Return the metrics of a table of which so many rows of each cell are, or are expected to be, positive."""
    negatives = table.rows - positives
    said = table.predicted
    matrix = np.array(
        [[negatives[~said].sum(), negatives[said].sum()], [positives[~said].sum(), positives[said].sum()]]
    )
    found = {name: measure(matrix) for name, measure in ESTIMATED.items()}
    starts = np.flatnonzero(np.diff(table.scores, prepend=-1.0))
    if not starts.size:
        return found | {ROC_AUC: auc_of_cells(positives, negatives)}
    return found | {ROC_AUC: auc_of_cells(np.add.reduceat(positives, starts), np.add.reduceat(negatives, starts))}


def _columns(labelled: LabelledScores) -> tuple[FloatArray | BoolArray | IntArray, ...]:
    return labelled.table.scores, labelled.table.predicted, labelled.table.rows, labelled.positives


def _grouped(said: IntArray, scores: FloatArray, truth: IntArray) -> tuple[ScoreTable, IntArray]:
    if not said.shape == scores.shape == truth.shape:
        raise ValueError(f"{truth.size} labels, {said.size} predictions and {scores.size} scores are no rows")
    usable = (scores >= 0) & (scores <= 1)
    said, scores, truth = said[usable], scores[usable], truth[usable]
    distinct, place = np.unique(scores, return_inverse=True)
    rows, positives = np.zeros((2, distinct.size, 2), dtype=np.int64)
    np.add.at(rows, (place, said), 1)
    np.add.at(positives, (place, said), truth)
    return _cells(rows.T, np.stack([distinct, distinct]), positives.T)


def _cells(rows: IntArray, scores: FloatArray, positives: IntArray) -> tuple[ScoreTable, IntArray]:
    """Return the occupied cells of (2, places) arrays, by score."""
    said, place = np.nonzero(rows)
    order = np.lexsort((said, scores[said, place]))
    said, place = said[order], place[order]
    table = ScoreTable(scores=scores[said, place], predicted=said == 1, rows=rows[said, place])
    return table, positives[said, place]
