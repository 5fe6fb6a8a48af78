"""Medians, and how far values stray from them, by rules that a few wild values do not move."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.special import stdtrit

from driftgauge.model.bins import FloatArray, IntArray

TO_SIGMA: Final = 1.4826
"""The median absolute deviation of a normal law, times this, is its standard deviation."""

EFFICIENCY: Final = 0.36
"""As many degrees of freedom has the deviation that a median absolute one estimates, for each value."""

BODY, FAR = 0.90, 0.98
"""Between these quantiles the decay of a tail is read, and carried on from the second."""

LEAST_OF_TAIL: Final = 100
"""Values from which on a tail is read."""


def median_of_rows(rows: FloatArray) -> FloatArray:
    """Return the median of each row of a matrix, NaN left out; NaN where a row has nothing else.

    Examples
    --------
    >>> median_of_rows(np.array([[3.0, np.nan, 1.0], [np.nan, np.nan, np.nan]])).tolist()
    [2.0, nan]
    """
    ordered = np.sort(rows, axis=1)  # NaN last
    counts = np.count_nonzero(~np.isnan(ordered), axis=1)
    return _middles(ordered, np.full((len(rows), 1), ordered.shape[1]), counts[:, np.newaxis] + 1)[:, 0]


def medians_of_others(values: FloatArray, groups: IntArray, *, least: int) -> FloatArray:
    """Return for each value the median of the others of its group; NaN where those are fewer than `least`.

    `values` are of shape (n,), with NaN where there is none: there it is the median of all of the group.
    `groups` are numbers from 0.

    Examples
    --------
    >>> medians_of_others(np.array([1.0, 5.0, 2.0, 9.0]), np.array([0, 0, 0, 1]), least=1).tolist()
    [3.5, 1.5, 3.0, nan]
    """
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.lexsort((values[known], groups[known]))]
    sizes = np.bincount(groups[order], minlength=int(groups.max(initial=0)) + 1)
    starts = np.cumsum(sizes) - sizes
    ordered = np.full((sizes.size, max(int(sizes.max(initial=0)), 1)), np.nan)
    rank = np.full(values.size, ordered.shape[1])
    rank[order] = np.arange(order.size) - starts[groups[order]]
    ordered[groups[order], rank[order]] = values[order]
    others = sizes[groups] - ~np.isnan(values)
    found = _middles(ordered[groups], rank[:, np.newaxis], others[:, np.newaxis] + 1)[:, 0]
    found[others < max(least, 1)] = np.nan
    return found


def _middles(ordered: FloatArray, left_out: IntArray, above: IntArray) -> FloatArray:
    """Return the median of the first `above - 1` of each ordered row, without the place `left_out`."""
    last = ordered.shape[1] - 1
    count = np.maximum(above - 1, 1)
    low, high = (count - 1) // 2, count // 2
    low, high = low + (low >= left_out), high + (high >= left_out)
    pick = np.hstack([np.minimum(low, last), np.minimum(high, last)])
    two = np.take_along_axis(ordered, pick, axis=1)
    return two[:, :1] + (two[:, 1:] - two[:, :1]) / 2


def sigma_of(residuals: FloatArray) -> float:
    """Return the standard deviation that the median distance from 0 stands for: 1.4826 times it.

    The distance from 0, not from the median: what is expected may be wrong on average, and that counts.

    Examples
    --------
    >>> sigma_of(np.array([-1.0, 1.0, 2.0, -300.0, 0.5]))
    1.4826
    """
    return TO_SIGMA * float(np.median(np.abs(residuals)))


def deviations(alpha: float, values: int) -> float:
    """Return how many such deviations of `values` values a further one exceeds with the probability `alpha`.

    Notes
    -----
    A median absolute deviation of few values is itself far off now and then. For normal values the ratio follows
    Student's law with 0.36 degrees of freedom for each (the efficiency of the median absolute deviation is 0.367),
    widened by the error of a median: to within 5 % for 50 values and more down to a chance of 0.00001, and wider than
    it must be for fewer.

    References
    ----------
    Rousseeuw and Croux, Journal of the American Statistical Association 88 (1993) 1273.

    Examples
    --------
    >>> [round(deviations(0.0001, values), 1) for values in (12, 50, 500)]
    [14.6, 5.0, 4.0]
    """
    return -float(stdtrit(EFFICIENCY * values, alpha / 2)) * math.sqrt(1 + math.pi / 2 / values)


def reach(residuals: FloatArray, alpha: float) -> float:
    """Return the distance from 0 that the tail of the residuals exceeds with the probability `alpha`.

    Notes
    -----
    Beyond the 98 % quantile the tail is taken to decay exponentially, as fast as it does from the 90 % quantile to
    there: a normal one ends sooner. 0 where there are too few to tell.

    Examples
    --------
    >>> exponential = -np.log(np.arange(1, 10_000) / 10_000)
    >>> round(reach(exponential, 1e-4), 1), round(math.log(10_000), 1)
    (9.2, 9.2)
    """
    if residuals.size < LEAST_OF_TAIL:
        return 0.0
    body, far = np.quantile(np.abs(residuals), (BODY, FAR)).tolist()
    decades = math.log((1 - FAR) / alpha) / math.log((1 - BODY) / (1 - FAR))
    return far + (far - body) * max(decades, 0.0)
