"""The two-proportion test behind every share: normal where counts are large, exact where they are small."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, ndtr

from driftgauge.drift.test import DriftScore
from driftgauge.model.bins import FloatArray, IntArray

EXACT_BELOW = 100.0
"""The smallest expected cell count from which the normal law is good enough at the p-values that alarms need.

At an expectation of 5, the textbook's limit, its p-value near 1e-6 is 80 times too small; at 100 it is off by two.
"""


def share_drift(reference: tuple[int, int], current: tuple[int, int]) -> DriftScore:
    """Compare two shares, each given as (hits, trials).

    Parameters
    ----------
    reference, current : tuple of int
        Hits and trials; trials must be positive.

    Returns
    -------
    DriftScore
        Score: the absolute difference of the shares. Statistic: the pooled z, positive where the share grew.

    Raises
    ------
    ValueError
        If one has no trials.

    Notes
    -----
    `z = (c - r) / sqrt(p (1 - p) (1/n + 1/m))` with the pooled share `p`. Where nothing varies (no hits, or only
    hits) z is 0 and p is 1.

    Examples
    --------
    >>> found = share_drift((0, 5000), (1, 50))
    >>> found.score, round(found.p_value, 4)
    (0.02, 0.0198)

    References
    ----------
    Fisher, Statistical Methods for Research Workers (1934), section 21.02; Agresti, Categorical Data Analysis, 3.5.
    """
    (hits_before, trials_before), (hits_now, trials_now) = reference, current
    if not (trials_before and trials_now):
        raise ValueError("a share needs rows in both profiles")
    difference = hits_now / trials_now - hits_before / trials_before
    z = _pooled_z(reference, current)
    return DriftScore(score=abs(difference), statistic=z, p_value=two_share_p_value(reference, current))


def two_share_p_value(reference: tuple[int, int], current: tuple[int, int]) -> float:
    """Return the two-sided p-value of two shares being one.

    Parameters
    ----------
    reference, current : tuple of int
        Hits and trials; trials must be positive.

    Returns
    -------
    float
        In [0, 1].

    Notes
    -----
    Normal from the pooled z. Where the smallest expected cell is below `EXACT_BELOW` it is Fisher's: one hit in 50
    rows against none in 5,000 has a normal p of 1e-23, and an exact one of .02.

    Examples
    --------
    >>> round(two_share_p_value((500, 1000), (560, 1000)), 6)
    0.007185
    """
    if least_expected(reference, current) < EXACT_BELOW:
        return fisher_p_value(reference, current)
    return float(2 * ndtr(-abs(_pooled_z(reference, current))))


def fisher_p_value(reference: tuple[int, int], current: tuple[int, int]) -> float:
    """Return twice the smaller tail of Fisher's exact test, at most 1.

    Parameters
    ----------
    reference, current : tuple of int
        Hits and trials.

    Returns
    -------
    float
        The two-sided p-value.

    Notes
    -----
    The current hits are hypergeometric given all margins. The tail is summed from the observed count outward over
    12 standard deviations and 40 more terms: what lies beyond is below any float's precision.

    Examples
    --------
    >>> round(fisher_p_value((1, 10), (6, 10)), 6)
    0.057276
    """
    (hits_before, trials_before), (hits_now, trials_now) = reference, current
    hits, trials = hits_before + hits_now, trials_before + trials_now
    if hits in (0, trials):
        return 1.0
    share = hits / trials
    spread = math.sqrt(trials_now * share * (1 - share) * trials_before / trials)
    reach = math.ceil(12 * spread) + 40
    if hits_now >= trials_now * share:
        tail = np.arange(hits_now, min(hits, trials_now, hits_now + reach) + 1)
    else:
        tail = np.arange(max(0, hits - trials_before, hits_now - reach), hits_now + 1)
    return min(1.0, 2 * float(hypergeometric(reference, current, tail).sum()))


def hypergeometric(reference: tuple[int, int], current: tuple[int, int], hits_now: IntArray) -> FloatArray:
    """Return the chance of each number of current hits, given all margins of the table.

    Parameters
    ----------
    reference, current : tuple of int
        Hits and trials.
    hits_now : IntArray
        Numbers of current hits that the margins allow.

    Returns
    -------
    FloatArray
        As `scipy.stats.hypergeom.pmf`.

    Examples
    --------
    >>> hypergeometric((1, 2), (1, 2), np.arange(3)).round(6).tolist()
    [0.166667, 0.666667, 0.166667]
    """
    (hits_before, trials_before), (hits, trials) = reference, current
    every = hits_before + hits
    whole = _log_choose(trials_before + trials, np.asarray([every]))
    return np.exp(_log_choose(trials, hits_now) + _log_choose(trials_before, every - hits_now) - whole)


def least_expected(reference: tuple[int, int], current: tuple[int, int]) -> float:
    """Return the smallest expected count of hits, or of others, in either sample.

    Examples
    --------
    >>> least_expected((10, 100), (0, 100))
    5.0
    """
    (hits_before, trials_before), (hits_now, trials_now) = reference, current
    pooled = (hits_before + hits_now) / (trials_before + trials_now)
    return min(trials_before, trials_now) * min(pooled, 1 - pooled)


def outside_p_value(inside: int, outside: int, reference: int) -> float:
    """Return the chance that so many new values lie outside the range of a reference of the same distribution.

    Parameters
    ----------
    inside, outside : int
        Current values within, and beyond, the range from the reference's least to its greatest value.
    reference : int
        How many values the reference has, all of them in its range by construction.

    Returns
    -------
    float
        The one-sided p-value, exact for continuous values, on the safe side for values with ties.

    Notes
    -----
    Fisher's test takes the range as given, but the reference chose it. Of all `N = n + m` values in order the
    outermost `k` must be current ones, in one of `k + 1` ways to split them between the two ends. With
    `q_k = C(n, k) / C(N, k)` the chance is `(k + 1) q_k - k q_(k+1)`.

    Examples
    --------
    >>> round(outside_p_value(495, 5, 5000), 8)
    3.384e-05

    References
    ----------
    Wilks, Annals of Mathematical Statistics 13 (1942) 400-409 (tolerance limits).
    """
    if not outside:
        return 1.0
    n = inside + outside
    k = np.asarray([outside, outside + 1])
    ends = np.exp(_log_choose(n, k) - _log_choose(n + reference, k))
    return min(1.0, float((outside + 1) * ends[0] - outside * ends[1]))


def _pooled_z(reference: tuple[int, int], current: tuple[int, int]) -> float:
    (hits_before, trials_before), (hits_now, trials_now) = reference, current
    pooled = (hits_before + hits_now) / (trials_before + trials_now)
    variance = pooled * (1 - pooled) * (1 / trials_before + 1 / trials_now)
    difference = hits_now / trials_now - hits_before / trials_before
    return difference / math.sqrt(variance) if variance else 0.0


def _log_choose(n: int, k: IntArray) -> FloatArray:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
