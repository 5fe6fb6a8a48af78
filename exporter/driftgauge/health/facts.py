"""What is known of a model when its health is scored: facts that others have found, each None where there are none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficFacts:
    """Predictions of a span: how many, how many succeeded, and their latencies in seconds.

    `latency_buckets` are counts below `LATENCY_BOUNDS` and beyond, `latency_sum` the sum, of latencies that are finite.
    """

    hours: float
    predictions: int
    successes: int
    latency_buckets: tuple[int, ...]
    latency_sum: float

    @property
    def timed(self) -> int:
        """How many have a latency."""
        return sum(self.latency_buckets)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceFacts:
    """For how long a model has been silent, and how long it may be by its usual gaps, in seconds."""

    silent: float
    limit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFacts:
    """The last judged window: which share of the features drifted, and of their importance where that is known.

    `drifted_share` is None where no feature could be judged; `reason` then says why.
    """

    drifted_features: int
    judged_features: int
    drifted_share: float | None
    drifted_weight: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptFacts:
    """What looks for concept drift (`watching`), and what of it has told one, each as detector and metric."""

    watching: int
    drifted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFacts:
    """Things that were judged, by count, and the names of those that were found wanting."""

    judged: int
    wanting: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFacts:
    """The newest health check that a service logged, with a score that is a number."""

    status: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of a model; `performance` are metrics, `quality` checks, `explanations` features."""

    traffic: TrafficFacts | None = None
    silence: SilenceFacts | None = None
    drift: DriftFacts | None = None
    concept: ConceptFacts | None = None
    performance: JudgedFacts | None = None
    quality: JudgedFacts | None = None
    explanations: JudgedFacts | None = None
    check: CheckFacts | None = None
