"""Where a model's performance has changed for a reason: the comparisons that found concept drift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftgauge.queries.asking import at_most, days_back, of_model
from driftgauge.queries.values import finite, utc, utc_if_any
from driftgauge.store.execute import Connection, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptDriftAlert:
    """A metric that has drifted; `mean_difference` is reference - current, `statistic` the t statistic.

    The bounds of the two windows are None where predictions are looked at as they come.
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
    reference_start: datetime | None
    reference_end: datetime | None
    current_start: datetime | None
    current_end: datetime | None
    timestamp: datetime


def concept_drift_alerts(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    days: float = 7,
    limit: int = 100,
) -> list[ConceptDriftAlert]:
    """Return where a model's concept drifted in the last days (of 24 hours each), the newest first.

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
            reference_start=utc_if_any(row.reference_window_start),
            reference_end=utc_if_any(row.reference_window_end),
            current_start=utc_if_any(row.current_window_start),
            current_end=utc_if_any(row.current_window_end),
            timestamp=utc(row.timestamp),
        )
        for row in rows
    ]
