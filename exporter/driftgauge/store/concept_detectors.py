"""What the detectors of concept drift remember, and the changes that they told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from driftgauge.concept.change import Direction
from driftgauge.concept.detector import State
from driftgauge.model.identity import ModelKey
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all
from driftgauge.store.keys import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What is kept of a detector of a task between two looks: its state, None where it does not watch, and moments.

    All but `told_at`, which is by the clock, are event times: of the first error and the last, of the last warning and
    the last drift, which went in `direction`.
    """

    state: State | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    warned_at: datetime | None = None
    drifted_at: datetime | None = None
    direction: Direction | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What has become of a detector: `tells` says that its drift is told just now, `reason` why it does not watch."""

    remembered: Remembered
    metric: str
    seen: int
    score: float | None
    tells: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldChange:
    """A change as it is kept; `at` is the event time of the value, `seen` counts the values up to it.

    It is told now, or was at `told_at`.
    """

    detector: str
    metric: str
    verdict: str
    direction: Direction
    drifted: bool
    reference_mean: float | None
    current_mean: float | None
    statistic: float
    threshold: float
    score: float
    seen: int
    at: datetime
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorStanding:
    """How far a detector of a model is, and the event time of its last error; `score` is None before it watches."""

    key: ModelKey
    detector: str
    metric: str
    score: float | None
    last_at: datetime | None
    drifted_at: datetime | None
    told_at: datetime | None


def lock_detectors(connection: Connection, task_id: int) -> dict[str, Remembered]:
    """Return what the detectors of a task remember, by name, and hold it until the transaction ends."""
    return {
        row.detector: Remembered(
            state=row.state,
            first_at=row.first_at,
            last_at=row.last_at,
            warned_at=row.warned_at,
            drifted_at=row.drifted_at,
            direction=None if row.direction is None else Direction(row.direction),
            told_at=row.told_at,
        )
        for row in fetch_all(connection, "concept/lock_detectors", task_id=task_id)
    }


def write_detectors(connection: Connection, task_id: int, progress: Mapping[str, Progress]) -> None:
    """Write what has become of the detectors of a task; those that are not among them no longer follow it."""
    execute(connection, "concept/delete_detectors", task_id=task_id, kept=list(progress))
    execute_many(
        connection,
        "concept/write_detector",
        [
            {
                "task_id": task_id,
                "detector": detector,
                "metric_name": one.metric,
                "reason": one.reason,
                "state": None if one.remembered.state is None else orjson.dumps(one.remembered.state).decode(),
                "seen": one.seen,
                "score": one.score,
                "first_at": one.remembered.first_at,
                "last_at": one.remembered.last_at,
                "warned_at": one.remembered.warned_at,
                "drifted_at": one.remembered.drifted_at,
                "direction": one.remembered.direction,
                "told_at": one.remembered.told_at,
                "tells": one.tells,
            }
            for detector, one in sorted(progress.items())
        ],
    )


def write_changes(connection: Connection, key: ModelKey, task_id: int, changes: Iterable[ToldChange]) -> None:
    """Write the changes that detectors have told of a task."""
    execute_many(
        connection,
        "concept/write_change",
        [
            {
                "task_id": task_id,
                "model_name": key.model,
                "version": key.version,
                "environment": key.environment,
                "metric_name": change.metric,
                "detector": change.detector,
                "verdict": change.verdict,
                "direction": change.direction,
                "drift_detected": change.drifted,
                "reference_mean": change.reference_mean,
                "current_mean": change.current_mean,
                "mean_difference": difference(change.reference_mean, change.current_mean),
                "statistic": change.statistic,
                "threshold": change.threshold,
                "score": change.score,
                "seen": change.seen,
                "at": change.at,
                "told_at": change.told_at,
            }
            for change in changes
        ],
    )


def difference(reference: float | None, current: float | None) -> float | None:
    """Return reference - current, None where either is unknown.

    Examples
    --------
    >>> difference(0.75, 0.5), difference(0.75, None)
    (0.25, None)
    """
    return None if reference is None or current is None else reference - current


def read_standings(connection: Connection) -> list[DetectorStanding]:
    """Return how far the detectors of every model are."""
    return [
        DetectorStanding(
            key=key_of(row),
            detector=row.detector,
            metric=row.metric_name,
            score=row.score,
            last_at=row.last_at,
            drifted_at=row.drifted_at,
            told_at=row.told_at,
        )
        for row in fetch_all(connection, "concept/read_standings")
    ]
