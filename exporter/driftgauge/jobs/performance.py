"""Judge performance: each cohort that has changed, closed or matured, against limits or what its reference's had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from driftgauge.exposition.samples import AnySample
from driftgauge.jobs.failures import ModelFailures
from driftgauge.jobs.performance_fitting import Fitting
from driftgauge.jobs.performance_samples import performance_samples
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import Reference, reference_for
from driftgauge.performance.cohorts import judge_cohort
from driftgauge.performance.dle import Dle
from driftgauge.performance.metric import Task
from driftgauge.performance.options import JudgingOptions
from driftgauge.performance.reference import PerformanceReference
from driftgauge.store.clock import read_now
from driftgauge.store.cohorts import RegisteredTask, read_tasks
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.performance import (
    CohortResult,
    Mark,
    StaleCohort,
    complete,
    read_latest,
    read_mark,
    read_marks,
    read_stale,
    start_over,
    try_performance_lock,
    write_results,
)
from driftgauge.store.performance_references import read_fitted, write_fitted
from driftgauge.store.profiles import read_window
from driftgauge.store.references import Layouts, read_references

MOST_AT_ONCE: Final = 500
"""Cohorts of a model that are judged in one transaction."""
MOST_IN_A_RUN: Final = 5_000
"""Cohorts after which a run leaves the rest to the next, which follows at once."""
KEPT_SHOWING: Final = timedelta(days=28)
"""How long after its newest cohort should have matured a model that logs nothing more is shown."""
EVERYTHING: Final = -1
"""The revision since which every cohort has changed."""

OptionsOf = Callable[[str], JudgingOptions]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown of a task until a moment, as it was judged at another."""

    judged_at: datetime | None
    until: datetime | None
    samples: tuple[AnySample, ...]


