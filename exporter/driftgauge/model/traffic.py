"""What is counted of every prediction, features aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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

    def __add__(self, other: TrafficSummary) -> TrafficSummary:
        """Return the summary of both together."""
        slots = zip(self.latency_buckets, other.latency_buckets, strict=True)
        return TrafficSummary(
            predictions=self.predictions + other.predictions,
            latency_buckets=tuple(one + two for one, two in slots),
            latency_sum=self.latency_sum + other.latency_sum,
            latency_squares=self.latency_squares + other.latency_squares,
            latency_min=_chosen(min, self.latency_min, other.latency_min),
            latency_max=_chosen(max, self.latency_max, other.latency_max),
            confidence_count=self.confidence_count + other.confidence_count,
            confidence_sum=self.confidence_sum + other.confidence_sum,
            confidence_squares=self.confidence_squares + other.confidence_squares,
            confidence_min=_chosen(min, self.confidence_min, other.confidence_min),
            confidence_max=_chosen(max, self.confidence_max, other.confidence_max),
        )


def _chosen(choose: Callable[[Iterable[float]], float], *values: float | None) -> float | None:
    present = [value for value in values if value is not None]
    return choose(present) if present else None
