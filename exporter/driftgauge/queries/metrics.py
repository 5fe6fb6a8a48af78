"""The metrics that services log about their models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from driftgauge.queries.asking import at_most, hours_back, named, of_model, whole_days
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDay:
    """The finite values that a metric took in one UTC day; mean, least and most are None when there was none."""

    day: date
    mean: float | None
    least: float | None
    most: float | None
    samples: int


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


def metric_trend(
    connection: Connection,
    model: str,
    *,
    metric: str,
    version: str | None = None,
    environment: str | None = None,
    days: int = 30,
) -> list[MetricDay]:
    """Return a metric that a model's services logged by UTC day, today the last; a day without any is left out.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection,
        "show/metric_trend",
        **of_model(model, version, environment),
        metric_name=named("metric", metric),
        days=whole_days(days),
    )
    return [MetricDay(day=row.day, mean=row.mean, least=row.least, most=row.most, samples=row.samples) for row in rows]
