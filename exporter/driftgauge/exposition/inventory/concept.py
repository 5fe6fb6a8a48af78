"""Concept drift: whether what is to be predicted has changed."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import gauge

CONCEPT: Final = (
    gauge(
        "ml_concept_drift_score",
        "How much of the way to a concept drift a detector, or the t test, says that a metric has gone: from 1 on it "
        "is one.",
        "detector",
        "metric",
        job="concept",
    ),
    gauge(
        "ml_concept_drift_detected",
        "Whether a concept drift was told recently by a detector, or is by the t test of the metric's last days (1).",
        "detector",
        "metric",
        job="concept",
    ),
    gauge(
        "ml_concept_drift_timestamp_seconds",
        "Event time of the last concept drift, unix time; absent where there was none.",
        "detector",
        "metric",
        job="concept",
    ),
)
