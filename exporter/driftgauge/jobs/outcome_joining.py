"""Join outcomes to their predictions, whichever come first: each pair is counted once, in its prediction's cohort."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from driftgauge.jobs.finality import Finality
from driftgauge.jobs.options import OutcomeOptions
from driftgauge.model.identity import ModelKey
from driftgauge.model.reference import Reference, reference_for
from driftgauge.performance.cells import Cell
from driftgauge.performance.evidence import Decision, Evidence, decide, evidence_of
from driftgauge.performance.pairs import Errors, count_cells, errors_of
from driftgauge.performance.task import COUNTING, THRESHOLD, OutcomeTask
from driftgauge.store.cohorts import (
    CohortPlace,
    RegisteredTask,
    add_cohorts,
    add_task,
    delete_evidence,
    read_evidence,
    read_tasks,
    retire_task,
    write_evidence,
)
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.horizon import OUTCOMES, Holder, Horizon, read_mark
from driftgauge.store.outcomes import (
    Cells,
    Marks,
    count_waiting,
    find_outcome,
    find_prediction,
    lock_marks,
    move_marks,
    read_outcomes,
    read_predictions,
    try_outcomes_lock,
)
from driftgauge.store.predictions import ModelFilter, SliceTooLarge, find_lowest_seq_of
from driftgauge.store.references import read_references

SHRINKING: Final = 8


class Follow(Protocol):
    """Hears of pairs that are complete for the first time, by the time of their predictions, while they are counted.

    `recounted` pairs are all that are kept of a model whose task has just begun: what they tell is history.
    """

    def __call__(
        self, connection: Connection, task: RegisteredTask, errors: Errors, *, recounted: bool = False
    ) -> None:
        """Take pairs, in the transaction that counts them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinReport:
    """What one run did: `held_by` names the writer that held it up, `skipped` says that another exporter was at it."""

    rows: int = 0
    slices: int = 0
    held_by: Holder | None = None
    behind: bool = False
    skipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What one transaction did: by how many numbers a mark moved, and whether nothing is left."""

    rows: int = 0
    finished: bool = False


class OutcomeJoin:
    """The join of prediction_logs and prediction_outcomes.

    What is counted follows from two marks. Moving that of the predictions adds new ones, with the outcomes that were
    there before them; moving that of the outcomes adds pairs, and takes back those whose outcome a later one corrects.
    """

    def __init__(
        self,
        database: Database,
        options: OutcomeOptions,
        pause: Callable[[float], None],
        follow: Follow | None = None,
    ) -> None:
        """Take what it works with; `pause` sleeps for some seconds, and `follow` hears of new pairs."""
        self._database = database
        self.options = options
        self._follow = follow
        self._finality = Finality(database, OUTCOMES, pause)
        self._shrunk = 1

    def run(self, *, most_slices: int | None = None) -> JoinReport:
        """Join all that is final, or so many slices of it; leave the rest for the next run."""
        horizon, holder = self._finality.wait()
        if holder is not None:
            return JoinReport(held_by=holder)
        rows = slices = 0
        self._shrunk = 1
        while most_slices is None or slices < most_slices:
            try:
                done = self._next(horizon)
            except SliceTooLarge:
                if self._shrunk > max(self.options.prediction_rows, self.options.outcome_rows):
                    raise
                self._shrunk *= SHRINKING
                continue
            if done is None:
                return JoinReport(rows=rows, slices=slices, skipped=True)
            if done.finished:
                break
            rows += done.rows
            slices += 1
        else:
            return JoinReport(rows=rows, slices=slices, behind=True)
        self._finality.reached()
        return JoinReport(rows=rows, slices=slices)

    def _next(self, horizon: Horizon) -> _Step | None:
        """Do one transaction's work; return what was done, None where another exporter is at it.

        Nothing is counted while a model's task is not as it should be: cells are cut by the options' cohorts.
        """
        with self._database.transaction() as connection:
            if not try_outcomes_lock(connection):
                return None
            now = read_mark(connection, OUTCOMES)
            marks = lock_marks(connection, now.high)
            if now.server_start != horizon.mark.server_start:
                return _Step(finished=True)
            if self._redefine_one(connection, marks):
                return _Step()
            rows = self._slice(connection, marks, horizon.mark.high)
            return _Step(rows=rows, finished=not rows)

    def _slice(self, connection: Connection, marks: Marks, high: int) -> int:
        """Move one mark on, that of the predictions first; return by how many numbers, 0 where all is joined.

        Numbers that no row has, as after a rebuild, are passed over at once: those below are final.
        """
        if marks.predictions < marks.rolled_up:
            first = find_prediction(connection, low=marks.predictions, high=marks.rolled_up)
            upper = min(marks.rolled_up, first - 1 + max(self.options.prediction_rows // self._shrunk, 1))
            self._add_predictions(connection, marks, upper)
            return upper - marks.predictions
        if marks.outcomes < high:
            first = find_outcome(connection, low=marks.outcomes, high=high)
            upper = min(high, first - 1 + max(self.options.outcome_rows // self._shrunk, 1))
            self._add_outcomes(connection, marks, upper)
            return upper - marks.outcomes
        return 0

    def _add_predictions(self, connection: Connection, marks: Marks, high: int) -> None:
        low = marks.predictions
        found = read_predictions(connection, marks, low=low, high=high, cohort=self.options.cohort)
        waiting = count_waiting(connection, marks, low=low, high=high) if found.met else 0
        moved = replace(marks, predictions=high)
        self._count(connection, moved, found.cells, new=True)
        move_marks(connection, moved, unmatched=-waiting)

    def _add_outcomes(self, connection: Connection, marks: Marks, high: int) -> None:
        found = read_outcomes(connection, marks, high=high, cohort=self.options.cohort)
        moved = replace(marks, outcomes=high)
        self._count(connection, moved, found.cells, new=False)
        move_marks(
            connection,
            moved,
            processed=found.processed,
            quarantined=found.quarantined,
            unmatched=found.unmatched,
        )

    def _count(self, connection: Connection, marks: Marks, cells: Cells, *, new: bool) -> None:
        """Count what lies before the marks that are about to be written; models without a task may get theirs."""
        tasks = read_tasks(connection)
        unknown: dict[ModelKey, Evidence] = {}
        for key, of_key in sorted(cells.items()):
            if key in tasks:
                self._add(connection, tasks[key], of_key, marks, new=new)
            else:
                unknown[key] = evidence_of(of_key)
        if unknown:
            self._learn(connection, unknown, marks)

    def _add(
        self,
        connection: Connection,
        task: RegisteredTask,
        cells: Sequence[Cell],
        marks: Marks,
        *,
        new: bool,
        recounted: bool = False,
    ) -> None:
        counted = count_cells(task.task, cells, new=new)
        additions = {
            CohortPlace(task_id=task.task_id, segment=segment, start=start): cohort
            for (segment, start), cohort in counted.items()
        }
        add_cohorts(connection, task, additions, revision=marks.revision + 1)
        if self._follow is not None:
            self._follow(connection, task, errors_of(task.task, cells), recounted=recounted)

    def _learn(self, connection: Connection, found: Mapping[ModelKey, Evidence], marks: Marks) -> None:
        """Add to what is known of models without a task; where that is enough, decide it and count all their rows."""
        known = read_evidence(connection)
        references = read_references(connection, active_only=True)
        for key, more in found.items():
            evidence = known.get(key, Evidence()).plus(more)
            decision = decide(evidence, self.options.choice_of(key.model))
            if decision is not None:
                self._begin(connection, key, self._definition(key, decision, references), marks)
            elif more.pairs:
                write_evidence(connection, key, evidence)

    def _redefine_one(self, connection: Connection, marks: Marks) -> bool:
        """Count one model anew whose task is not as it should be: it was configured, or has other segments.

        Return whether there was one; each has a transaction of its own.
        """
        references = read_references(connection, active_only=True)
        for key, registered in sorted(read_tasks(connection).items()):
            choice, task = self.options.choice_of(key.model), registered.task
            decision: Decision | None = Decision(task=task.task, positive=task.positive, classes=task.classes)
            evidence = Evidence()
            if not choice.fits(task):
                evidence = self._look_back(connection, key, marks)
                decision = decide(evidence, choice)
            definition = self._definition(key, decision, references) if decision else None
            if definition == task:
                continue
            retire_task(connection, registered, floor=marks.floor)
            if definition is None:
                write_evidence(connection, key, evidence)
            else:
                self._begin(connection, key, definition, marks)
            move_marks(connection, marks)
            return True
        for key, evidence in sorted(read_evidence(connection).items()):
            decision = decide(evidence, self.options.choice_of(key.model))
            if decision is not None:  # it was configured since
                self._begin(connection, key, self._definition(key, decision, references), marks)
                move_marks(connection, marks)
                return True
        return False

    def _definition(self, key: ModelKey, decision: Decision, references: Sequence[Reference]) -> OutcomeTask:
        threshold = self.options.choice_of(key.model).threshold
        reference = reference_for(key, references)
        return OutcomeTask(
            task=decision.task,
            cohort=self.options.cohort,
            positive=decision.positive,
            threshold=THRESHOLD if threshold is None else threshold,
            classes=decision.classes,
            segments=tuple(sorted(reference.segments)) if reference else (),
            counting=COUNTING[decision.task],
        )

    def _begin(self, connection: Connection, key: ModelKey, definition: OutcomeTask, marks: Marks) -> None:
        """Register a task and count every retained row before the marks."""
        delete_evidence(connection, key)
        task = add_task(connection, key, definition)
        for cells in self._retained(connection, key, marks):
            self._add(connection, task, cells, marks, new=True, recounted=True)

    def _look_back(self, connection: Connection, key: ModelKey, marks: Marks) -> Evidence:
        evidence = Evidence()
        for cells in self._retained(connection, key, marks):
            evidence = evidence.plus(evidence_of(cells))
        return evidence

    def _retained(self, connection: Connection, key: ModelKey, marks: Marks) -> Iterator[Sequence[Cell]]:
        """Yield a model's predictions before the marks, slice by slice."""
        only = ModelFilter.of(key)
        low = (find_lowest_seq_of(connection, only) or marks.predictions + 1) - 1
        while low < marks.predictions:
            high = min(marks.predictions, low + max(self.options.prediction_rows // self._shrunk, 1))
            found = read_predictions(connection, marks, low=low, high=high, cohort=self.options.cohort, only=only)
            yield found.cells.get(key, ())
            low = high
