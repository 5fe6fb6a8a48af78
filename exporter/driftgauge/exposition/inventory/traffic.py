"""What is predicted, how fast, and what is promised of it."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import counter, gauge, histogram

TRAFFIC: Final = (
    counter(
        "ml_predictions_total",
        "Predictions logged, by status, `other` where a model has very many.",
        "status",
        job="rollup",
    ),
    histogram("ml_prediction_latency_seconds", "How long predictions took.", job="rollup"),
    gauge("ml_prediction_confidence", "Mean confidence over the last hour.", job="rollup"),
    gauge("ml_last_prediction_timestamp_seconds", "Event time of the latest prediction, unix time.", job="rollup"),
)

OBJECTIVES: Final = (
    gauge("ml_slo_objective_ratio", "Share of predictions that must be good, by objective.", "slo", job="rollup"),
    gauge("ml_slo_latency_threshold_seconds", "From what latency on a prediction is too slow.", job="rollup"),
    gauge("ml_slo_minimum_predictions", "Predictions that a window needs for its burn rate to be told.", job="rollup"),
    counter(
        "ml_slow_predictions_total",
        "Predictions that took longer than the latency objective allows: `threshold`, in seconds.",
        "threshold",
        job="rollup",
    ),
)
