"""From raw predictions and outcomes to the counts of their cohorts, and to the errors that detectors follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftgauge.model.bins import FloatArray
from driftgauge.performance.binary import BinaryCounts, count_binary
from driftgauge.performance.metric import Counts, Task
from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass
from driftgauge.performance.regression import GREATEST, RegressionCounts, count_regression
from driftgauge.performance.task import OutcomeTask, label_of
from driftgauge.performance.unlabelled import ScoreCounts, count_scores

BoolArray = NDArray[np.bool_]
Numbers = Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Predictions of one model, cohort and segment with one predicted label and one true label, each None if missing.

    `sign` is -1 where the pairs are to be taken back, because a later outcome has come. `known` tells whether they have
    an outcome; `former` is the same with the outcome before, if there was one. `values`, `scores`, `true_values`,
    `times` (seconds since 1970, of the predictions) and `lags` (microseconds from prediction to outcome) have one
    number a prediction, `true_values` and `lags` None without an outcome.
    """

    start: datetime
    segment: str | None
    known: bool
    said: str | None
    true: str | None
    values: Numbers
    scores: Numbers
    true_values: Numbers
    times: Sequence[float]
    lags: Sequence[int | None]
    sign: int = 1
    former: Cell | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Cohort:
    """What is counted of one cohort.

    `predictions` have an answer that can turn out right or wrong, `outcomes` of them an outcome that tells, `unusable`
    one of another kind, such as a text where a number was foretold. `lag_microseconds` sums the times from prediction
    to outcome. `scores` counts the predictions of a classifier of two classes, whether their outcomes are known or not.
    """

    predictions: int
    outcomes: int
    unusable: int
    lag_microseconds: int
    counts: Counts
    scores: ScoreCounts | None

    @classmethod
    def empty(cls, task: OutcomeTask) -> Cohort:
        """Return the cohort of no predictions."""
        return cls(
            predictions=0,
            outcomes=0,
            unusable=0,
            lag_microseconds=0,
            counts=_nothing(task),
            scores=ScoreCounts.empty() if task.task is Task.BINARY else None,
        )

    def plus(self, other: Cohort) -> Cohort:
        """Return this cohort with the predictions and outcomes of another of the same task."""
        return Cohort(
            predictions=self.predictions + other.predictions,
            outcomes=self.outcomes + other.outcomes,
            unusable=self.unusable + other.unusable,
            lag_microseconds=self.lag_microseconds + other.lag_microseconds,
            counts=plus(self.counts, other.counts),
            scores=ScoreCounts.merged((self.scores, other.scores)) if self.scores and other.scores else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Errors:
    """How wrong predictions turned out, in the order of their event times (both float64, (pairs,)).

    `values` are 0 (right) and 1 (wrong) of a classifier, |predicted - true| of a regressor.
    """

    times: FloatArray
    values: FloatArray


def count_cells(task: OutcomeTask, cells: Iterable[Cell], *, new: bool) -> dict[tuple[str, datetime], Cohort]:
    """Count cells by segment and cohort.

    Parameters
    ----------
    task : OutcomeTask
        How they are read.
    cells : iterable of Cell
        Of one model.
    new : bool
        Whether the predictions themselves are counted, too, not only their outcomes.

    Returns
    -------
    dict of Cohort
        What is to be added, by segment ('' for all rows) and start.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> task = OutcomeTask(task=Task.BINARY, cohort=timedelta(days=1), positive="late")
    >>> start = datetime(2026, 3, 1, tzinfo=UTC)
    >>> cell = Cell(start=start, segment="de", known=True, said="late", true="on time", values=[None], scores=[0.7],
    ...             true_values=[None], times=[start.timestamp()], lags=[3_600_000_000])
    >>> [cohort] = count_cells(task, [cell], new=True).values()
    >>> cohort.predictions, cohort.outcomes, cohort.counts.confusion.tolist()
    (1, 1, [[0, 1], [0, 0]])
    """
    parts: dict[tuple[str, datetime], list[tuple[Cell, _Read]]] = {}
    for cell in cells:
        part = cell, _read(task, cell)
        for segment in ("", cell.segment) if cell.segment and cell.segment in task.segments else ("",):
            parts.setdefault((segment, cell.start), []).append(part)
    return {place: _count(task, of_place, new=new) for place, of_place in parts.items()}


def errors_of(task: OutcomeTask, cells: Iterable[Cell]) -> Errors:
    """Return the errors of the pairs whose outcomes are the first of their predictions that can be used.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> task = OutcomeTask(task=Task.REGRESSION, cohort=timedelta(days=1))
    >>> cell = Cell(start=datetime(2026, 3, 1, tzinfo=UTC), segment=None, known=True, said=None, true=None,
    ...             values=[3.0, 5.0], scores=[None, None], true_values=[4.0, 5.0], times=[9.0, 7.0], lags=[1, 1])
    >>> errors_of(task, [cell]).values.tolist()
    [0.0, 1.0]
    """
    pairs = [_first(task, cell) for cell in cells if cell.known and cell.sign > 0]
    times = np.concatenate([read.times[read.usable] for read in pairs]) if pairs else np.zeros(0)
    values = np.concatenate([read.errors(task) for read in pairs]) if pairs else np.zeros(0)
    order = np.lexsort((values, times))
    return Errors(times=times[order], values=values[order])


def plus(one: Counts, other: Counts, sign: int = 1) -> Counts:
    """Return the counts with the rows of others of the same task, or, with the sign -1, without them.

    Raises
    ------
    TypeError
        If they are of different tasks.
    """
    if isinstance(one, BinaryCounts) and isinstance(other, BinaryCounts):
        return one.plus(other, sign)
    if isinstance(one, MulticlassCounts) and isinstance(other, MulticlassCounts):
        return one.plus(other, sign)
    if isinstance(one, RegressionCounts) and isinstance(other, RegressionCounts):
        return one.plus(other, sign)
    raise TypeError(f"{type(one).__name__} and {type(other).__name__} do not add up")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Read:
    """A cell as its task reads it: which predictions are `answered`, and which of those have a `usable` outcome.

    `said` and `true` are 0 and 1, labels, or numbers, and mean nothing where there is no answer, or no usable outcome.
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


def _nothing(task: OutcomeTask) -> Counts:
    match task.task:
        case Task.BINARY:
            return BinaryCounts.empty()
        case Task.MULTICLASS:
            return MulticlassCounts.empty(task.classes)
        case _:
            return RegressionCounts.empty()


def _first(task: OutcomeTask, cell: Cell) -> _Read:
    """Return a cell with only those of its outcomes usable that are the first ones so."""
    read = _read(task, cell)
    if cell.former is None:
        return read
    return replace(read, usable=read.usable & ~_read(task, cell.former).usable)


def _count(task: OutcomeTask, parts: Sequence[tuple[Cell, _Read]], *, new: bool) -> Cohort:
    """Return what cells of one cohort add to it, all at once: labels may be as many as rows."""
    found = Cohort.empty(task)
    if new:
        everything = _joined([read for _, read in parts])
        answered = everything.answered
        scores = found.scores and count_scores(everything.said[answered], everything.scores[answered])
        found = replace(found, predictions=int(answered.sum()), scores=scores)
    for sign in (1, -1):
        known = [(cell, read) for cell, read in parts if cell.known and cell.sign == sign]
        if known:
            read = _joined([read for _, read in known])
            usable = int(read.usable.sum())
            found = replace(
                found,
                outcomes=found.outcomes + sign * usable,
                unusable=found.unusable + sign * (int(read.answered.sum()) - usable),
                lag_microseconds=found.lag_microseconds + sign * sum(_lag(cell, read) for cell, read in known),
                counts=plus(found.counts, _pairs(task, read), sign),
            )
    return found


def _lag(cell: Cell, read: _Read) -> int:
    return sum(filter(None, compress(cell.lags, read.usable.tolist())))


def _joined(reads: Sequence[_Read]) -> _Read:
    if len(reads) == 1:
        return reads[0]
    names = ("answered", "usable", "said", "true", "scores", "times")
    return _Read(**{name: np.concatenate([getattr(read, name) for read in reads]) for name in names})


def _pairs(task: OutcomeTask, read: _Read) -> Counts:
    said, true = read.said[read.usable], read.true[read.usable]
    match task.task:
        case Task.BINARY:
            return count_binary(true, said, read.scores[read.usable])
        case Task.MULTICLASS:
            return count_multiclass(true.tolist(), said.tolist(), task.classes)
        case _:
            return count_regression(true, said)


def _read(task: OutcomeTask, cell: Cell) -> _Read:
    values, scores, true_values = (
        np.array(numbers, dtype=np.float64) for numbers in (cell.values, cell.scores, cell.true_values)
    )
    match task.task:
        case Task.BINARY:
            said, answered, scores = _said(task, cell.said, values, scores)
            true, tells = _classes(task, cell.true, true_values)
        case Task.MULTICLASS:
            said, answered = _labels(cell.said, values)
            true, tells = _labels(cell.true, true_values)
        case _:
            said, answered = values, np.abs(values) <= GREATEST
            true, tells = true_values, np.abs(true_values) <= GREATEST
    return _Read(
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


def _labels(label: str | None, values: FloatArray) -> tuple[NDArray[np.object_], BoolArray]:
    """Return the class that each row names, and whether it names any."""
    if label is not None:
        return np.full(values.shape, label, dtype=object), np.ones(values.shape, dtype=np.bool_)
    finite = np.isfinite(values)
    named = [label_of(value) if usable else "" for value, usable in zip(values.tolist(), finite.tolist(), strict=True)]
    return np.array(named, dtype=object), finite
