"""What is counted of every prediction, features aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LATENCY_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram in seconds; a last bucket takes the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSummary:
    """Counts and moments of some predictions: latencies in seconds, confidences as logged.

    `latency_buckets` has one entry more than `LATENCY_BOUNDS`; values that are not finite are in `predictions` alone.
    """

    predictions: int
    latency_buckets: tuple[int, ...]
    latency_sum: float
    latency_squares: float
    latency_min: float | None
    latency_max: float | None
    confidence_count: int
    confidence_sum: float
    confidence_squares: float
    confidence_min: float | None
    confidence_max: float | None
