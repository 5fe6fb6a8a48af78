"""How answers that are nothing but a table are shown to people: metrics, anomalies, checks of data, alerts."""

from __future__ import annotations

from typing import Final

from driftgauge.cli.output import moment
from driftgauge.cli.tables import Columns, figure
from driftgauge.queries import ActiveAlert, Metric, MetricDay, MetricVerdict, QualityCheck

METRIC: Final[Columns[Metric]] = {
    "when": lambda row: moment(row.timestamp),
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "metric": lambda row: row.name,
    "value": lambda row: figure(row.value),
    "unit": lambda row: row.unit,
}
METRIC_DAY: Final[Columns[MetricDay]] = {
    "day": lambda row: row.day.isoformat(),
    "mean": lambda row: figure(row.mean),
    "least": lambda row: figure(row.least),
    "most": lambda row: figure(row.most),
    "samples": lambda row: f"{row.samples:,}",
}
ANOMALY: Final[Columns[MetricVerdict]] = {
    "hour from": lambda row: moment(row.hour),
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "metric": lambda row: row.metric,
    "verdict": lambda row: row.verdict.replace("_", " "),
    "": lambda row: row.direction or "",
    "of allowed": lambda row: "" if row.score is None else f"{row.score:.2f}",
    "why": lambda row: row.reason,
}
QUALITY: Final[Columns[QualityCheck]] = {
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "feature": lambda row: row.feature or "",
    "check": lambda row: row.check,
    "verdict": lambda row: row.verdict.replace("_", " "),
    "value": lambda row: figure(row.value),
    "threshold": lambda row: figure(row.threshold),
    "why": lambda row: row.reason,
}
ALERT: Final[Columns[ActiveAlert]] = {
    "id": lambda row: str(row.alert_id),
    "severity": lambda row: row.severity,
    "since": lambda row: moment(row.triggered_at),
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "type": lambda row: row.alert_type,
    "value": lambda row: figure(row.value),
    "limit": lambda row: figure(row.threshold),
    "message": lambda row: row.message,
    "": lambda row: f"acknowledged by {row.acknowledged_by or 'somebody'}" if row.acknowledged else "",
}
