"""What is said of a metric in one hour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Normality(StrEnum):
    """The distinct states of a metric."""

    NORMAL = "normal"
    ANOMALOUS = "anomalous"
    INSUFFICIENT_DATA = "insufficient_data"


class Direction(StrEnum):
    """On which side of what is usual an anomaly lies."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyVerdict:
    """A metric of a model in one hour.

    `expected` is what is usual, `lower` and `upper` what is still allowed, all in the metric's own unit; they are None
    where nobody can tell yet, and a limit where nothing can lie beyond it. `score` is how far the value lies from what
    is usual, in multiples of what is allowed on its side. `rows` is how many values the metric is a summary of.
    """

    metric: str
    verdict: Normality
    reason: str
    value: float
    rows: int
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    score: float | None = None
    direction: Direction | None = None
