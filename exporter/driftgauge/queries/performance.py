"""How well a model does, once outcomes are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from driftgauge.queries.asking import named, of_model, whole_days
from driftgauge.store.execute import Connection, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceDay:
    """The finite values that a metric took in one UTC day; mean and p95 are None when there was none."""

    day: date
    mean: float | None
    p95: float | None
    samples: int


def performance_trend(
    connection: Connection,
    model: str,
    *,
    metric: str = "accuracy",
    version: str | None = None,
    environment: str | None = None,
    days: int = 30,
) -> list[PerformanceDay]:
    """Return a performance metric of a model by UTC day, today the last; a day without any is left out.

    It is what was computed from outcomes (`model_performance_history`), not what services logged (`recent_metrics`).

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection,
        "show/performance_trend",
        **of_model(model, version, environment),
        metric_name=named("metric", metric),
        days=whole_days(days),
    )
    return [PerformanceDay(day=row.day, mean=row.mean, p95=row.p95, samples=row.samples) for row in rows]
