"""Predictions as they are read from the logs, and what their task takes each to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftgauge.model.bins import FloatArray
from driftgauge.performance.metric import Task
from driftgauge.performance.regression import GREATEST
from driftgauge.performance.task import OutcomeTask, label_of

BoolArray = NDArray[np.bool_]
Numbers = Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Predictions of one model, cohort and segment with one predicted label and one true label, each None if missing.

    `sign` is -1 where the pairs are to be taken back, because a later outcome has come. `known` tells whether they have
    an outcome; `former` is the same with the outcome before, if there was one. `values`, `scores`, `confidences`,
    `true_values`, `times` (seconds since 1970, of the predictions) and `lags` (microseconds from prediction to outcome)
    have one number a prediction, `true_values` and `lags` None without an outcome.
    """

    start: datetime
    segment: str | None
    known: bool
    said: str | None
    true: str | None
    values: Numbers
    scores: Numbers
    confidences: Numbers
    true_values: Numbers
    times: Sequence[float]
    lags: Sequence[int | None]
    sign: int = 1
    former: Cell | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Read:
    """A cell as its task reads it: which predictions are `answered`, and which of those have a `usable` outcome.

    `said` and `true` are 0 and 1, labels, or numbers, and mean nothing where there is no answer, or no usable outcome.
    `scores` are of the positive class, or where there are several, of the one that was answered.
    """

    answered: BoolArray
    usable: BoolArray
    said: NDArray[Any]
    true: NDArray[Any]
    scores: FloatArray
    times: FloatArray

    def errors(self, task: OutcomeTask) -> FloatArray:
        """Return how wrong the usable pairs are."""
        said, true = self.said[self.usable], self.true[self.usable]
        if task.task is Task.REGRESSION:
            return np.abs(said - true)
        return (said != true).astype(np.float64)


def read_cell(task: OutcomeTask, cell: Cell) -> Read:
    """Return what a task takes the predictions of a cell to say."""
    values, scores, true_values = (
        np.array(numbers, dtype=np.float64) for numbers in (cell.values, cell.scores, cell.true_values)
    )
    match task.task:
        case Task.BINARY:
            said, answered, scores = _said(task, cell.said, values, scores)
            true, tells = _classes(task, cell.true, true_values)
        case Task.MULTICLASS:
            said, answered = _labels(cell.said, values)
            scores = _confidences(np.array(cell.confidences, dtype=np.float64), scores)
            true, tells = _labels(cell.true, true_values)
        case _:
            said, answered = values, np.abs(values) <= GREATEST
            true, tells = true_values, np.abs(true_values) <= GREATEST
    return Read(
        answered=answered,
        usable=answered & tells & cell.known,
        said=said,
        true=true,
        scores=scores,
        times=np.array(cell.times, dtype=np.float64),
    )


def _said(
    task: OutcomeTask, label: str | None, values: FloatArray, scores: FloatArray
) -> tuple[NDArray[np.int64], BoolArray, FloatArray]:
    """Return which class was foretold, whether any was, and with which score.

    A number that names no class, as 0.83, is the score itself.
    """
    whole = np.isfinite(values) & (values == np.floor(values))
    scores = np.where(np.isnan(scores) & ~whole, values, scores)
    usable = (scores >= 0) & (scores <= 1)
    if label is not None:
        said, answered = _classes(task, label, values)
        return said, answered, scores
    named, _ = _classes(task, None, values)
    said = np.where(whole, named, scores >= task.threshold).astype(np.int64)
    return said, whole | usable, scores


def _classes(task: OutcomeTask, label: str | None, values: FloatArray) -> tuple[NDArray[np.int64], BoolArray]:
    """Return for each row whether the positive class is named, 1 or 0, and whether any class is."""
    if label is not None:
        return np.full(values.shape, int(task.is_positive(label))), np.ones(values.shape, dtype=np.bool_)
    whole = np.isfinite(values) & (values == np.floor(values))
    distinct, places = np.unique(np.where(whole, values, 0.0), return_inverse=True)
    positive = np.array([task.is_positive(label_of(value)) for value in distinct.tolist()], dtype=np.int64)
    return positive[places] if distinct.size else np.zeros(0, dtype=np.int64), whole


def _confidences(confidences: FloatArray, scores: FloatArray) -> FloatArray:
    """Return how sure a classifier of several classes was of what it said.

    That is its confidence, and where that is no probability its score: there is no positive class that it could be of.
    """
    return np.where((confidences >= 0) & (confidences <= 1), confidences, scores)


def _labels(label: str | None, values: FloatArray) -> tuple[NDArray[np.object_], BoolArray]:
    """Return the class that each row names, and whether it names any."""
    if label is not None:
        return np.full(values.shape, label, dtype=object), np.ones(values.shape, dtype=np.bool_)
    finite = np.isfinite(values)
    named = [label_of(value) if usable else "" for value, usable in zip(values.tolist(), finite.tolist(), strict=True)]
    return np.array(named, dtype=object), finite
