"""Cohorts with outcomes, as the join leaves them, and the job that judges them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from driftgauge.jobs.performance import PerformanceJob
from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import floor_to
from driftgauge.performance.binary import count_binary
from driftgauge.performance.metric import Counts, Task
from driftgauge.performance.options import JudgingOptions
from driftgauge.performance.pairs import Cohort
from driftgauge.performance.task import OutcomeTask
from driftgauge.performance.unlabelled import ScoreCounts
from driftgauge.store.cohorts import CohortPlace, RegisteredTask, add_cohorts, add_task, retire_task
from driftgauge.store.execute import execute
from integration.jobs.stage import DAY, HOUR, KEY, Record, Stage

OPTIONS: Final = JudgingOptions(maturity=2 * DAY, reference_cohorts=5)
CAR_LOAN: Final = Path(__file__).parents[2] / "data" / "car_loan.npz"
SCORES: Final = 101
BINARY: Final = OutcomeTask(task=Task.BINARY, cohort=DAY)
Rows = tuple[IntArray, IntArray, FloatArray]


@dataclass(frozen=True, kw_only=True)
class Cohorts:
    """Cohorts of models on a stage; `today` is the start of the cohort that is open now."""

    stage: Stage

    @property
    def today(self) -> datetime:
        """The start of the day."""
        return floor_to(self.stage.border, DAY)

    def register(self, task: OutcomeTask = BINARY, key: ModelKey = KEY) -> RegisteredTask:
        """Give a model a task."""
        with self.stage.database.transaction() as connection:
            return add_task(connection, key, task)

    def retire(self, task: RegisteredTask, *, floor: datetime | None = None) -> None:
        """Retire a task."""
        with self.stage.database.transaction() as connection:
            retire_task(connection, task, floor=floor)

    def add(self, task: RegisteredTask, cohorts: Mapping[tuple[str, datetime], Cohort]) -> None:
        """Add to cohorts by segment and start, in a transaction with a revision of its own, as the join does."""
        with self.stage.database.transaction() as connection:
            execute(connection, "outcomes/create_marks", job="outcomes")
            row = connection.execute(
                "UPDATE watermarks SET revision = revision + 1 WHERE job = 'outcomes' RETURNING revision"
            ).fetchone()
            assert row is not None
            places = {
                CohortPlace(task_id=task.task_id, segment=segment, start=start): cohort
                for (segment, start), cohort in cohorts.items()
            }
            add_cohorts(connection, task, places, revision=row[0])

    def add_days(self, task: RegisteredTask, cohorts: Mapping[int, Cohort], segment: str = "") -> None:
        """Add to cohorts by how many days ago they began."""
        self.add(task, {(segment, self.today - days * DAY): cohort for days, cohort in cohorts.items()})

    def pass_time(self, span: timedelta) -> None:
        """Let so much time pass, in whole days: all that is known moves into the past."""
        days = {"span": span}
        with self.stage.admin.transaction():
            self.stage.admin.execute("SET LOCAL session_replication_role = replica")  # both ends of a key move
            for table in (b"outcome_cohorts", b"performance_results"):
                moved = b" SET cohort_start = cohort_start - %(span)s, cohort_end = cohort_end - %(span)s"
                self.stage.admin.execute(b"UPDATE " + table + moved, days)
            for table in (b"performance_results", b"performance_marks"):
                self.stage.admin.execute(b"UPDATE " + table + b" SET due_at = due_at - %(span)s", days)
            moved = b" SET window_start = window_start - %(span)s, window_end = window_end - %(span)s"
            self.stage.admin.execute(b"UPDATE reference_profiles" + moved, days)

    def job(self, options: JudgingOptions | Callable[[str], JudgingOptions] = OPTIONS) -> PerformanceJob:
        """Return a fresh job; options are of all models alike, or follow from the name."""
        return PerformanceJob(self.stage.database, options if callable(options) else lambda _: options)

    def results(self, metric: str = "accuracy", **of: object) -> list[Record]:
        """Return what is found of a metric, cohort by cohort, from the view that dashboards read."""
        rows = self.stage.select(
            "SELECT * FROM performance_cohorts WHERE metric_name = %s ORDER BY segment, cohort_start", metric
        )
        return [row for row in rows if all(row[name] == value for name, value in of.items())]

    def verdicts(self, metric: str = "accuracy", **of: object) -> list[str]:
        """Return the verdicts on the realised values of a metric, in order of time."""
        return [row["realised_verdict"] for row in self.results(metric, **of)]


def cohort_of(counts: Counts, *, predictions: int | None = None, lag: timedelta = HOUR) -> Cohort:
    """Return a cohort of so many predictions, of which those that are counted have an outcome."""
    return Cohort(
        predictions=counts.n if predictions is None else predictions,
        outcomes=counts.n,
        unusable=0,
        lag_microseconds=counts.n * int(lag.total_seconds() * 1e6),
        counts=counts,
        scores=None,
    )


def classified(rows: int = 1000, *, right: float = 0.9, predictions: int | None = None, seed: int = 0) -> Cohort:
    """Return a cohort of a classifier that is right as often as that, but for up to four rows that follow `seed`."""
    rng = np.random.default_rng([rows, seed])
    said = rng.integers(0, 2, rows)
    wrong = np.zeros(rows, dtype=bool)
    wrong[: round(rows * (1 - right)) + seed % 5] = True
    counts = count_binary(np.where(wrong, 1 - said, said), said, np.where(said == 1, 0.9, 0.1))
    asked = ScoreCounts.of(counts)
    return replace(cohort_of(counts, predictions=predictions), scores=asked)


def car_loan() -> list[Rows]:
    """Return twenty chunks of 5,000 rows: labels, predicted labels and scores; the first ten are the reference."""
    with np.load(CAR_LOAN) as arrays:
        counts: IntArray = arrays["y_pred_proba/outcomes"].astype(np.int64)
    cells = [np.repeat(np.arange(chunk.size), chunk) for chunk in counts.reshape(len(counts), -1)]
    return [(cell // (2 * SCORES), cell // SCORES % 2, cell % SCORES / 100) for cell in cells]


def document(row: Record, column: str) -> dict[str, Any]:
    """Return a column of JSON."""
    found: dict[str, Any] = row[column]
    return found
