"""What holds for every metric: a name, words, a range that its values keep, and a reason where there is none."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import numpy as np
import pytest

from driftgauge.performance import metrics
from driftgauge.performance.binary import BinaryCounts, count_binary
from driftgauge.performance.metric import Counts, Task
from driftgauge.performance.metrics.confusion import METRICS as CONFUSION
from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass
from driftgauge.performance.registry import METRICS, AnyMetric, by_name, measured
from driftgauge.performance.regression import RegressionCounts, count_regression

EMPTY: dict[Task, Counts] = {
    Task.BINARY: BinaryCounts.empty(),
    Task.MULTICLASS: MulticlassCounts.empty(["a"]),
    Task.REGRESSION: RegressionCounts.empty(),
}
every_metric = pytest.mark.parametrize(
    "metric",
    [metric for of_task in METRICS.values() for metric in of_task.values()],
    ids=lambda metric: f"{metric.task.value}-{metric.name}",
)


def some(task: Task, rng: np.random.Generator) -> Counts:
    rows = int(rng.integers(1, 30))
    if task is Task.BINARY:
        scores = rng.choice([0.0, 1.0, 0.5, 1e-9, 0.3], rows)
        return count_binary(rng.integers(0, 2, rows), rng.integers(0, 2, rows), scores)
    if task is Task.MULTICLASS:
        labels, predicted = rng.choice(["a", "b", "c"], (2, rows)).tolist()
        return count_multiclass(labels, predicted, ["a", "b"])
    return count_regression(rng.normal(size=rows), rng.standard_cauchy(rows))


@every_metric
def test_a_metric_is_known_by_name_and_says_what_it_is(metric: AnyMetric) -> None:
    assert METRICS[metric.task][metric.name] is metric
    assert metric.unit
    assert metric.meaning
    assert metric.least < metric.greatest


@every_metric
def test_values_keep_the_range(metric: AnyMetric, rng: np.random.Generator) -> None:
    for _ in range(100):
        found = measured(some(metric.task, rng))[metric.name]
        if found.value is None:
            assert found.reason
        else:
            assert metric.least <= found.value <= metric.greatest
            assert found.error is None or np.isfinite(found.error)


@every_metric
def test_nothing_counted_has_no_value(metric: AnyMetric) -> None:
    found = measured(EMPTY[metric.task])[metric.name]
    assert (found.value, found.error, found.rows) == (None, None, 0)
    assert found.reason


def test_every_module_of_metrics_is_registered() -> None:
    listed = [
        metric
        for module in pkgutil.iter_modules(metrics.__path__)
        for metric in import_module(f"{metrics.__name__}.{module.name}").METRICS
    ]
    registered = [metric for of_task in METRICS.values() for metric in of_task.values()]
    assert {id(metric) for metric in listed} == {id(metric) for metric in registered}
    assert len(listed) == len(registered)


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="two metrics of binary models are named 'accuracy'"):
        by_name((*CONFUSION, *CONFUSION))
