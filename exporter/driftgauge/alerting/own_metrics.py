"""What rules can ask of beside logged metrics: the exporter's own figures, by name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from driftgauge.health.facts import TrafficFacts
from driftgauge.model.traffic import LATENCY_BOUNDS

SCORE: Final = "ml_performance_score."
OWN_METRICS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ml_predictions": "predictions of the last hour, 0 if there are none",
        "ml_error_ratio": "share of them that did not succeed",
        "ml_latency_mean_seconds": "their mean latency",
        "ml_latency_p95_seconds": "the latency that 95 % of them keep to, interpolated between the histogram's bounds",
        "ml_drifted_features_ratio": "share of the features that drifted in the last judged window",
        "ml_drifted_importance_ratio": "share of their importance",
        "ml_dataset_drift_score": "drift of all features together, from 1 on too much",
        "ml_health_score": "the health score",
        f"{SCORE}<metric>": "a metric of the latest matured cohort",
    }
)
"""What each name means; a logged metric of such a name is not asked."""
_TRAFFIC: Final = "a prediction of the last hour, and a roll-up that keeps up: driftgauge show predictions"
_DRIFT: Final = "a window judged in the last day: driftgauge show drift"
NEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ml_predictions": "a version that has predicted, and a roll-up that keeps up: driftgauge show predictions",
        "ml_error_ratio": _TRAFFIC,
        "ml_latency_mean_seconds": _TRAFFIC,
        "ml_latency_p95_seconds": _TRAFFIC,
        "ml_drifted_features_ratio": _DRIFT,
        "ml_drifted_importance_ratio": f"{_DRIFT}, and importances: driftgauge show importance",
        "ml_dataset_drift_score": _DRIFT,
        "ml_health_score": "a score of the last two hours: driftgauge show health",
    }
)
"""What there must be for each to have a value."""
_SHARE: Final = (0.0, 1.0)
RANGES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "ml_predictions": (0.0, math.inf),
        "ml_error_ratio": _SHARE,
        "ml_latency_mean_seconds": (0.0, math.inf),
        "ml_latency_p95_seconds": (0.0, math.inf),
        "ml_drifted_features_ratio": _SHARE,
        "ml_drifted_importance_ratio": _SHARE,
        "ml_dataset_drift_score": (0.0, math.inf),
        "ml_health_score": _SHARE,
    }
)
"""Between what each lies."""


def traffic_metrics(traffic: TrafficFacts) -> Iterator[tuple[str, float]]:
    """Yield the figures of some predictions, at least one.

    Examples
    --------
    >>> buckets = (0,) * 6 + (50, 50) + (0,) * 6
    >>> traffic = TrafficFacts(hours=1, predictions=100, successes=98, latency_buckets=buckets, latency_sum=10)
    >>> {name: round(value, 6) for name, value in traffic_metrics(traffic)}  # doctest: +NORMALIZE_WHITESPACE
    {'ml_predictions': 100.0, 'ml_error_ratio': 0.02, 'ml_latency_mean_seconds': 0.1,
     'ml_latency_p95_seconds': 0.235}
    """
    yield "ml_predictions", float(traffic.predictions)
    yield "ml_error_ratio", 1 - traffic.successes / traffic.predictions
    if traffic.timed:
        yield "ml_latency_mean_seconds", traffic.latency_sum / traffic.timed
        yield "ml_latency_p95_seconds", latency_quantile(traffic.latency_buckets, 0.95)


def silent_metrics() -> Iterator[tuple[str, float]]:
    """Yield the figures of no predictions at all: of none, nothing has a share or a mean.

    Examples
    --------
    >>> dict(silent_metrics())
    {'ml_predictions': 0.0}
    """
    yield "ml_predictions", 0.0


def latency_quantile(buckets: tuple[int, ...], share: float) -> float:
    """Return the latency that a share of the predictions keep to.

    Parameters
    ----------
    buckets : tuple of int
        Counts up to each of `LATENCY_BOUNDS`, and beyond the last; at least one is above 0.
    share : float
        In (0, 1].

    Returns
    -------
    float
        In seconds; the last of the bounds where it lies beyond.

    Notes
    -----
    Latencies are taken as evenly spread over their bucket, as Prometheus' `histogram_quantile` does.

    Examples
    --------
    >>> latency_quantile((0, 100) + (0,) * 12, 0.5)
    0.00175
    """
    wanted, below, low = share * sum(buckets), 0, 0.0
    for bound, count in zip(LATENCY_BOUNDS, buckets, strict=False):
        if count and below + count >= wanted:
            return low + (bound - low) * (wanted - below) / count
        below, low = below + count, bound
    return LATENCY_BOUNDS[-1]
