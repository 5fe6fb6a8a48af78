"""How well cohorts did: what each is judged to be, how far tasks are judged, and the history of matured cohorts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow
from driftgauge.performance.cohorts import CohortVerdict
from driftgauge.performance.findings import Finding, Findings
from driftgauge.performance.pairs import Cohort
from driftgauge.store.cohorts import RegisteredTask, cohort_of
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all, fetch_one

REALISED, ESTIMATED = "realised", "estimated"
MICROSECONDS: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a task is judged: its cohorts up to `revision`, by a standard (None: never); `newest` is what it has.

    `due` tells whether a cohort has closed or matured since; `judged_at` is when all was judged last.
    """

    standard: str | None
    revision: int
    newest: int
    due: bool
    judged_at: datetime | None

    def is_behind(self, standard: str) -> bool:
        """Tell whether there is something to judge."""
        return self.standard != standard or self.newest != self.revision or self.due


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StaleCohort:
    """A cohort that is to be judged, and what was made of it before; `judged_revision` is None if it never was.

    `written` are its counts as they are stored.
    """

    segment: str
    window: TimeWindow
    revision: int
    written: Any
    judged_revision: int | None
    was_matured: bool
    restated_at: datetime | None
    was_estimated: Findings

    def cohort(self) -> Cohort:
        """Return its counts."""
        return cohort_of(self.written)


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortResult:
    """A cohort's judgement as it is kept; `due_at` is when it closes or matures next.

    One that `was_matured` and is so no longer, as more time is given to outcomes now, has no history.
    """

    segment: str
    window: TimeWindow
    revision: int
    predictions: int
    outcomes: int
    lag_microseconds: int
    closed: bool
    was_matured: bool
    matured_at: datetime | None
    restated_at: datetime | None
    due_at: datetime | None
    verdict: CohortVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestResult:
    """The newest result that is shown of one basis: of a matured cohort realised, of a closed one estimated."""

    basis: str
    segment: str
    cohort_end: datetime
    predictions: int
    outcomes: int
    coverage: float | None
    mean_lag_seconds: float | None
    findings: Findings


def try_performance_lock(connection: Connection, key: ModelKey) -> bool:
    """Take the lock on a model's performance until the transaction ends; False if another session has it."""
    row = fetch_one(connection, "performance/try_lock", **_key_params(key))
    return row is not None and bool(row.locked)


def read_marks(connection: Connection) -> dict[int, Mark]:
    """Return how far each active task is judged, by its id."""
    return {row.task_id: _mark(row) for row in fetch_all(connection, "performance/read_marks")}


def read_mark(connection: Connection, task_id: int) -> Mark | None:
    """Return how far a task is judged; None if it was retired meanwhile."""
    row = fetch_one(connection, "performance/read_mark", task_id=task_id)
    return None if row is None else _mark(row)


def start_over(connection: Connection, task: RegisteredTask, *, standard: str, basis: str, first: bool) -> None:
    """Judge all cohorts of a task by another standard, and forget references of another basis.

    A task's `first` time forgets what history has of the cohorts that it counts anew.
    """
    execute(connection, "performance/start_over", task_id=task.task_id, standard=standard, basis=basis)
    if first:
        execute(connection, "performance/forget_replaced", task_id=task.task_id, **_key_params(task.key))


def read_stale(connection: Connection, task_id: int, *, revision: int, standard: str, most: int) -> list[StaleCohort]:
    """Return at most so many cohorts that changed since a revision, are due, or were judged by another standard."""
    rows = fetch_all(
        connection, "performance/read_stale", task_id=task_id, revision=revision, standard=standard, most=most
    )
    return [
        StaleCohort(
            segment=row.segment,
            window=TimeWindow(start=row.cohort_start, end=row.cohort_end),
            revision=row.revision,
            written=row,
            judged_revision=row.judged_revision,
            was_matured=row.judged_matured,
            restated_at=row.restated_at,
            was_estimated=_findings(row.judged_estimated or {}),
        )
        for row in rows
    ]


