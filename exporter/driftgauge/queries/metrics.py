"""The metrics that services log about their models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftgauge.queries.asking import at_most, hours_back, of_model
from driftgauge.queries.values import finite, utc
from driftgauge.store.execute import Connection, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One logged figure; None where the service logged NaN or an infinity."""

    version: str
    environment: str
    name: str
    value: float | None
    unit: str
    timestamp: datetime


def recent_metrics(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    hours: float = 24,
    limit: int = 100,
) -> list[Metric]:
    """Return a model's metrics of the last hours, the newest first.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection,
        "show/recent_metrics",
        **of_model(model, version, environment),
        hours=hours_back(hours),
        rows=at_most(limit),
    )
    return [
        Metric(
            version=row.version,
            environment=row.environment,
            name=row.metric_name,
            value=finite(row.metric_value),
            unit=row.metric_unit or "",
            timestamp=utc(row.timestamp),
        )
        for row in rows
    ]
