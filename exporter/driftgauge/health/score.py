"""The health score: a product of factors, one a component, so that what each takes away can be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from types import MappingProxyType
from typing import Final

from driftgauge.health.classic import SLOW_MS
from driftgauge.health.components import COMPONENTS, Measure, Yardstick, success
from driftgauge.health.facts import Facts

SUCCESS: Final = "success"
CLASSIC_WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {SUCCESS: 1.0, "latency": 0.2, "data_drift": 0.3, "concept_drift": 0.4}
)
"""Of the classic rule, whose factors are 0.8, 0.7 and 0.6 where something is wrong."""


class Rule(StrEnum):
    """What a score is made of."""

    COMPONENTS = "components"
    CLASSIC = "classic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component of a score: its value in [0, 1], None where nobody can tell, its weight in [0, 1], and why."""

    component: str
    value: float | None
    weight: float
    reason: str

    @property
    def factor(self) -> float:
        """What the score is multiplied by: 1 - weight (1 - value), and 1 where the value is not known.

        Examples
        --------
        >>> Part(component="data_drift", value=0.5, weight=0.3, reason="").factor
        0.85
        """
        return 1.0 if self.value is None else (1 - self.weight) + self.weight * self.value

    @property
    def takes_away(self) -> float:
        """The share of the score that it takes away."""
        return 1 - self.factor


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthScore:
    """A model's score, None where nothing that weighs is known, and the parts that it is the product of."""

    score: float | None
    rule: Rule
    parts: tuple[Part, ...]


def combine(parts: Iterable[Part]) -> float | None:
    """Return the score that parts come to.

    Parameters
    ----------
    parts : iterable of Part
        With values and weights in [0, 1].

    Returns
    -------
    float or None
        From 0 (worst) to 1; None where no part that weighs something has a value.

    Notes
    -----
    score = Π (1 - wᵢ (1 - cᵢ)) over the known parts, of weight wᵢ and value cᵢ. A part can lower the score, never raise
    it, by at most its weight; two that are wrong are worse than one.

    Examples
    --------
    >>> slow = Part(component="latency", value=0.5, weight=0.2, reason="")
    >>> drifted = Part(component="concept_drift", value=0.0, weight=0.4, reason="")
    >>> unknown = Part(component="performance", value=None, weight=0.5, reason="")
    >>> round(combine([slow, drifted, unknown]), 12)
    0.54
    >>> combine([unknown]) is None
    True
    """
    parts = tuple(parts)
    if not any(part.value is not None and part.weight > 0 for part in parts):
        return None
    return min(max(prod(part.factor for part in parts), 0.0), 1.0)


def score_components(facts: Facts, by: Yardstick, weights: Mapping[str, float]) -> HealthScore:
    """Return the score of a model by its components; those without a weight of their own have that of the registry."""
    parts: list[Part] = []
    for name, component in COMPONENTS.items():
        found = component.measure(facts, by)
        weight = weights.get(name, component.weight)
        parts.append(Part(component=name, value=found.value, weight=weight, reason=found.reason))
    return HealthScore(score=combine(parts), rule=Rule.COMPONENTS, parts=tuple(parts))


def score_classic(facts: Facts, by: Yardstick) -> HealthScore:
    """Return the classic score of a model, by the same facts; without predictions there is none."""
    traffic, drift, concept = facts.traffic, facts.drift, facts.concept
    found = success(facts, by)
    mean = None if traffic is None or not traffic.timed else 1000 * traffic.latency_sum / traffic.timed
    return classic_parts(
        success_rate=found.value,
        mean_latency_ms=mean,
        data_drift=drift is not None and drift.drifted_features > 0,
        concept_drift=concept is not None and bool(concept.drifted),
        why_none=found.reason,
    )


def classic_parts(
    *,
    success_rate: float | None,
    mean_latency_ms: float | None,
    data_drift: bool,
    concept_drift: bool,
    why_none: str = "there were no predictions",
) -> HealthScore:
    """Return the classic score as a product of parts, each 0 or 1 but for the success rate.

    Examples
    --------
    >>> found = classic_parts(success_rate=0.9, mean_latency_ms=250.0, data_drift=True, concept_drift=False)
    >>> [(part.component, part.value) for part in found.parts]
    [('success', 0.9), ('latency', 0.0), ('data_drift', 0.0), ('concept_drift', 1.0)]
    >>> round(found.score, 12)
    0.504
    """
    latency = (
        Measure(value=None, reason="none was measured")
        if mean_latency_ms is None
        else Measure(
            value=float(not mean_latency_ms > SLOW_MS),
            reason=f"{mean_latency_ms:.4g} ms on average, {SLOW_MS:g} are allowed",
        )
    )
    measures = {
        SUCCESS: Measure(value=None, reason=why_none)
        if success_rate is None
        else Measure(value=min(max(success_rate, 0.0), 1.0), reason=f"{100 * success_rate:.3g} % succeeded"),
        "latency": latency,
        "data_drift": Measure(value=float(not data_drift), reason="drifted" if data_drift else "none"),
        "concept_drift": Measure(value=float(not concept_drift), reason="drifted" if concept_drift else "none"),
    }
    parts = tuple(
        Part(component=name, value=found.value, weight=CLASSIC_WEIGHTS[name], reason=found.reason)
        for name, found in measures.items()
    )
    return HealthScore(score=None if success_rate is None else combine(parts), rule=Rule.CLASSIC, parts=parts)
