"""L-moments of binned values: where a feature lies, how wide, how lopsided and how heavy-tailed it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from driftgauge.drift.coarsen import Masses
from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.model.profile import NumericProfile

ORDERS: Final = 4
POWERS: Final = np.arange(1, ORDERS + 1)
L_MOMENTS: Final = np.array([[1.0, -1, 1, -1], [0, 2, -6, 12], [0, 0, 6, -30], [0, 0, 0, 20]])
"""Turns the probability-weighted moments b₀ … b₃ into l₁ … l₄."""
SMALLEST_SCALE: Final = float(np.finfo(np.float64).tiny)  # what is narrower, no unit can be divided by
SMALLEST: Final = 1e-12  # of the reference's own scale: what is narrower is constant
FARTHEST: Final = 1.0
"""Standard deviations from the usual in an end slot from which on it does not matter how far values lie."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Units:
    """How the sums of features turn into standard deviations of the reference, from its mean.

    The sum of some values in these units is `per_sum` times their sum and `per_value` times how many they are (both of
    shape (features, 1)). The outermost slots within the reference's range and the open ones beyond it are
    the `ends` (shape (features, 4)): there, the mean of the values counts as `FARTHEST` from `places`, the reference's
    own mean in the outermost slot, at most. So a few extreme values, which would move the moments of a heavy-tailed
    feature far, hardly weigh more than the slot does; but a sharp edge (of amounts, of waiting times) that wanders with
    the level is no heap of values in one place, which would be another scale and another skewness.
    """

    per_sum: FloatArray
    per_value: FloatArray
    ends: IntArray
    places: FloatArray

    @classmethod
    def of(cls, references: Sequence[NumericProfile]) -> Self:
        """Return the units of some features."""
        per_sum, per_value = np.zeros((2, len(references), 1))
        ends, places = np.zeros((len(references), 4), dtype=np.int64), np.zeros((len(references), 4))
        for feature, reference in enumerate(references):
            bins, counts = reference.bins, reference.counts
            scale = bins.scale if bins.scale > SMALLEST_SCALE else 1.0
            last = len(bins.edges) - 1
            per_sum[feature] = 1 / scale
            per_value[feature] = -bins.center / scale
            ends[feature] = 0, 1, last, last + 1
            for place, slot in enumerate((1, 1, last, last)):
                mean = reference.sums[slot] / counts[slot] if counts[slot] else bins.edges[slot - 1]
                places[feature, place] = (mean - bins.center) / scale
        return cls(per_sum=per_sum, per_value=per_value, ends=ends, places=places)

    def convert(self, counts: Masses, sums: FloatArray) -> FloatArray:
        """Return the sums of windows in these units (all of shape (..., features, slots))."""
        with np.errstate(over="ignore"):
            converted = counts * self.per_value + sums * self.per_sum
        ends = (..., np.arange(len(self.ends))[:, np.newaxis], self.ends)
        many = counts[ends]
        places, most = many * self.places, many * FARTHEST
        converted[ends] = np.clip(converted[ends], places - most, places + most)
        return converted


def l_statistics(counts: Masses, sums: FloatArray) -> FloatArray:
    """Return location, log scale, L-skewness and L-kurtosis.

    Parameters
    ----------
    counts, sums : array, shape (..., slots)
        Values by slot, at least one in all, and the sums of those of each slot; the slots ascend.

    Returns
    -------
    FloatArray, shape (..., 4)
        `l₁`, `log l₂`, `l₃/l₂` and `l₄/l₂`.

    Notes
    -----
    Hosking (1990), "L-moments", with the probability-weighted moments `∫ x(u) uʳ du` of a distribution that has the
    mass of each slot at its mean. A slot spans the ranks `m ± s/2`, over which `u²` is `m² + s²/12` on average, and
    `u³` is `m³ + m s²/4`.

    Examples
    --------
    >>> l_statistics(np.array([1, 1, 1, 1]), np.array([1.0, 2.0, 3.0, 4.0])).round(4) + 0.0
    array([ 2.5   , -0.47  ,  0.    , -0.0625])
    """
    rank = np.cumsum(counts, axis=-1) - counts / 2  # of a slot's middle; shares would have to be divided for
    square = counts * counts
    once = sums * rank
    twice = once * rank
    moments = np.stack(
        [
            sums.sum(axis=-1),
            once.sum(axis=-1),
            twice.sum(axis=-1) + np.vecdot(sums, square) / 12,
            np.vecdot(twice, rank) + np.vecdot(once, square) / 4,
        ],
        axis=-1,
    )
    n = counts.sum(axis=-1, keepdims=True, dtype=np.float64)
    found = moments / n**POWERS @ L_MOMENTS
    found[..., 1:] *= found[..., 1:2] > SMALLEST  # else it is all rounding
    found[..., 1] = np.maximum(found[..., 1], SMALLEST)
    found[..., 2:] /= found[..., 1:2]
    found[..., 1] = np.log(found[..., 1])
    return found


def l_noise(counts: Masses, sums: FloatArray) -> FloatArray:
    """Return the sampling variance of each statistic of `l_statistics`, times the number of values.

    It is the mean square of the statistic's influence function under the reference (Hampel 1974).

    Parameters
    ----------
    counts, sums : IntArray, FloatArray, shape (slots,)
        The reference's, as for `l_statistics`.

    Returns
    -------
    FloatArray, shape (4,)

    Examples
    --------
    >>> from scipy.stats import norm
    >>> x = norm.ppf((np.arange(256) + .5) / 256)
    >>> l_noise(np.full(256, 100), 100 * x).round(2).tolist()
    [0.99, 0.5, 0.18, 0.08]
    """
    x = sums / np.maximum(counts, 1)
    share = counts / counts.sum()
    below = np.cumsum(share)
    middle = below - share / 2
    moments, influence = np.empty(ORDERS), np.empty((ORDERS, len(x)))
    for order in range(ORDERS):
        moments[order] = np.sum(x * middle**order * share)
        above = np.cumsum((x * order * middle ** max(order - 1, 0) * share)[::-1])[::-1]
        influence[order] = x * middle**order + above - (order + 1) * moments[order]
    l1, l2, l3, l4 = (influence.T @ L_MOMENTS).T
    _, scale, skewed, heavy = moments @ L_MOMENTS
    scale = max(scale, SMALLEST)
    effects = np.array([l1, l2 / scale, (l3 - skewed / scale * l2) / scale, (l4 - heavy / scale * l2) / scale])
    return np.sum(effects**2 * share, axis=1)