class PerformanceJob:
    """Judges every model that has a task; keeps what is shown of each."""

    name = "performance"

    def __init__(self, database: Database, options_of: OptionsOf, layouts: Layouts | None = None) -> None:
        """Take how each model is judged, by its name, and layouts that are shared with others."""
        self._database = database
        self._options_of = options_of
        self._layouts = layouts or Layouts()
        self._shown: dict[int, Shown] = {}
        self.behind = False
        self.failures = ModelFailures()

    def run(self) -> tuple[AnySample, ...]:
        """Judge what has changed, write it, and return the samples of every model's latest cohorts.

        Each model is judged in a transaction of its own, which also records how far: one that fails is judged again in
        the next run, and stops no other. What failed is in `failures`, and raised if every model did. `behind` tells
        whether the run has left something for the next.
        """
        with self._database.transaction(read_only=True) as connection:
            now = read_now(connection)
            tasks = read_tasks(connection)
            marks = read_marks(connection)
            references = read_references(connection, active_only=True)
        self._layouts.keep({reference.reference_id for reference in references})
        active = {task.task_id for task in tasks.values()}
        self._shown = {task_id: shown for task_id, shown in self._shown.items() if task_id in active}
        self.failures = failures = ModelFailures()
        self.behind = False
        room = MOST_IN_A_RUN
        for key, task in sorted(tasks.items()):
            mark = marks.get(task.task_id)
            if mark is not None:
                with failures.of(key):
                    room -= self._follow(task, mark, reference_for(key, references), room)
        failures.raise_if_all(len(tasks))
        return tuple(
            sample
            for _, shown in sorted(self._shown.items())
            if shown.until is not None and now < shown.until
            for sample in shown.samples
        )

    def _follow(self, task: RegisteredTask, mark: Mark, features: Reference | None, room: int) -> int:
        """Judge what a task has to be judged, and show what is judged by now; return how many cohorts that were."""
        options, judged = self._options_of(task.key.model), 0
        if mark.is_behind(options.standard(features and features.reference_id)):
            if room > 0:
                judged = self._judge(task, options, features)
            else:
                self.behind = True
        shown = self._shown.get(task.task_id)
        if mark.judged_at is not None and (
            shown is None or shown.judged_at is None or shown.judged_at < mark.judged_at
        ):
            with self._database.transaction(read_only=True) as connection:
                self._show(connection, task, mark.judged_at)
        return judged

    def _show(self, connection: Connection, task: RegisteredTask, judged_at: datetime) -> None:
        latest = read_latest(connection, task)
        newest = max((result.cohort_end for result in latest), default=None)
        self._shown[task.task_id] = Shown(
            judged_at=judged_at,
            until=newest and newest + self._options_of(task.key.model).maturity + KEPT_SHOWING,
            samples=tuple(performance_samples(task.key, latest)),
        )

    def _judge(self, task: RegisteredTask, options: JudgingOptions, features: Reference | None) -> int:
        """Judge some cohorts of a task, the oldest first, unless another exporter does; return how many."""
        reference_id = features and features.reference_id
        standard, basis = options.standard(reference_id), options.basis(reference_id)
        with self._database.transaction() as connection:
            if not try_performance_lock(connection, task.key):
                return 0
            mark = read_mark(connection, task.task_id)
            if mark is None:  # retired meanwhile
                return 0
            since = mark.revision if mark.revision <= mark.newest else EVERYTHING
            if mark.standard != standard:
                start_over(connection, task, standard=standard, basis=basis, first=mark.standard is None)
                since = EVERYTHING
            judging = _Judging(
                fitting=Fitting(
                    connection=connection,
                    task=task,
                    options=options,
                    features=features,
                    layouts=self._layouts,
                    now=read_now(connection),
                ),
                fitted=read_fitted(connection, task.task_id),
            )
            stale = read_stale(connection, task.task_id, revision=since, standard=standard, most=MOST_AT_ONCE)
            if judging.fit_missing(stale, basis=basis):
                stale = read_stale(connection, task.task_id, revision=EVERYTHING, standard=standard, most=MOST_AT_ONCE)
            write_results(connection, task, [judging.judge(cohort) for cohort in stale], standard=standard)
            if len(stale) < MOST_AT_ONCE:
                judged_at = complete(connection, task.task_id, revision=mark.newest)
                self._show(connection, task, judged_at)
            else:
                self.behind = True
        return len(stale)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judging:
    """Judges the cohorts of one task in one transaction; `fitted` is what they are held against, by segment."""

    fitting: Fitting
    fitted: dict[str, PerformanceReference]

    def fit_missing(self, stale: list[StaleCohort], *, basis: str) -> bool:
        """Fit the references that may have become possible, as a cohort has matured, and tell whether any was."""
        fitting = self.fitting
        ripe = {one.segment for one in stale if one.window.end + fitting.options.maturity <= fitting.now}
        found: Mapping[str, PerformanceReference | None] = {
            segment: fitting.fit(segment) for segment in sorted(ripe - self.fitted.keys())
        }
        for segment, reference in found.items():
            if reference is not None:
                write_fitted(fitting.connection, fitting.task.task_id, segment, reference, basis=basis)
                self.fitted[segment] = reference
        return any(found.values())

    def judge(self, stale: StaleCohort) -> CohortResult:
        """Judge a cohort."""
        now, options, window = self.fitting.now, self.fitting.options, stale.window
        cohort, reference = stale.cohort(), self.fitted.get(stale.segment)
        verdict = judge_cohort(
            cohort,
            window,
            options,
            now=now,
            reference=reference,
            features=self._features(stale, reference, cohort.predictions),
        )
        if not verdict.estimated and self.fitting.task.task.task is Task.REGRESSION:
            verdict = replace(verdict, estimated=stale.was_estimated)  # its features may no longer be kept
        matures_at = window.end + options.maturity
        matured, closed = matures_at <= now, window.end <= now
        restated = stale.was_matured and stale.judged_revision != stale.revision
        return CohortResult(
            segment=stale.segment,
            window=window,
            revision=stale.revision,
            predictions=cohort.predictions,
            outcomes=cohort.outcomes,
            lag_microseconds=cohort.lag_microseconds,
            closed=closed,
            was_matured=stale.was_matured,
            matured_at=matures_at if matured else None,
            restated_at=now if restated else stale.restated_at,
            due_at=None if matured else matures_at if closed else window.end,
            verdict=verdict,
        )

    def _features(
        self, stale: StaleCohort, reference: PerformanceReference | None, predictions: int
    ) -> ModelProfile | None:
        """Return the profile of a regressor's cohort; None where profiles do not have all of its rows, and just those.

        So it is with a cohort of hours once its day is kept as a whole.
        """
        features = self.fitting.features
        if features is None or reference is None or not isinstance(reference.estimator, Dle):
            return None
        connection, key = self.fitting.connection, self.fitting.task.key.of_segment(stale.segment)
        layout = self.fitting.layouts.of(connection, features.reference_id)
        found = read_window(connection, layout, reference_id=features.reference_id, key=key, window=stale.window).total
        return found if found.rows >= max(predictions, 1) else None
