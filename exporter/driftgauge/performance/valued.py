"""Every metric of a cohort's counts with its value: those of the registry, and what predictions are worth by costs."""

from __future__ import annotations

from collections.abc import Mapping

from driftgauge.performance.binary import BinaryCounts
from driftgauge.performance.business_value import CostMatrix, binary_value, multiclass_value
from driftgauge.performance.metric import Counts, Measured, Task, undefined
from driftgauge.performance.multiclass import MulticlassCounts
from driftgauge.performance.registry import DIFFERENCE, METRICS, AnyMetric, measured


def task_of(counts: Counts) -> Task:
    """Return the task that counts are of."""
    if isinstance(counts, BinaryCounts):
        return Task.BINARY
    return Task.MULTICLASS if isinstance(counts, MulticlassCounts) else Task.REGRESSION


def valued(counts: Counts, costs: CostMatrix | None = None) -> dict[str, tuple[AnyMetric, Measured]]:
    """Return each metric of the counts' task with its value, by name.

    Parameters
    ----------
    counts : BinaryCounts, MulticlassCounts or RegressionCounts
        Of one cohort.
    costs : CostMatrix or None
        Of a classifier; a matrix for other classes than the counts have gives no value, but says so.

    Returns
    -------
    dict

    Examples
    --------
    >>> from driftgauge.performance.binary import count_binary
    >>> costs = CostMatrix.of([[0, -5], [-100, 60]], unit="EUR")
    >>> metric, found = valued(count_binary([1, 0, 1], [1, 1, 0]), costs)["business_value"]
    >>> metric.unit, found.value
    ('EUR', -15.0)
    """
    metrics: Mapping[str, AnyMetric] = METRICS[task_of(counts)]
    found = {name: (metrics[name], value) for name, value in measured(counts).items()}
    if costs is None:
        return found
    if isinstance(counts, BinaryCounts):
        value = binary_value(costs)
        return found | {value.name: (value, _unfit(counts, costs) or value.measure(counts))}
    if isinstance(counts, MulticlassCounts):
        worth = multiclass_value(costs)
        return found | {worth.name: (worth, _unfit(counts, costs) or worth.measure(counts))}
    return found


def _unfit(counts: BinaryCounts | MulticlassCounts, costs: CostMatrix) -> Measured | None:
    """Return why counts have no value by a matrix; None if they have one."""
    if counts.is_difference:
        return undefined(counts.n, DIFFERENCE)
    size, classes = len(costs.values), len(counts.confusion)
    if size != classes:
        return undefined(counts.n, f"the cost matrix is of {size} classes, the outcomes are of {classes}")
    return None
