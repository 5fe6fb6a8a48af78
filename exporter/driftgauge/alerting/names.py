"""Names in rules that people write: which can never mean anything, which are likely misspelt, and what cannot hold."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from driftgauge.alerting.condition import (
    OPERATORS,
    Basis,
    Condition,
    DriftDetected,
    MetricThreshold,
    PerformanceBelow,
)
from driftgauge.alerting.own_metrics import NEEDS, OWN_METRICS, RANGES, SCORE
from driftgauge.config.findings import nearest
from driftgauge.performance.business_value import NAME as BUSINESS_VALUE
from driftgauge.performance.metric import Direction, Task
from driftgauge.performance.registry import METRICS

RESERVED: Final = ("ml_", "driftgauge_")
"""The exporter's own metrics begin so."""
OWN: Final = frozenset(OWN_METRICS) - {f"{SCORE}<metric>"}
SPAN: Final = "in the last 28 days"
METRICS_OF: Final[Mapping[Task, frozenset[str]]] = MappingProxyType(
    {
        task: frozenset((*metrics, *(() if task is Task.REGRESSION else (BUSINESS_VALUE,))))
        for task, metrics in METRICS.items()
    }
)
PERFORMANCE: Final = frozenset(name for names in METRICS_OF.values() for name in names)

Place = tuple[str, str]
"""A model, and its environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What is known: models, and of each the metrics that it logs (and when last), its features and tasks."""

    models: frozenset[Place] = frozenset()
    metrics: Mapping[Place, Mapping[str, datetime]] = field(default_factory=dict[Place, Mapping[str, datetime]])
    features: Mapping[Place, frozenset[str]] = field(default_factory=dict[Place, frozenset[str]])
    tasks: Mapping[Place, frozenset[Task]] = field(default_factory=dict[Place, frozenset[Task]])


def refusal(condition: Condition, logged: Collection[str], exported: Collection[str]) -> str:
    """Return why a condition can never have a value; empty: it may have one.

    Parameters
    ----------
    condition
        Of the rule.
    logged
        The metrics that its model has logged.
    exported
        What the exporter exports to Prometheus.

    Examples
    --------
    >>> refusal(PerformanceBelow(metric="accuracyx", threshold=0.9), (), ())
    'there is no metric of performance accuracyx; did you mean accuracy?'
    """
    if isinstance(condition, DriftDetected):
        return ""
    name = condition.metric
    if isinstance(condition, PerformanceBelow) or name.startswith(SCORE):
        return _unknown_performance(name.removeprefix(SCORE))
    return "" if name in OWN or name in logged else _unknown_metric(name, exported)


def doubts(condition: Condition, place: Place, names: Names) -> Iterator[str]:
    """Yield what is likely wrong with a rule, although it may come right, in words for who wrote it.

    Examples
    --------
    >>> names = Names(models=frozenset({("churn", "production")}))
    >>> rule = MetricThreshold(metric="revenue", operator="<", threshold=5)
    >>> list(doubts(rule, ("chrun", "production"), names))
    ['no model chrun has predicted or logged a metric in the last 28 days; did you mean churn?']
    """
    if place in names.models:
        yield from _unknown_names(condition, place, names)
    else:
        yield _unknown_place(place, names.models)
    yield from never_or_always(condition)


def needs(condition: Condition) -> str:
    """Return what there must be for a condition to have a value, in words.

    Examples
    --------
    >>> needs(PerformanceBelow(metric="accuracy", threshold=0.9))
    'it needs a matured cohort of the last 28 days: driftgauge show performance'
    """
    if isinstance(condition, DriftDetected):
        which = "" if condition.feature is None else f" in which {condition.feature} could be judged"
        return f"it needs a window judged in the last day{which}: driftgauge show drift"
    if isinstance(condition, PerformanceBelow):
        cohort = "a matured" if condition.basis is Basis.REALISED else "an estimated"
        return f"it needs {cohort} cohort of the last 28 days: driftgauge show performance"
    if condition.metric.startswith(SCORE):
        return needs(PerformanceBelow(metric=condition.metric, threshold=condition.threshold))
    return f"it needs {NEEDS.get(condition.metric, 'a value that was logged in the last day: driftgauge show metrics')}"


