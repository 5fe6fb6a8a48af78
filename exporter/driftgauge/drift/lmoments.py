"""L-moments of binned values: where a feature lies, how wide, how lopsided and how heavy-tailed it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.model.profile import NumericProfile

ORDERS: Final = 4
SMALLEST: Final = 1e-12  # of the reference's own scale: what is narrower is constant


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Units:
    """How the sums of features turn into standard deviations of the reference, from its mean.

    At both ends all values count as the reference's mean in its outermost slot, so that a few extreme values, which
    would move the moments of a heavy-tailed feature far, weigh as much as the slot they fall into.
    `center` and `scale` have shape (features, 1); `place`, of shape (features, slots), is where the values of `fixed`
    slots lie, in these units.
    """

    center: FloatArray
    scale: FloatArray
    fixed: NDArray[np.bool_]
    place: FloatArray

    @classmethod
    def of(cls, references: Sequence[NumericProfile], slots: int) -> Self:
        """Return the units of some features, each laid out in the first of so many slots."""
        center = np.array([reference.bins.center for reference in references])[:, np.newaxis]
        scale = np.array([reference.bins.scale or 1.0 for reference in references])[:, np.newaxis]
        fixed = np.ones((len(references), slots), dtype=np.bool_)
        place = np.zeros((len(references), slots))
        for feature, reference in enumerate(references):
            edges, counts = reference.bins.edges, reference.counts
            last = len(edges) - 1
            fixed[feature, 2:last] = False
            for ends, slot in ((slice(0, 2), 1), (slice(last, last + 2), last)):
                place[feature, ends] = reference.sums[slot] / counts[slot] if counts[slot] else edges[slot - 1]
        return cls(center=center, scale=scale, fixed=fixed, place=(place - center) / scale)

    def convert(self, counts: IntArray, sums: FloatArray) -> FloatArray:
        """Return the sums of windows in these units (all of shape (..., features, slots))."""
        return np.where(self.fixed, counts * self.place, (sums - counts * self.center) / self.scale)


def l_statistics(counts: IntArray, sums: FloatArray) -> FloatArray:
    """Return location, log scale, L-skewness and L-kurtosis.

    Parameters
    ----------
    counts, sums : IntArray, FloatArray, shape (..., slots)
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
    >>> l_statistics(np.array([1, 1, 1, 1]), np.array([1.0, 2.0, 3.0, 4.0])).round(4).tolist()
    [2.5, -0.47, 0.0, -0.0625]
    """
    n = counts.sum(axis=-1, keepdims=True)
    share, mass = counts / n, sums / n
    middle = (np.cumsum(counts, axis=-1) - counts / 2) / n
    square = share * share
    once = mass * middle
    twice = once * middle
    moments = (
        mass.sum(axis=-1),
        once.sum(axis=-1),
        twice.sum(axis=-1) + np.vecdot(mass, square) / 12,
        np.vecdot(twice, middle) + np.vecdot(once, square) / 4,
    )
    return _transformed(_l_moments(np.stack(moments, axis=-1)))


def l_noise(counts: IntArray, sums: FloatArray) -> FloatArray:
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
    l1, l2, l3, l4 = _l_moments(influence.T).T
    _, scale, skewed, heavy = _l_moments(moments[np.newaxis])[0]
    scale = max(scale, SMALLEST)
    effects = np.array([l1, l2 / scale, (l3 - skewed / scale * l2) / scale, (l4 - heavy / scale * l2) / scale])
    return np.sum(effects**2 * share, axis=1)


def _l_moments(moments: FloatArray) -> FloatArray:
    """Return l₁ … l₄ from the probability-weighted moments b₀ … b₃ (both of shape (..., 4))."""
    b0, b1, b2, b3 = np.moveaxis(moments, -1, 0)
    return np.stack([b0, 2 * b1 - b0, 6 * b2 - 6 * b1 + b0, 20 * b3 - 30 * b2 + 12 * b1 - b0], axis=-1)


def _transformed(l_moments: FloatArray) -> FloatArray:
    l1, l2, l3, l4 = np.moveaxis(l_moments, -1, 0)
    l2 = np.maximum(l2, SMALLEST)
    return np.stack([l1, np.log(l2), l3 / l2, l4 / l2], axis=-1)
