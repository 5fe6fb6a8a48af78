"""Metrics that services log, and those that are not as usual."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import gauge

ANOMALIES: Final = (
    gauge(
        "ml_metric_value",
        "The latest value of a metric that services log, of each model the first 50 by name.",
        "metric",
        "unit",
        job="metrics",
    ),
    gauge(
        "ml_metrics_left_out", "Metrics of a model beyond those, up to 950; somebody varies the name.", job="metrics"
    ),
    gauge(
        "ml_anomaly_score",
        "How far a metric of the last closed hour lies from what is usual, in multiples of what is allowed: anomalous "
        "above 1.",
        "metric",
        job="anomalies",
    ),
    gauge(
        "ml_anomaly_detected",
        "Whether a metric of the last closed hour is unusually high (direction=up) or low (direction=down).",
        "metric",
        "direction",
        job="anomalies",
    ),
)
