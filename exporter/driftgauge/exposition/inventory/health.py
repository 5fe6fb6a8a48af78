"""How well a model is, in one figure and its parts."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import gauge

HEALTH: Final = (
    gauge(
        "ml_health_score",
        "How well the model is, from 0 to 1: the product of 1 - weight (1 - component) over its components.",
        job="health",
    ),
    gauge("ml_health_score_threshold", "The score below which somebody should look at the model.", job="health"),
    gauge(
        "ml_health_component_ratio",
        "How well the model is in one respect, from 0 to 1; absent where nobody can tell.",
        "component",
        job="health",
    ),
    gauge(
        "ml_health_component_weight_ratio",
        "The share of the score that a component takes away where it is 0.",
        "component",
        job="health",
    ),
    gauge(
        "ml_health_check_score",
        "The score of the newest health check that a service logged in the last day, as logged.",
        job="health",
    ),
    gauge("ml_health_check_timestamp_seconds", "When that check was made, unix time.", job="health"),
)
