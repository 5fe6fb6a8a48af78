"""The alerts of a model: those that wait to be resolved, and what became of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from driftgauge.queries.asking import at_most, days_back, of_model
from driftgauge.queries.values import finite, utc, utc_if_any
from driftgauge.store.execute import Connection, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveAlert:
    """An alert that is not resolved; `severity` is critical, warning or info.

    `value` is its number, and `threshold` what that is held against, where there are such.
    """

    alert_id: int
    version: str
    environment: str
    alert_type: str
    severity: str
    message: str
    details: Mapping[str, object]
    value: float | None
    threshold: float | None
    triggered_at: datetime
    acknowledged: bool
    acknowledged_at: datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAlert:
    """An alert that began some time ago, whether it has ended or not; `severity` is critical, warning or info.

    `value` is its number, and `threshold` what that is held against, where there are such. `resolution` says what ended
    it (docs/alerts.md has all); None where that is not known, or it has not.
    """

    alert_id: int
    version: str
    environment: str
    alert_type: str
    severity: str
    message: str
    labels: Mapping[str, str]
    value: float | None
    threshold: float | None
    triggered_at: datetime
    acknowledged: bool
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    suppressed: bool
    resolved: bool
    resolved_at: datetime | None
    resolution: str | None
    resolved_by: str | None


def active_alerts(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    limit: int = 100,
) -> list[ActiveAlert]:
    """Return a model's alerts that are not resolved, however old: critical before warning before info, then the newest.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(connection, "show/active_alerts", **of_model(model, version, environment), rows=at_most(limit))
    return [
        ActiveAlert(
            alert_id=row.id,
            version=row.version,
            environment=row.environment,
            alert_type=row.alert_type,
            severity=row.severity,
            message=row.message,
            details=row.details,
            value=finite(row.value),
            threshold=finite(row.threshold),
            triggered_at=utc(row.triggered_at),
            acknowledged=row.acknowledged,
            acknowledged_at=utc_if_any(row.acknowledged_at),
            acknowledged_by=row.acknowledged_by,
        )
        for row in rows
    ]


def alert_history(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    days: float = 30,
    limit: int = 1_000,
) -> list[PastAlert]:
    """Return a model's alerts that began in the last days, the newest first, those that have ended, too.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection,
        "show/alert_history",
        **of_model(model, version, environment),
        hours=days_back(days),
        rows=at_most(limit),
    )
    return [
        PastAlert(
            alert_id=row.id,
            version=row.version,
            environment=row.environment,
            alert_type=row.alert_type,
            severity=row.severity,
            message=row.message,
            labels=row.labels,
            value=finite(row.value),
            threshold=finite(row.threshold),
            triggered_at=utc(row.triggered_at),
            acknowledged=row.acknowledged,
            acknowledged_at=utc_if_any(row.acknowledged_at),
            acknowledged_by=row.acknowledged_by,
            suppressed=row.suppressed,
            resolved=row.resolved,
            resolved_at=utc_if_any(row.resolved_at),
            resolution=row.resolution,
            resolved_by=row.resolved_by,
        )
        for row in rows
    ]
