"""What must hold between keys of performance: metrics that are known and of the model's task, costs that are square."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from driftgauge.config.conflict import Conflict
from driftgauge.config.document import KeyPath, dotted
from driftgauge.config.findings import nearest
from driftgauge.config.settings import ModelSettings, Settings

Metrics = Mapping[str, Collection[str]]
"""The names of the metrics that limits may be set of, by task."""
VALUE: Final = "business_value"
TWO: Final = 2


def performance_conflicts(settings: Settings, known: Metrics) -> Iterator[Conflict]:
    """Walk what does not hold between the keys of models' performance; without `known` metrics, names are taken."""
    for name, model in settings.models.items():
        at: KeyPath = ("models", name, "performance")
        yield from _limits(model, at, known)
        yield from _costs(model, at)


def _limits(model: ModelSettings, at: KeyPath, known: Metrics) -> Iterator[Conflict]:
    task, task_key = model.outcomes.task, (*at[:2], "outcomes", "task")
    every = {VALUE, *(metric for metrics in known.values() for metric in metrics)}
    for metric, limit in model.performance.limits.items():
        key = (*at, "limits", metric)
        if limit.lower is None and limit.upper is None:
            yield Conflict(keys=(key,), message="give lower, upper or both")
        elif limit.lower is not None and limit.upper is not None and limit.lower > limit.upper:
            yield Conflict(keys=((*key, "lower"), (*key, "upper")), message=f"is above {dotted((*key, 'upper'))}")
        if metric == VALUE:
            if not model.performance.costs:
                yield Conflict(keys=(key,), message=f"takes {dotted((*at, 'costs'))}, which say what is worth how much")
        elif known and metric not in every:
            hint = nearest(metric, every) or f"; known: {', '.join(sorted(every))}"
            yield Conflict(keys=(key,), message=f"no metric is named {dotted((metric,))}{hint}")
        elif task is not None and known and metric not in known[task]:
            message = f"is no metric of the task {task}; those are {', '.join(known[task])}"
            yield Conflict(keys=(key, task_key), message=message)


def _costs(model: ModelSettings, at: KeyPath) -> Iterator[Conflict]:
    costs, outcomes = model.performance.costs, model.outcomes
    key, task_key = (*at, "costs"), (*at[:2], "outcomes", "task")
    size = len(costs)
    if not costs:
        if model.performance.cost_unit is not None:
            yield Conflict(keys=((*at, "cost_unit"),), message=f"is the unit of {dotted(key)}, which are not given")
        return
    if outcomes.task == "regression":
        yield Conflict(keys=(key, task_key), message="are of classes; this model foretells numbers")
    elif size < TWO or any(len(row) != size for row in costs):
        message = "is no square; give a row for each outcome, with a value for each predicted class"
        yield Conflict(keys=(key,), message=message)
    elif outcomes.task == "binary" and size != TWO:
        yield Conflict(keys=(key, task_key), message=f"is of {size} classes; two take [[0, -5], [-100, 60]]")
    elif outcomes.classes and size != len(outcomes.classes) + 1:
        classes_key = (*at[:2], "outcomes", "classes")
        wanted = f"{len(outcomes.classes)} classes and all others take {len(outcomes.classes) + 1} rows and columns"
        yield Conflict(keys=(key, classes_key), message=f"is of {size}; {wanted}")
