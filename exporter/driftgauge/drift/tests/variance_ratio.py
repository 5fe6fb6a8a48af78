"""Variance ratio: whether values spread wider or narrower, whatever the shape of their distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr

from driftgauge.drift.moments import CEILING, rounding_variance
from driftgauge.drift.pairs import numeric_pair
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind, FloatArray
from driftgauge.model.profile import FeatureProfile, NumericProfile

LEAST_KURTOSIS = 1.8  # the uniform law's: below it, as for a coin, the variance's own sampling error nearly vanishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How widely `n` values spread about their mean: their population variance and kurtosis (the normal law's is 3)."""

    n: int
    variance: float
    kurtosis: float


def variance_ratio(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure how much wider or narrower values spread.

    Parameters
    ----------
    reference, current : FeatureProfile
        Numeric profiles on the same bins.

    Returns
    -------
    DriftScore
        Score: the logarithm of the ratio of the standard deviations, without its sign, at most that of 1e9.
        Statistic: z, positive where values spread wider. P-value: two-sided.

    Raises
    ------
    ValueError
        If the profiles are not numeric or have no values.

    Notes
    -----
    The variances are exact, whatever the bins. The fourth powers are the most that the bins allow: in each bin, values
    of its mean at its two ends. So the p-value is on the safe side, the more so the heavier the tails.
    """
    before, now = numeric_pair(reference, current)
    least = max(rounding_variance(before), rounding_variance(now))
    spread, spread_now = _spread(before, least), _spread(now, least)
    z, p_value = z_from_spreads(spread, spread_now)
    return DriftScore(score=abs(_log_ratio(spread, spread_now)) / 2, statistic=z, p_value=p_value)


def z_from_spreads(reference: Spread, current: Spread) -> tuple[float, float]:
    """Return z of two samples having one variance, and its p-value.

    Parameters
    ----------
    reference, current : Spread
        The samples' moments.

    Returns
    -------
    tuple of float
        z, positive where values spread wider, and the two-sided p-value; 0 and 1 where one value cannot tell.

    Notes
    -----
    The classic F test takes the kurtosis for the normal law's 3; for heavier tails its chance of a false alarm is
    several times too large, however large the samples. Layard's test takes it from both samples together:
    `z = ln(s² / s_r²) / sqrt(τ² (1 / (n - 1) + 1 / (m - 1)))` with `τ² = 2 + (1 - 2/N) (κ - 3)`.
    A kurtosis below the uniform law's 1.8 counts as 1.8.

    Examples
    --------
    >>> z, p_value = z_from_spreads(Spread(n=500, variance=1.0, kurtosis=3.0), Spread(n=300, variance=1.3, kurtosis=3))
    >>> round(z, 6), round(p_value, 6)
    (2.517755, 0.011811)

    References
    ----------
    Layard, Journal of the American Statistical Association 68 (1973) 195-198.
    """
    n, m = reference.n, current.n
    unit = max(reference.variance, current.variance)
    if min(n, m) <= 1 or not unit:
        return 0.0, 1.0
    square, square_now = n * reference.variance / unit, m * current.variance / unit
    fourths = reference.kurtosis * square**2 / n + current.kurtosis * square_now**2 / m
    kurtosis = max((n + m) * fourths / (square + square_now) ** 2, LEAST_KURTOSIS)
    error = math.sqrt((2 + (1 - 2 / (n + m)) * (kurtosis - 3)) * (1 / (n - 1) + 1 / (m - 1)))
    z = (_log_ratio(reference, current) + math.log(m / (m - 1)) - math.log(n / (n - 1))) / error
    return z, float(2 * ndtr(-abs(z)))


def _log_ratio(reference: Spread, current: Spread) -> float:
    greater = max(reference.variance, current.variance)
    if not greater:
        return 0.0
    floor = greater / CEILING**2
    return math.log(max(current.variance, floor)) - math.log(max(reference.variance, floor))


def _spread(profile: NumericProfile, least: float) -> Spread:
    """Return the moments of the values' spread, which is none where rounding alone could make it."""
    variance = profile.variance
    if variance <= least:
        return Spread(n=profile.n, variance=least, kurtosis=1.0)
    return Spread(n=profile.n, variance=variance, kurtosis=_greatest_kurtosis(profile))


def _greatest_kurtosis(profile: NumericProfile) -> float:
    """Return the most that the kurtosis can be: a value alone in its bin is known, others lie at the bin's ends."""
    some = profile.counts > 0
    counts = profile.counts[some]
    ends = np.clip(profile.bins.edges, profile.minimum, profile.maximum)
    low = np.append(profile.minimum, ends)[some]
    high = np.append(ends, profile.maximum)[some]
    mean: FloatArray = np.clip(profile.sums[some] / counts, low, high)
    share_high = np.divide(mean - low, high - low, out=np.zeros(len(mean)), where=high > low)
    share_high[counts == 1] = 0.0
    low[counts == 1] = mean[counts == 1]
    below, above = (((at - profile.mean) / math.sqrt(profile.variance)) ** 4 for at in (low, high))
    return float(counts @ (below + (above - below) * share_high)) / profile.n


TEST: Final = DriftTest(
    name="variance_ratio",
    kinds=frozenset({FeatureKind.NUMERIC}),
    default_threshold=0.1,
    unit="log ratio of standard deviations",
    meaning="how much wider or narrower values spread; 10 per cent wider makes 0.095, twice as wide 0.69",
    measure=variance_ratio,
    greatest=math.log(CEILING),
)
