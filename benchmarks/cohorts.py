"""Weigh what is kept of a model's outcomes, and the write-ahead log of a cycle in which its newest cohort grows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import psycopg

from driftgauge.jobs.performance import PerformanceJob
from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.model.identity import ModelKey
from driftgauge.performance.binary import count_binary
from driftgauge.performance.metric import Counts, Task
from driftgauge.performance.multiclass import count_multiclass
from driftgauge.performance.options import JudgingOptions
from driftgauge.performance.pairs import Cohort
from driftgauge.performance.regression import count_regression
from driftgauge.performance.task import OutcomeTask
from driftgauge.performance.unlabelled import ConfidenceCounts, ScoreCounts, count_said, count_scores
from driftgauge.store.cohorts import CohortPlace, RegisteredTask, add_cohorts, add_task
from driftgauge.store.database import Database
from report import Report

ROWS_A_DAY: Final = 12_000
DAYS: Final = 60
DAYS_KEPT: Final = 400
CYCLES: Final = 60
"""Cycles of a minute; the first writes whole pages, as the first after a checkpoint does."""
CLASSES: Final = tuple("abcdefghij")
SEGMENTS: Final = ("one", "two", "three", "four", "five")
DAY: Final = timedelta(days=1)
TABLES: Final = {
    "cohorts": "outcome_cohorts",
    "results": "performance_results",
    "history": "model_performance_history",
}


def run(dsn: str, report: Report) -> None:
    """Write cohorts of a model of each task, with five segments and without, judge them, and weigh all of it."""
    report.say(f"cohorts: {DAYS} days of {ROWS_A_DAY:,} predictions, of each task …")
    database = Database(lambda: dsn, schema="driftgauge")
    rows: list[dict[str, Any]] = []
    try:
        with psycopg.connect(dsn, autocommit=True, options="-c search_path=driftgauge") as connection:
            for task in Task:
                for segments in ((), SEGMENTS):
                    connection.execute("TRUNCATE outcome_tasks, model_performance_history CASCADE")
                    rows.append(_weigh(connection, database, task, segments))
            connection.execute("TRUNCATE outcome_tasks, model_performance_history CASCADE")
    finally:
        database.close()
    report.table("cohorts", f"What a cohort of a day takes, of {ROWS_A_DAY:,} predictions that all have outcomes", rows)


def _weigh(connection: psycopg.Connection, database: Database, task: Task, segments: tuple[str, ...]) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    definition = OutcomeTask(task=task, cohort=DAY, positive="1", classes=CLASSES, segments=segments)
    with database.transaction() as writing:
        registered = add_task(writing, ModelKey(model="weighed", version="1", environment="production"), definition)
    for ago in range(DAYS, 0, -1):
        _add(database, registered, today - ago * DAY, lambda rows: _pairs(task, rng, rows), ROWS_A_DAY)
    PerformanceJob(database, lambda _: JudgingOptions(maturity=DAY)).run()
    sizes: dict[str, float] = {}
    for name, table in TABLES.items():
        connection.execute(f"VACUUM (FULL) {table}".encode())
        sizes[name] = _one(connection, f"SELECT pg_total_relation_size('{table}')") / DAYS
    grown = {
        "WAL kB, predictions": _wal(
            connection, database, registered, today - DAY, lambda rows: _pairs(task, rng, rows, 0)
        ),
        "WAL kB, outcomes": _wal(connection, database, registered, today - DAY, lambda rows: _pairs(task, rng, rows)),
    }
    return {
        "model": f"{task.value}, {len(segments)} segments",
        **{f"{name}, kB": size / 1e3 for name, size in sizes.items()},
        "MB a model": sum(sizes.values()) * DAYS_KEPT / 1e6,
        **grown,
    }


def _wal(
    connection: psycopg.Connection,
    database: Database,
    task: RegisteredTask,
    start: datetime,
    make: Callable[[int], Cohort],
) -> float:
    """Return the kilobytes of write-ahead log that a minute more of a cohort takes, which has a day's rows already."""
    connection.execute("CHECKPOINT")
    before = _one(connection, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
    for _ in range(CYCLES):
        _add(database, task, start, make, ROWS_A_DAY // 1_440)
    return (_one(connection, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn") - before) / CYCLES / 1e3


def _add(database: Database, task: RegisteredTask, start: datetime, make: Callable[[int], Cohort], rows: int) -> None:
    parts = {"": rows} | {segment: rows // len(SEGMENTS) for segment in task.task.segments}
    with database.transaction() as connection:
        additions = {
            CohortPlace(task_id=task.task_id, segment=segment, start=start): make(of_segment)
            for segment, of_segment in parts.items()
        }
        add_cohorts(connection, task, additions, revision=1)


def _pairs(task: Task, rng: np.random.Generator, rows: int, outcomes: int | None = None) -> Cohort:
    """Return predictions of a model that is right in four of five cases, all with outcomes or none."""
    known = rows if outcomes is None else outcomes
    scores = rng.beta(2, 2, rows)
    said = (scores > 0.5).astype(np.int64)  # noqa: PLR2004 - the threshold
    true = np.where(rng.random(rows) < 0.8, said, 1 - said)[:known]  # noqa: PLR2004 - four of five
    counts: Counts
    match task:
        case Task.BINARY:
            counts = count_binary(true, said[:known], scores[:known])
        case Task.MULTICLASS:
            place: IntArray = rng.integers(0, len(CLASSES), known)
            other: IntArray = (place + (rng.random(known) > 0.8)) % len(CLASSES)  # noqa: PLR2004 - the same
            counts = count_multiclass(_named(place), _named(other), CLASSES, scores[:known])
        case _:
            counts = count_regression(rng.normal(size=known), rng.normal(size=known))
    return Cohort(
        predictions=rows,
        outcomes=known,
        unusable=0,
        lag_microseconds=known * 3_600_000_000,
        counts=counts,
        scores=_asked(task, rng, said, scores),
    )


def _asked(
    task: Task, rng: np.random.Generator, said: IntArray, scores: FloatArray
) -> ScoreCounts | ConfidenceCounts | None:
    match task:
        case Task.BINARY:
            return count_scores(said, scores)
        case Task.MULTICLASS:
            return count_said(_named(rng.integers(0, len(CLASSES), scores.size)), CLASSES, scores)
        case _:
            return None


def _named(places: IntArray) -> list[str]:
    return [CLASSES[place] for place in places.tolist()]


def _one(connection: psycopg.Connection, statement: str) -> float:
    [(value,)] = connection.execute(statement.encode()).fetchall()
    return float(value)
