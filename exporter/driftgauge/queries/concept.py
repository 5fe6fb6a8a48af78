"""Whether a model's concept drifts: how far its detectors are, and the drifts that were found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftgauge.queries.asking import at_most, days_back, of_model
from driftgauge.queries.values import finite, utc, utc_if_any
from driftgauge.store.execute import Connection, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptDriftAlert:
    """A metric that has drifted; `mean_difference` is reference - current.

    `statistic` is t, and `threshold` α, of the test `t_test`; of a detector they are in its own unit, and the bounds of
    the two windows are None. `timestamp` is the event time of the value at the drift, `told_at` when it was found.
    """

    version: str
    environment: str
    metric: str
    detector: str
    direction: str | None
    reference_mean: float | None
    current_mean: float | None
    mean_difference: float | None
    statistic: float | None
    threshold: float | None
    score: float | None
    reference_start: datetime | None
    reference_end: datetime | None
    current_start: datetime | None
    current_end: datetime | None
    timestamp: datetime
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptDetector:
    """How far a detector is, or the t test of a metric (`t_test`): from a score of 1 on there is a drift.

    `seen` counts the errors that a detector has taken, or the values in both windows. Moments are event times, but for
    `told_at`, when the last drift was found. `reason` says why there is no score.
    """

    version: str
    environment: str
    detector: str
    metric: str
    reason: str
    seen: int
    score: float | None
    first_at: datetime | None
    last_at: datetime | None
    warned_at: datetime | None
    drifted_at: datetime | None
    direction: str | None
    told_at: datetime | None


def concept_detectors(
    connection: Connection, model: str, *, version: str | None = None, environment: str | None = None
) -> list[ConceptDetector]:
    """Return how far each detector of a model is, and the newest test of each of its metrics in the last 90 days.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(connection, "show/concept_detectors", **of_model(model, version, environment))
    return [
        ConceptDetector(
            version=row.version,
            environment=row.environment,
            detector=row.detector,
            metric=row.metric_name,
            reason=row.reason,
            seen=row.seen,
            score=finite(row.score),
            first_at=utc_if_any(row.first_at),
            last_at=utc_if_any(row.last_at),
            warned_at=utc_if_any(row.warned_at),
            drifted_at=utc_if_any(row.drifted_at),
            direction=row.direction,
            told_at=utc_if_any(row.told_at),
        )
        for row in rows
    ]


def concept_drift_alerts(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    days: float = 7,
    limit: int = 100,
) -> list[ConceptDriftAlert]:
    """Return the concept drifts of a model that were found in the last days (of 24 hours each), the newest first.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection,
        "show/concept_drift_alerts",
        **of_model(model, version, environment),
        hours=days_back(days),
        rows=at_most(limit),
    )
    return [
        ConceptDriftAlert(
            version=row.version,
            environment=row.environment,
            metric=row.metric_name,
            detector=row.detector,
            direction=row.direction,
            reference_mean=finite(row.reference_mean),
            current_mean=finite(row.current_mean),
            mean_difference=finite(row.mean_difference),
            statistic=finite(row.z_score),
            threshold=finite(row.threshold),
            score=finite(row.score),
            reference_start=utc_if_any(row.reference_window_start),
            reference_end=utc_if_any(row.reference_window_end),
            current_start=utc_if_any(row.current_window_start),
            current_end=utc_if_any(row.current_window_end),
            timestamp=utc(row.timestamp),
            told_at=utc(row.told_at),
        )
        for row in rows
    ]
