"""The components of health: what each is from 0 to 1, by which facts, and how much it weighs unless set otherwise."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from driftgauge.health.facts import Facts, JudgedFacts
from driftgauge.model.traffic import LATENCY_BOUNDS

SILENT_TO_0: Final = 3.0
"""Multiples of the silence that is allowed after which freshness is 0."""
UNHEALTHY: Final = "unhealthy"
LONGEST_STATUS: Final = 40
SECONDS_AN_HOUR: Final = 3600
NAMED: Final = 3
"""As many names are told of what is wanting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What a model is measured by: the latency, in seconds, that a share of its predictions should keep to.

    Shares of fewer than `minimum_predictions` are not told: one prediction would move them too far.
    """

    latency_objective: float = 0.2
    latency_target: float = 0.95
    minimum_predictions: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a component is, in [0, 1], and why; None where nobody can tell."""

    value: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of health; `weight` is the share of the score that it takes away where it is 0."""

    name: str
    weight: float
    measure: Callable[[Facts, Yardstick], Measure]


def success(facts: Facts, by: Yardstick) -> Measure:
    """Return the share of the predictions that succeeded.

    Notes
    -----
    c = successes / predictions.

    Examples
    --------
    >>> from driftgauge.health.facts import TrafficFacts
    >>> traffic = TrafficFacts(hours=1, predictions=200, successes=190, latency_buckets=(), latency_sum=0)
    >>> success(Facts(traffic=traffic), Yardstick())
    Measure(value=0.95, reason='190 of 200 predictions in 1 h succeeded')
    """
    traffic = facts.traffic
    if traffic is None or traffic.predictions < by.minimum_predictions:
        return _too_few(traffic.predictions if traffic else 0, "predictions", by)
    of = f"{traffic.successes:,} of {traffic.predictions:,} predictions in {traffic.hours:g} h succeeded"
    return Measure(value=_clip(traffic.successes / traffic.predictions), reason=of)


def latency(facts: Facts, by: Yardstick) -> Measure:
    """Return how near the share of predictions within the latency objective comes to its target.

    Notes
    -----
    c = min(1, share / target). See `share_within` for the error of the share.

    Examples
    --------
    >>> from driftgauge.health.facts import TrafficFacts
    >>> buckets = (0, 0, 0, 0, 0, 0, 76, 0, 0, 24, 0, 0, 0, 0)
    >>> traffic = TrafficFacts(hours=1, predictions=100, successes=100, latency_buckets=buckets, latency_sum=30)
    >>> latency(Facts(traffic=traffic), Yardstick())
    Measure(value=0.8, reason='76 % within 200 ms, wanted are 95 %')
    """
    traffic = facts.traffic
    if traffic is None or traffic.timed < by.minimum_predictions:
        return _too_few(traffic.timed if traffic else 0, "latencies", by)
    share = share_within(traffic.latency_buckets, by.latency_objective)
    reason = f"{_percent(share)} within {by.latency_objective * 1000:g} ms, wanted are {_percent(by.latency_target)}"
    return Measure(value=_clip(share / by.latency_target), reason=reason)


def share_within(buckets: Sequence[int], objective: float) -> float:
    """Return the share of latencies at or below an objective.

    Parameters
    ----------
    buckets : sequence of int
        Counts up to each of `LATENCY_BOUNDS`, and beyond the last; at least one is above 0.
    objective : float
        In seconds, up to the last of the bounds.

    Returns
    -------
    float
        In [0, 1].

    Notes
    -----
    Latencies are taken as evenly spread over the bucket that the objective lies in. The share is exact where the
    objective is one of the bounds; elsewhere it is off by at most the share of that bucket.

    Examples
    --------
    >>> buckets = [0] * 6 + [30, 60, 10, 0, 0, 0, 0, 0]  # from 0.05 s to 0.1 s, to 0.25 s and to 0.5 s
    >>> share_within(buckets, 0.1), round(share_within(buckets, 0.2), 12)
    (0.3, 0.7)
    """
    place = bisect_left(LATENCY_BOUNDS, objective)
    low, high = (LATENCY_BOUNDS[place - 1] if place else 0.0), LATENCY_BOUNDS[place]
    within = sum(buckets[:place]) + buckets[place] * (objective - low) / (high - low)
    return within / sum(buckets)


def data_drift(facts: Facts, by: Yardstick) -> Measure:
    """Return the share of the features that have not drifted in the last judged window, by importance where known.

    Notes
    -----
    c = 1 - sum of the importances of drifted features / sum of those of judged ones; all alike where none was logged.

    Examples
    --------
    >>> from driftgauge.health.facts import DriftFacts
    >>> drift = DriftFacts(drifted_features=1, judged_features=4, drifted_share=0.25, drifted_weight=None, reason="")
    >>> data_drift(Facts(drift=drift), Yardstick())
    Measure(value=0.75, reason='1 of 4 features drifted')
    """
    del by
    drift = facts.drift
    if drift is None:
        return Measure(value=None, reason="no window was judged lately")
    if drift.drifted_share is None:
        return Measure(value=None, reason=drift.reason)
    reason = f"{drift.drifted_features} of {drift.judged_features} features drifted"
    if drift.drifted_weight is None:
        return Measure(value=_clip(1 - drift.drifted_share), reason=reason)
    weight = f"{reason}, with {_percent(drift.drifted_weight)} of the importance"
    return Measure(value=_clip(1 - drift.drifted_weight), reason=weight)


def concept_drift(facts: Facts, by: Yardstick) -> Measure:
    """Return 0 if anything tells a recent concept drift, else 1.

    Examples
    --------
    >>> from driftgauge.health.facts import ConceptFacts
    >>> concept_drift(Facts(concept=ConceptFacts(watching=2, drifted=("adwin of error_rate",))), Yardstick())
    Measure(value=0.0, reason='drifted by adwin of error_rate')
    """
    del by
    concept = facts.concept
    if concept is None or not concept.watching:
        return Measure(value=None, reason="nothing follows its outcomes")
    if concept.drifted:
        return Measure(value=0.0, reason=f"drifted by {_named(concept.drifted)}")
    return Measure(value=1.0, reason=f"none of {concept.watching} tells a drift")


def performance(facts: Facts, by: Yardstick) -> Measure:
    """Return the share of the judged metrics that are not degraded in the latest matured cohort.

    Examples
    --------
    >>> performance(Facts(performance=JudgedFacts(judged=4, wanting=("recall",))), Yardstick())
    Measure(value=0.75, reason='1 of 4 metrics degraded: recall')
    """
    del by
    return _share(facts.performance, "metrics degraded", nothing="no matured cohort was judged")


def data_quality(facts: Facts, by: Yardstick) -> Measure:
    """Return the share of the newest checks of rows, features and texts that are sound.

    Examples
    --------
    >>> data_quality(Facts(quality=JudgedFacts(judged=8, wanting=("missing_share of age",))), Yardstick())
    Measure(value=0.875, reason='1 of 8 checks faulty: missing_share of age')
    """
    del by
    return _share(facts.quality, "checks faulty", nothing="no check was made lately")


def explanation_drift(facts: Facts, by: Yardstick) -> Measure:
    """Return the share of the features whose explanations have not drifted when they were last judged.

    Examples
    --------
    >>> explanation_drift(Facts(explanations=JudgedFacts(judged=5, wanting=())), Yardstick())
    Measure(value=1.0, reason='0 of 5 features explained otherwise')
    """
    del by
    return _share(facts.explanations, "features explained otherwise", nothing="no explanation was judged lately")


def freshness(facts: Facts, by: Yardstick) -> Measure:
    """Return whether a model still predicts: 1 while its silence is a usual one, falling to 0 at three times that.

    Notes
    -----
    c = (3 L - s) / 2 L, clipped to [0, 1], for a silence s of which L is allowed.

    Examples
    --------
    >>> from driftgauge.health.facts import SilenceFacts
    >>> freshness(Facts(silence=SilenceFacts(silent=7200, limit=3600)), Yardstick())
    Measure(value=0.5, reason='silent for 2 h, 60 min are allowed')
    """
    del by
    silence = facts.silence
    if silence is None:
        return Measure(value=None, reason="nobody knows when it predicted last")
    if silence.limit is None or silence.limit <= 0:
        return Measure(value=None, reason="nobody knows yet how long it may be silent")
    left = (SILENT_TO_0 * silence.limit - silence.silent) / ((SILENT_TO_0 - 1) * silence.limit)
    reason = f"silent for {_span(silence.silent)}, {_span(silence.limit)} are allowed"
    return Measure(value=_clip(left), reason=reason)


def logged_checks(facts: Facts, by: Yardstick) -> Measure:
    """Return the score of the newest health check that a service logged.

    Notes
    -----
    c = the score, clipped to [0, 1]. `unhealthy` with a score of 1, which a check has that gives none, is 0.

    Examples
    --------
    >>> from driftgauge.health.facts import CheckFacts
    >>> logged_checks(Facts(check=CheckFacts(status="degraded", score=0.5)), Yardstick())
    Measure(value=0.5, reason='degraded, 0.5')
    >>> logged_checks(Facts(check=CheckFacts(status="unhealthy", score=1.0)), Yardstick()).value
    0.0
    """
    del by
    check = facts.check
    if check is None:
        return Measure(value=None, reason="none was logged lately")
    value = 0.0 if check.status == UNHEALTHY and check.score >= 1 else _clip(check.score)
    return Measure(value=value, reason=f"{check.status[:LONGEST_STATUS]}, {check.score:.3g}")


COMPONENTS: Final[Mapping[str, Component]] = MappingProxyType(
    {
        component.name: component
        for component in (
            Component(name="success", weight=1.0, measure=success),
            Component(name="freshness", weight=1.0, measure=freshness),
            Component(name="latency", weight=0.2, measure=latency),
            Component(name="data_quality", weight=0.3, measure=data_quality),
            Component(name="data_drift", weight=0.3, measure=data_drift),
            Component(name="concept_drift", weight=0.4, measure=concept_drift),
            Component(name="performance", weight=0.5, measure=performance),
            Component(name="explanation_drift", weight=0.2, measure=explanation_drift),
            Component(name="logged_checks", weight=0.5, measure=logged_checks),
        )
    }
)
"""Every component by name, in the order in which they are shown."""


def _share(facts: JudgedFacts | None, what: str, *, nothing: str) -> Measure:
    if facts is None or not facts.judged:
        return Measure(value=None, reason=nothing)
    wanting = f": {_named(facts.wanting)}" if facts.wanting else ""
    reason = f"{len(facts.wanting)} of {facts.judged} {what}{wanting}"
    return Measure(value=_clip(1 - len(facts.wanting) / facts.judged), reason=reason)


def _too_few(found: int, what: str, by: Yardstick) -> Measure:
    return Measure(value=None, reason=f"{found:,} {what}, at least {by.minimum_predictions:,} are needed")


def _named(names: Sequence[str]) -> str:
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds <= SECONDS_AN_HOUR else f"{seconds / SECONDS_AN_HOUR:.3g} h"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _clip(value: float) -> float:
    return min(max(value, 0.0), 1.0)
