"""Outcome tasks, what is known before there is one, and the cohorts that are counted by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import orjson

from driftgauge.model.identity import ModelKey
from driftgauge.performance.codec import Asked, decode, encode
from driftgauge.performance.evidence import Evidence
from driftgauge.performance.metric import Counts
from driftgauge.performance.pairs import Cohort
from driftgauge.performance.task import OutcomeTask
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all, fetch_one
from driftgauge.store.keys import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredTask:
    """A model's task, by which its cohorts are counted."""

    task_id: int
    key: ModelKey
    task: OutcomeTask


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CohortPlace:
    """Where a cohort is kept: its task, its segment ('' for all rows) and the start of its event times."""

    task_id: int
    segment: str
    start: datetime


def read_tasks(connection: Connection) -> dict[ModelKey, RegisteredTask]:
    """Return the task of each model that has one."""
    tasks: dict[ModelKey, RegisteredTask] = {}
    for row in fetch_all(connection, "outcomes/read_tasks"):
        key = key_of(row)
        tasks[key] = RegisteredTask(task_id=row.task_id, key=key, task=OutcomeTask.from_json(row.definition))
    return tasks


def add_task(connection: Connection, key: ModelKey, task: OutcomeTask) -> RegisteredTask:
    """Register a model's task; the one before has been retired."""
    row = fetch_one(
        connection,
        "outcomes/add_task",
        **_key_params(key),
        task=task.task.value,
        definition=orjson.dumps(task.to_json()).decode(),
    )
    assert row is not None  # noqa: S101 - an insert returns its row
    return RegisteredTask(task_id=row.task_id, key=key, task=task)


def retire_task(connection: Connection, task: RegisteredTask, *, floor: datetime | None) -> None:
    """Retire a task and delete its cohorts from `floor` on, which its successor counts anew; the older ones stay."""
    execute(connection, "outcomes/retire_task", task_id=task.task_id, floor=floor)


def read_evidence(connection: Connection) -> dict[ModelKey, Evidence]:
    """Return what is known of the models without a task."""
    return {key_of(row): Evidence.from_json(row.evidence) for row in fetch_all(connection, "outcomes/read_evidence")}


def write_evidence(connection: Connection, key: ModelKey, evidence: Evidence) -> None:
    """Keep what is known of a model without a task."""
    document = orjson.dumps(evidence.to_json()).decode()
    execute(connection, "outcomes/write_evidence", **_key_params(key), evidence=document)


def delete_evidence(connection: Connection, key: ModelKey) -> None:
    """Forget what is known of a model: it has a task now."""
    execute(connection, "outcomes/delete_evidence", **_key_params(key))


def add_cohorts(
    connection: Connection, task: RegisteredTask, additions: Mapping[CohortPlace, Cohort], *, revision: int
) -> None:
    """Add to cohorts of a task. The caller holds the outcomes' lock, so nobody else writes them meanwhile."""
    places: list[CohortPlace] = sorted(additions)
    kept = fetch_all(
        connection,
        "outcomes/read_cohorts",
        task_ids=[place.task_id for place in places],
        segments=[place.segment for place in places],
        starts=[place.start for place in places],
    )
    merged = dict(additions)
    for row in kept:
        place = places[int(row.place) - 1]
        merged[place] = cohort_of(row).plus(additions[place])
    there = {places[int(row.place) - 1] for row in kept}
    nothing = Cohort.empty(task.task)
    rows = [
        _row(place, merged[place], task.task, revision)
        | (_unchanged(additions[place], nothing) if place in there else {})
        for place in places
    ]
    execute_many(connection, "outcomes/write_cohort", rows)


def _unchanged(addition: Cohort, nothing: Cohort) -> dict[str, object]:
    """Return empty bytes for what an addition leaves as it is, so that it need not be written: it is what is large."""
    left: dict[str, object] = {}
    if encode(addition.counts) == encode(nothing.counts):
        left["counts"] = b""
    if addition.scores and nothing.scores and encode(addition.scores) == encode(nothing.scores):
        left["scores"] = b""
    return left


def cohort_of(row: Any) -> Cohort:  # noqa: ANN401 - a named tuple of a query's columns
    """Return the cohort that a row holds."""
    return Cohort(
        predictions=row.predictions,
        outcomes=row.outcomes,
        unusable=row.unusable,
        lag_microseconds=int(row.lag_microseconds),
        counts=cast("Counts", decode(row.counts)),
        scores=None if row.scores is None else cast("Asked", decode(row.scores)),
    )


def _row(place: CohortPlace, cohort: Cohort, task: OutcomeTask, revision: int) -> dict[str, object]:
    return {
        "task_id": place.task_id,
        "segment": place.segment,
        "cohort_start": place.start,
        "cohort_end": place.start + task.cohort,
        "predictions": cohort.predictions,
        "outcomes": cohort.outcomes,
        "unusable": cohort.unusable,
        "lag_microseconds": cohort.lag_microseconds,
        "counts": encode(cohort.counts),
        "scores": None if cohort.scores is None else encode(cohort.scores),
        "revision": revision,
    }


def _key_params(key: ModelKey) -> dict[str, object]:
    return {"model_name": key.model, "version": key.version, "environment": key.environment}
