"""From raw predictions and outcomes to the counts of their cohorts, and to the errors that detectors follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress

import numpy as np

from driftgauge.model.bins import FloatArray
from driftgauge.performance.binary import BinaryCounts, count_binary
from driftgauge.performance.cells import Cell, Read, read_cell
from driftgauge.performance.metric import Counts, Task
from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass
from driftgauge.performance.regression import RegressionCounts, count_regression
from driftgauge.performance.task import OutcomeTask
from driftgauge.performance.unlabelled import ConfidenceCounts, ScoreCounts, count_said, count_scores


@dataclass(frozen=True, kw_only=True, eq=False)
class Cohort:
    """What is counted of one cohort.

    `predictions` have an answer that can turn out right or wrong, `outcomes` of them an outcome that tells, `unusable`
    one of another kind, such as a text where a number was foretold. `lag_microseconds` sums the times from prediction
    to outcome. `scores` counts how sure a classifier was of its predictions, whether their outcomes are known or not.
    """

    predictions: int
    outcomes: int
    unusable: int
    lag_microseconds: int
    counts: Counts
    scores: ScoreCounts | ConfidenceCounts | None

    @classmethod
    def empty(cls, task: OutcomeTask) -> Cohort:
        """Return the cohort of no predictions."""
        return cls(
            predictions=0,
            outcomes=0,
            unusable=0,
            lag_microseconds=0,
            counts=_nothing(task),
            scores=_nothing_asked(task),
        )

    def plus(self, other: Cohort) -> Cohort:
        """Return this cohort with the predictions and outcomes of another of the same task."""
        return Cohort(
            predictions=self.predictions + other.predictions,
            outcomes=self.outcomes + other.outcomes,
            unusable=self.unusable + other.unusable,
            lag_microseconds=self.lag_microseconds + other.lag_microseconds,
            counts=plus(self.counts, other.counts),
            scores=_asked(self.scores, other.scores),
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
    ...             confidences=[None], true_values=[None], times=[start.timestamp()], lags=[3_600_000_000])
    >>> [cohort] = count_cells(task, [cell], new=True).values()
    >>> cohort.predictions, cohort.outcomes, cohort.counts.confusion.tolist()
    (1, 1, [[0, 1], [0, 0]])
    """
    parts: dict[tuple[str, datetime], list[tuple[Cell, Read]]] = {}
    for cell in cells:
        part = cell, read_cell(task, cell)
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
    ...             values=[3.0, 5.0], scores=[None, None], confidences=[None, None], true_values=[4.0, 5.0],
    ...             times=[9.0, 7.0], lags=[1, 1])
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


def _asked(
    one: ScoreCounts | ConfidenceCounts | None, other: ScoreCounts | ConfidenceCounts | None
) -> ScoreCounts | ConfidenceCounts | None:
    if isinstance(one, ScoreCounts) and isinstance(other, ScoreCounts):
        return ScoreCounts.merged((one, other))
    if isinstance(one, ConfidenceCounts) and isinstance(other, ConfidenceCounts):
        return one.plus(other)
    return None


def _nothing_asked(task: OutcomeTask) -> ScoreCounts | ConfidenceCounts | None:
    match task.task:
        case Task.BINARY:
            return ScoreCounts.empty()
        case Task.MULTICLASS:
            return ConfidenceCounts.empty(task.classes)
        case _:
            return None


def _ask(task: OutcomeTask, read: Read) -> ScoreCounts | ConfidenceCounts | None:
    said, scores = read.said[read.answered], read.scores[read.answered]
    match task.task:
        case Task.BINARY:
            return count_scores(said, scores)
        case Task.MULTICLASS:
            return count_said(said.tolist(), task.classes, scores)
        case _:
            return None


def _nothing(task: OutcomeTask) -> Counts:
    match task.task:
        case Task.BINARY:
            return BinaryCounts.empty()
        case Task.MULTICLASS:
            return MulticlassCounts.empty(task.classes)
        case _:
            return RegressionCounts.empty()


def _first(task: OutcomeTask, cell: Cell) -> Read:
    """Return a cell with only those of its outcomes usable that are the first ones so."""
    read = read_cell(task, cell)
    if cell.former is None:
        return read
    return replace(read, usable=read.usable & ~read_cell(task, cell.former).usable)


def _count(task: OutcomeTask, parts: Sequence[tuple[Cell, Read]], *, new: bool) -> Cohort:
    """Return what cells of one cohort add to it, all at once: labels may be as many as rows."""
    found = Cohort.empty(task)
    if new:
        everything = _joined([read for _, read in parts])
        found = replace(found, predictions=int(everything.answered.sum()), scores=_ask(task, everything))
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


def _lag(cell: Cell, read: Read) -> int:
    return sum(filter(None, compress(cell.lags, read.usable.tolist())))


def _joined(reads: Sequence[Read]) -> Read:
    if len(reads) == 1:
        return reads[0]
    names = ("answered", "usable", "said", "true", "scores", "times")
    return Read(**{name: np.concatenate([getattr(read, name) for read in reads]) for name in names})


def _pairs(task: OutcomeTask, read: Read) -> Counts:
    said, true = read.said[read.usable], read.true[read.usable]
    match task.task:
        case Task.BINARY:
            return count_binary(true, said, read.scores[read.usable])
        case Task.MULTICLASS:
            return count_multiclass(true.tolist(), said.tolist(), task.classes, read.scores[read.usable])
        case _:
            return count_regression(true, said)
