"""Follow the errors of each model by its detectors, in the transaction that pairs predictions with their outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from driftgauge.concept.change import Change, Level
from driftgauge.concept.detector import Input
from driftgauge.concept.parameters import Plain
from driftgauge.concept.registry import DETECTORS, AnyKind
from driftgauge.concept.watch import Watch
from driftgauge.performance.metric import Task
from driftgauge.performance.pairs import Errors
from driftgauge.store.cohorts import RegisteredTask
from driftgauge.store.concept_detectors import (
    Progress,
    Remembered,
    ToldChange,
    lock_detectors,
    write_changes,
    write_detectors,
)
from driftgauge.store.execute import Connection

ERROR_RATE, ABSOLUTE_ERROR = "error_rate", "absolute_error"
VERDICTS: Final[Mapping[Level, str]] = {Level.WARNING: "warning", Level.DRIFT: "drifted"}

Chosen = Mapping[str, Mapping[str, Plain]]
"""The detectors that follow a model, by name, with what is set of each."""


class ConceptStreams:
    """The detectors of every model; all that they remember is in the database, so that anyone goes on with it."""

    def __init__(self, chosen_for: Callable[[str], Chosen]) -> None:
        """Take which detectors follow a model, by its name."""
        self._chosen_for = chosen_for

    def follow(self, connection: Connection, task: RegisteredTask, errors: Errors, *, recounted: bool = False) -> None:
        """Take errors that no detector of the task has seen, and write what they tell.

        The caller's transaction holds the outcomes' lock and counts the same pairs, so that whatever ends it, both are
        written or neither is. A detector that is no longer chosen is forgotten: it would miss these errors. Retiring a
        task forgets its detectors, and what they told of pairs that are passed anew (`outcomes/retire_task`).

        What `recounted` errors tell is history: it was told when it happened, not now.
        """
        if not errors.values.size:
            return
        remembered = lock_detectors(connection, task.task_id)
        progress: dict[str, Progress] = {}
        changes: list[ToldChange] = []
        for name, parameters in self._chosen_for(task.key.model).items():
            refused = refusal(DETECTORS[name], task.task.task)
            if refused:
                progress[name] = _idle(task, refused)
                continue
            followed = _Followed(task, name, parameters, remembered.get(name) or Remembered(), recounted=recounted)
            changes += followed.take(errors)
            progress[name] = followed.progress()
        write_detectors(connection, task.task_id, progress)
        write_changes(connection, task.key, task.task_id, changes)


def refusal(kind: AnyKind, task: Task) -> str:
    """Return why a detector cannot follow the errors of a task; empty if it can.

    Examples
    --------
    >>> refusal(DETECTORS["ddm"], Task.REGRESSION)
    'takes 0 or 1, and the errors of a regressor are any numbers; choose adwin, cusum, kswin or page_hinkley'
    >>> refusal(DETECTORS["ddm"], Task.BINARY), refusal(DETECTORS["adwin"], Task.REGRESSION)
    ('', '')
    """
    if task is not Task.REGRESSION or kind.takes is Input.NUMBERS:
        return ""
    *others, last = (name for name, other in DETECTORS.items() if other.takes is Input.NUMBERS)
    choice = f"choose {', '.join(others)} or {last}"
    return f"takes {kind.takes}, and the errors of a regressor are any numbers; {choice}"


def metric_of(task: Task) -> str:
    """Return the name of the errors of a task."""
    return ABSOLUTE_ERROR if task is Task.REGRESSION else ERROR_RATE


class _Followed:
    """One detector of a task, from where it was put away."""

    def __init__(
        self,
        task: RegisteredTask,
        name: str,
        parameters: Mapping[str, Plain],
        remembered: Remembered,
        *,
        recounted: bool,
    ) -> None:
        self._task, self._name, self._recounted = task, name, recounted
        self._watch = Watch.follow(DETECTORS[name], remembered.state, parameters)
        self._before = remembered if self._watch.seen else Remembered()
        self._told: list[ToldChange] = []
        self._last_at = self._before.last_at
        self._first_at = self._before.first_at

    def take(self, errors: Errors) -> list[ToldChange]:
        """Take errors and return what changed at them."""
        seen = self._watch.seen
        self._told = [
            self._change(change, seen, errors.times[change.index]) for change in self._watch.update(errors.values)
        ]
        newest = moment(errors.times.max())
        self._first_at = self._first_at or moment(errors.times[0])
        self._last_at = newest if self._last_at is None else max(self._last_at, newest)
        return self._told

    def progress(self) -> Progress:
        """Return what has become of it."""
        drifts = [change for change in self._told if change.drifted]
        warnings = [change for change in self._told if not change.drifted]
        before, missing = self._before, self._watch.missing
        return Progress(
            remembered=Remembered(
                state=self._watch.state(),
                first_at=self._first_at,
                last_at=self._last_at,
                warned_at=warnings[-1].at if warnings else before.warned_at,
                drifted_at=drifts[-1].at if drifts else before.drifted_at,
                direction=drifts[-1].direction if drifts else before.direction,
                told_at=drifts[-1].told_at if drifts else before.told_at,
            ),
            metric=metric_of(self._task.task.task),
            seen=self._watch.seen,
            score=self._watch.score,
            tells=bool(drifts) and not self._recounted,
            reason=f"learns how large errors are; needs {missing:,} more" if missing else "",
        )

    def _change(self, change: Change, seen: int, time: float) -> ToldChange:
        at = moment(time)
        return ToldChange(
            detector=self._name,
            metric=metric_of(self._task.task.task),
            verdict=VERDICTS[change.level],
            direction=change.direction,
            drifted=change.level is Level.DRIFT,
            reference_mean=change.reference_mean,
            current_mean=change.current_mean,
            statistic=change.statistic,
            threshold=change.threshold,
            score=change.score,
            seen=seen + change.index + 1,
            at=at,
            told_at=at if self._recounted else None,
        )


def moment(seconds: float) -> datetime:
    """Return the moment so many seconds after 1970.

    Examples
    --------
    >>> moment(0.5).isoformat()
    '1970-01-01T00:00:00.500000+00:00'
    """
    return datetime.fromtimestamp(float(seconds), UTC)


def _idle(task: RegisteredTask, reason: str) -> Progress:
    return Progress(
        remembered=Remembered(), metric=metric_of(task.task.task), seen=0, score=None, tells=False, reason=reason
    )
