"""How far windows stray from what was expected of them, and in which law: what residuals tell."""

from __future__ import annotations

from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray

TINY: Final = 1e-12
HALVINGS: Final = 60
SMALLEST_SKEWNESS: Final = 1e-6  # what is less skewed is symmetric
NORMAL_KURTOSIS: Final = 3.0


def between_windows(residuals: FloatArray, noise: FloatArray, left: FloatArray) -> FloatArray:
    """Return the variance of windows beyond their sampling noise (shape (k,)).

    Parameters
    ----------
    residuals, noise : FloatArray, shape (windows, k)
        Residuals, and the sampling variance that each has.
    left : FloatArray, shape (k,)
        How many windows they are worth, less what was fitted to them.

    Notes
    -----
    Paule & Mandel (1982): the variance at which the weighted squares have their expectation, found by halving.

    Examples
    --------
    >>> strays = np.array([[3.0], [-3.0], [3.0], [-3.0]])
    >>> between_windows(strays, np.full((4, 1), 2.0), left=np.array([4.0])).round(6).tolist()
    [7.0]
    """
    squares = residuals**2
    low = np.zeros(residuals.shape[1])
    high = squares.sum(axis=0) / left
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        too_small = (squares / np.maximum(middle + noise, TINY**2)).sum(axis=0) > left
        low[too_small] = middle[too_small]
        high[~too_small] = middle[~too_small]
    return high


def correlation(residuals: FloatArray, times: FloatArray, lag: float, left: FloatArray) -> FloatArray:
    """Return the correlation of neighbouring windows that share no rows (shape (k,)).

    Parameters
    ----------
    residuals : FloatArray, shape (windows, k)
        In order of time.
    times : FloatArray, shape (windows,)
        The windows' middles.
    lag : float
        How far the middles of neighbours are apart; what is farther than half as much again tells nothing.
    left : FloatArray, shape (k,)
        How many separate windows there are, less what was fitted to them.

    Notes
    -----
    With the first-order correction for the bias of short series (Marriott & Pope 1954).

    Examples
    --------
    >>> correlation(np.array([[1.0], [1.0], [-1.0], [-1.0]]), np.arange(4.0), 1.0, np.array([1e9])).round(2).tolist()
    [0.33]
    """
    after = np.minimum(np.searchsorted(times, times + lag * 0.99), len(times) - 1)
    pairs = (times[after] - times >= lag * 0.99) & (times[after] - times <= lag * 1.5)
    products = np.sum(residuals[after[pairs]] * residuals[pairs], axis=0) / max(np.count_nonzero(pairs), 1)
    found = products / np.maximum(np.mean(residuals**2, axis=0), TINY)
    return found + (1 + 3 * found) / left


def tail_freedom(residuals: FloatArray, worth: FloatArray) -> FloatArray:
    """Return the degrees of freedom of the t law that has the residuals' fourth moment (shape (k,)), above 4.

    Infinite unless the excess over the normal law's is beyond twice its standard error.
    """
    squares = np.maximum(np.mean(residuals**2, axis=0), TINY)
    fourth = np.mean(residuals**4, axis=0) / squares**2
    excess = fourth - NORMAL_KURTOSIS - 2 * np.sqrt(24 * worth / len(residuals))
    return np.where(excess > 0, 4 + 6 / np.maximum(excess, TINY), np.inf)


def skewness_of(residuals: FloatArray, freedom: FloatArray) -> FloatArray:
    """Return the skewness of residuals, less half of its standard error (shape (k,))."""
    squares = np.maximum(np.mean(residuals**2, axis=0), TINY)
    found = np.mean(residuals**3, axis=0) / squares**1.5
    return np.sign(found) * np.maximum(np.abs(found) - np.sqrt(6 / freedom) / 2, 0.0)


def without_skewness(z_scores: FloatArray, skewness: FloatArray) -> FloatArray:
    """Return scores of a normal law for those of a skewed one, on its longer side; those of the other are left.

    Notes
    -----
    What depends on a level that wanders seldom does so in proportion: the share of a middle category falls whether the
    level rises or falls, so it has a χ² law, whose longer tail is that of an exponential. The scores are taken to
    follow a gamma law of their skewness (Pearson's third), and Wilson & Hilferty (1931) make them normal.

    Examples
    --------
    >>> from scipy.stats import gamma, norm
    >>> far = (gamma.isf(1e-6, 4) - 4) / 2  # a gamma law of shape 4 has the skewness 1
    >>> without_skewness(np.array([far, -far]), np.array([1.0, 1.0])).round(1).tolist()
    [4.7, -8.7]
    >>> round(float(norm.isf(1e-6)), 1)
    4.8
    """
    skew = np.maximum(np.abs(skewness), SMALLEST_SKEWNESS)
    size = np.abs(z_scores)
    normal = np.minimum(6 / skew * (np.cbrt(skew * size / 2 + 1) - 1) + skew / 6, size)
    return np.where(z_scores * skewness > 0, np.sign(z_scores) * normal, z_scores)
