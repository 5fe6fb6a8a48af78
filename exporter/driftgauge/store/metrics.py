"""The metrics that services log about their models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftgauge.model.identity import ModelKey
from driftgauge.store.execute import Connection, fetch_all
from driftgauge.store.keys import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMetric:
    """The latest value of one metric; NaN or an infinity where the service logged that."""

    name: str
    unit: str
    value: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMetrics:
    """The metrics of one model, the first by name, and how many more were found."""

    metrics: tuple[LoggedMetric, ...]
    left_out: int


def read_latest_metrics(
    connection: Connection, *, since: datetime, most: int, counted: int
) -> dict[ModelKey, LoggedMetrics]:
    """Return the latest values since a moment, of each model at most `most`; of more, `counted` names are seen."""
    found: dict[ModelKey, list[LoggedMetric]] = {}
    left_out: dict[ModelKey, int] = {}
    for row in fetch_all(connection, "metrics/read_latest", since=since, most=most, counted=counted):
        key = key_of(row)
        left_out[key] = row.left_out
        found.setdefault(key, []).append(
            LoggedMetric(name=row.metric_name, unit=row.metric_unit or "", value=row.metric_value, at=row.timestamp)
        )
    return {
        key: LoggedMetrics(
            metrics=tuple(sorted(metrics, key=lambda metric: metric.name)),
            left_out=left_out[key],
        )
        for key, metrics in found.items()
    }