def write_results(
    connection: Connection, task: RegisteredTask, results: Sequence[CohortResult], *, standard: str
) -> None:
    """Put judgements in place of those before, and the metrics of matured cohorts into the model's history."""
    execute_many(connection, "performance/write_result", [_row(task, result, standard) for result in results])
    known = [result for result in results if result.was_matured or result.matured_at is not None]
    history = [line for result in known for line in _history(result)]
    execute_many(connection, "performance/delete_history", [_kept(task, result) for result in known])
    execute(
        connection,
        "performance/write_history",
        task_id=task.task_id,
        **_key_params(task.key),
        segments=[result.segment for result, _, _, _ in history],
        starts=[result.window.start for result, _, _, _ in history],
        ends=[result.window.end for result, _, _, _ in history],
        restated=[result.restated_at for result, _, _, _ in history],
        bases=[basis for _, basis, _, _ in history],
        metrics=[name for _, _, name, _ in history],
        values=[found.measured.value for _, _, _, found in history],
        units=[found.unit for _, _, _, found in history],
        rows=[found.measured.rows for _, _, _, found in history],
        errors=[found.measured.error for _, _, _, found in history],
        lower_limits=[found.judgement.lower for _, _, _, found in history],
        upper_limits=[found.judgement.upper for _, _, _, found in history],
        verdicts=[found.judgement.verdict.value for _, _, _, found in history],
        reasons=[found.judgement.reason for _, _, _, found in history],
    )


def complete(connection: Connection, task_id: int, *, revision: int) -> datetime:
    """Record that all cohorts of a task up to a revision are judged, and return when."""
    row = fetch_one(connection, "performance/complete", task_id=task_id, revision=revision)
    assert row is not None  # noqa: S101 - the mark was written before anything is judged
    return row.judged_at


def read_latest(connection: Connection, task: RegisteredTask) -> list[LatestResult]:
    """Return what is shown of a model: the latest matured cohort of it and each segment, and its latest closed one."""
    segments = ["", *task.task.segments]
    return [
        LatestResult(
            basis=row.basis,
            segment=row.segment,
            cohort_end=row.cohort_end,
            predictions=row.predictions,
            outcomes=row.outcomes,
            coverage=row.coverage,
            mean_lag_seconds=row.mean_lag_seconds,
            findings=_findings(row.findings),
        )
        for row in fetch_all(connection, "performance/read_latest", task_id=task.task_id, segments=segments)
    ]


def _mark(row: Any) -> Mark:  # noqa: ANN401 - a named tuple of the query's own columns
    return Mark(
        standard=row.standard,
        revision=-1 if row.revision is None else row.revision,
        newest=-1 if row.newest is None else row.newest,
        due=row.due,
        judged_at=row.judged_at,
    )


def _findings(document: dict[str, Any]) -> Findings:
    return {name: Finding.from_json(found) for name, found in document.items()}


def _row(task: RegisteredTask, result: CohortResult, standard: str) -> dict[str, object]:
    outcomes = result.outcomes
    return {
        "task_id": task.task_id,
        "segment": result.segment,
        "cohort_start": result.window.start,
        "cohort_end": result.window.end,
        "revision": result.revision,
        "standard": standard,
        "predictions": result.predictions,
        "outcomes": outcomes,
        "coverage": outcomes / result.predictions if result.predictions > 0 else None,
        "mean_lag_seconds": result.lag_microseconds / outcomes / MICROSECONDS if outcomes > 0 else None,
        "closed": result.closed,
        "matured": result.matured_at is not None,
        "matured_at": result.matured_at,
        "restated_at": result.restated_at,
        "due_at": result.due_at,
        "realised": _written(result.verdict.realised),
        "estimated": _written(result.verdict.estimated),
        "curve": orjson.dumps(result.verdict.curve).decode(),
    }


def _written(findings: Findings) -> str:
    return orjson.dumps({name: found.to_json() for name, found in findings.items()}).decode()


def _history(result: CohortResult) -> Iterator[tuple[CohortResult, str, str, Finding]]:
    """Yield the metrics of a matured cohort that have a value, with their basis and name."""
    if result.matured_at is None:
        return
    for basis, findings in ((REALISED, result.verdict.realised), (ESTIMATED, result.verdict.estimated)):
        for name, found in findings.items():
            if found.measured.value is not None:
                yield result, basis, name, found


def _kept(task: RegisteredTask, result: CohortResult) -> dict[str, object]:
    lines = list(_history(result))
    return {
        **_key_params(task.key),
        "segment": result.segment,
        "cohort_start": result.window.start,
        "bases": [basis for _, basis, _, _ in lines],
        "metrics": [name for _, _, name, _ in lines],
    }


def _key_params(key: ModelKey) -> dict[str, object]:
    return {"model_name": key.model, "version": key.version, "environment": key.environment}
