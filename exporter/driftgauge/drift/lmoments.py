"""L-moments of binned values: where a feature lies, how wide, how lopsided and how heavy-tailed it is."""

from __future__ import annotations

from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray, IntArray, NumericBins
from driftgauge.model.profile import NumericProfile

ORDERS: Final = 4
SMALLEST: Final = 1e-12  # of the reference's own scale: what is narrower is constant


def places(reference: NumericProfile, counts: IntArray, sums: FloatArray) -> FloatArray:
    """Return where the values of each slot lie in each window: their mean there.

    At both ends all values count as the reference's mean in its outermost slot, so that a few extreme values, which
    would move the moments of a heavy-tailed feature far, weigh as much as the slot they fall into.

    Parameters
    ----------
    reference : NumericProfile
        Whose bins they are.
    counts, sums : IntArray, FloatArray, shape (windows, slots)
        Of the windows.

    Returns
    -------
    FloatArray, shape (windows, slots)
        In standard deviations of the reference, from its mean; ascending in each window.
    """
    bins: NumericBins = reference.bins
    edges = bins.edges
    x = np.empty(sums.shape)
    x[:, 1:-1] = (edges[:-1] + edges[1:]) / 2
    np.divide(sums, counts, out=x, where=counts > 0)
    last = len(edges) - 1
    for end, slot in ((slice(0, 2), 1), (slice(last, last + 2), last)):
        x[:, end] = reference.sums[slot] / reference.counts[slot] if reference.counts[slot] else edges[slot - 1]
    return (x - bins.center) / (bins.scale or 1.0)


def l_statistics(counts: IntArray, x: FloatArray) -> FloatArray:
    """Return location, log scale, L-skewness and L-kurtosis of windows.

    Parameters
    ----------
    counts : IntArray, shape (windows, slots)
        Values by slot; each window has at least one.
    x : FloatArray, shape (windows, slots) or (slots,)
        Where the slots' values lie, ascending.

    Returns
    -------
    FloatArray, shape (windows, 4)
        `l₁`, `log l₂`, `l₃/l₂` and `l₄/l₂`.

    Notes
    -----
    Hosking (1990), "L-moments", with the probability-weighted moments of a distribution that has its mass at `x`.

    Examples
    --------
    >>> l_statistics(np.array([[1, 1, 1, 1]]), np.array([1.0, 2.0, 3.0, 4.0])).round(4).tolist()
    [[2.5, -0.47, 0.0, -0.0625]]
    """
    below = np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True)
    moments = np.empty((len(counts), ORDERS))
    power = below.copy()
    for order in range(ORDERS):
        moments[:, order] = np.sum(np.diff(power, axis=1, prepend=0.0) * x, axis=1) / (order + 1)
        power *= below
    return _transformed(_l_moments(moments))


def l_noise(counts: IntArray, x: FloatArray) -> FloatArray:
    """Return the sampling variance of each statistic of `l_statistics`, times the number of values.

    It is the mean square of the statistic's influence function under the reference (Hampel 1974).

    Parameters
    ----------
    counts : IntArray, shape (slots,)
        The reference's values by slot.
    x : FloatArray, shape (slots,)
        Where they lie.

    Returns
    -------
    FloatArray, shape (4,)

    Examples
    --------
    >>> from scipy.stats import norm
    >>> x = norm.ppf((np.arange(256) + .5) / 256)
    >>> l_noise(np.full(256, 100), x).round(2).tolist()
    [0.99, 0.5, 0.18, 0.08]
    """
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
    """Return l₁ … l₄ from the probability-weighted moments b₀ … b₃ (windows × 4)."""
    b0, b1, b2, b3 = moments.T
    return np.stack([b0, 2 * b1 - b0, 6 * b2 - 6 * b1 + b0, 20 * b3 - 30 * b2 + 12 * b1 - b0], axis=1)


def _transformed(l_moments: FloatArray) -> FloatArray:
    l1, l2, l3, l4 = l_moments.T
    l2 = np.maximum(l2, SMALLEST)
    return np.stack([l1, np.log(l2), l3 / l2, l4 / l2], axis=1)