def _unknown_metric(name: str, exported: Collection[str]) -> str:
    """Return why a metric that nobody has logged cannot be; empty: a service may log it yet."""
    if name == SCORE.removesuffix("."):
        return f"{name} needs the metric's name: {SCORE}accuracy"
    if name in exported:
        return (
            f"{name} is known to Prometheus alone: write a rule there, or ask of a metric that your service logs, "
            f"or of {', '.join(OWN_METRICS)}"
        )
    if name.startswith(RESERVED):
        near = nearest(name, OWN) or f"; there are {', '.join(OWN_METRICS)}"
        return f"there is no metric {name}{near}; one that your service logs by such a name has to be logged first"
    return ""


def _unknown_performance(name: str) -> str:
    if name in PERFORMANCE:
        return ""
    near = nearest(name, PERFORMANCE) or f"; there are {', '.join(sorted(PERFORMANCE))}"
    return f"there is no metric of performance {name}{near}"


def _unknown_place(place: Place, known: Collection[Place]) -> str:
    model, environment = place
    elsewhere = sorted(other for name, other in known if name == model)
    if elsewhere:
        return f"{model} is known in {', '.join(elsewhere)}, and not in {environment}"
    near = nearest(model, {name for name, _ in known})
    return f"no model {model} has predicted or logged a metric {SPAN}{near}"


def _unknown_names(condition: Condition, place: Place, names: Names) -> Iterator[str]:
    """Yield which names of a condition its model does not know."""
    model, logged = place[0], names.metrics.get(place, {})
    if isinstance(condition, DriftDetected):
        features = names.features.get(place, frozenset())
        if not features:
            yield f"no feature of {model} was judged for drift {SPAN}: driftgauge show drift says why"
        elif condition.feature is not None and condition.feature not in features:
            yield f"no feature {condition.feature} of {model} was judged {SPAN}{nearest(condition.feature, features)}"
        return
    metric = condition.metric.removeprefix(SCORE)
    if isinstance(condition, PerformanceBelow) or condition.metric.startswith(SCORE):
        tasks = names.tasks.get(place)
        if not tasks:
            yield f"no outcomes of {model} are known: performance needs them"
        elif not any(metric in METRICS_OF[task] for task in tasks):
            of = " or ".join(sorted(task.value for task in tasks))
            there = sorted({name for task in tasks for name in METRICS_OF[task]})
            yield f"{metric} is no metric of {of} models, as {model} is; there are {', '.join(there)}"
    elif metric not in OWN and metric not in logged:
        if metric in PERFORMANCE:
            near = f"; by outcomes it is a rule with --performance {metric}"
        else:
            near = nearest(metric, {*logged, *OWN})
        yield f"{model} has logged no metric {metric} {SPAN}{near}"


def never_or_always(condition: Condition) -> Iterator[str]:
    """Yield that a condition holds of no possible value or of every one, or while its model does well.

    Examples
    --------
    >>> list(never_or_always(PerformanceBelow(metric="accuracy", threshold=90)))
    ['accuracy is between 0 and 1: this always holds']
    """
    if isinstance(condition, DriftDetected):
        return
    name, least, greatest = condition.metric, -math.inf, math.inf
    if isinstance(condition, PerformanceBelow) or name.startswith(SCORE):
        name = name.removeprefix(SCORE)
        metrics = [of_task[name] for of_task in METRICS.values() if name in of_task]
        if not metrics:  # of the business value, it is the cost matrix that bounds it
            return
        least, greatest = min(one.least for one in metrics), max(one.greatest for one in metrics)
        if isinstance(condition, PerformanceBelow) and metrics[0].direction is Direction.LOWER:
            yield (
                f"{name} is the better the lower it is, so this holds while the model does well; ask "
                f'--metric {SCORE}{name} --operator ">" --threshold {condition.threshold:g}'
            )
    elif name in RANGES:
        least, greatest = RANGES[name]
    operator = condition.operator if isinstance(condition, MetricThreshold) else "<"
    inside = min(max(condition.threshold, least), greatest)
    held = {OPERATORS[operator](value, condition.threshold) for value in (least, inside, greatest)}
    if len(held) == 1:
        range_of = f"at least {least:g}" if greatest == math.inf else f"between {least:g} and {greatest:g}"
        yield f"{name} is {range_of}: {'this always holds' if True in held else 'this never holds'}"
