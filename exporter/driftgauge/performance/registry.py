"""Every metric by task and name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from driftgauge.performance.binary import BinaryCounts
from driftgauge.performance.metric import Counts, CountsT, Measured, Metric, Task, undefined
from driftgauge.performance.metrics import classes, confusion, losses, probability, ranking
from driftgauge.performance.multiclass import MulticlassCounts
from driftgauge.performance.regression import RegressionCounts

DIFFERENCE: Final = "more rows were taken away than were there: this is a correction to be merged"
AnyMetric = Metric[BinaryCounts] | Metric[MulticlassCounts] | Metric[RegressionCounts]


def by_name(metrics: Iterable[Metric[CountsT]]) -> Mapping[str, Metric[CountsT]]:
    """Return the metrics of one task by name.

    Raises
    ------
    ValueError
        If two have one name.

    Examples
    --------
    >>> list(by_name(ranking.METRICS))
    ['roc_auc', 'average_precision']
    """
    found: dict[str, Metric[CountsT]] = {}
    for metric in metrics:
        if metric.name in found:
            raise ValueError(f"two metrics of {metric.task.value} models are named {metric.name!r}")
        found[metric.name] = metric
    return MappingProxyType(found)


BINARY: Final = by_name((*confusion.METRICS, *ranking.METRICS, *probability.METRICS))
MULTICLASS: Final = by_name(classes.METRICS)
REGRESSION: Final = by_name(losses.METRICS)
METRICS: Final[Mapping[Task, Mapping[str, AnyMetric]]] = MappingProxyType(
    {Task.BINARY: BINARY, Task.MULTICLASS: MULTICLASS, Task.REGRESSION: REGRESSION}
)


def measured(counts: Counts) -> dict[str, Measured]:
    """Return every metric of the counts' task, by name; of a difference of counts, none has a value.

    Examples
    --------
    >>> from driftgauge.performance.regression import count_regression
    >>> found = measured(count_regression([1.0, 2.0], [2.0, 4.0]))
    >>> found["mae"].value, found["mae"].error
    (1.5, 0.5)
    """
    if isinstance(counts, BinaryCounts):
        return _each(BINARY, counts)
    if isinstance(counts, MulticlassCounts):
        return _each(MULTICLASS, counts)
    return _each(REGRESSION, counts)


def _each(metrics: Mapping[str, Metric[CountsT]], counts: CountsT) -> dict[str, Measured]:
    if counts.is_difference:
        return dict.fromkeys(metrics, undefined(counts.n, DIFFERENCE))
    return {name: metric.measure(counts) for name, metric in metrics.items()}
