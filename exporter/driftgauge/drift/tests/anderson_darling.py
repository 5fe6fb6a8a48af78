"""Anderson-Darling: how strongly being below a cut depends on the sample, over all cuts, in the tails as well."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from driftgauge.drift.cdf import gaps
from driftgauge.drift.coarsen import shares
from driftgauge.drift.laws import ANDERSON_DARLING
from driftgauge.drift.pairs import numeric_pair
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind, FloatArray, IntArray
from driftgauge.model.profile import FeatureProfile

VARIANCE = 2 * (math.pi**2 - 9) / 3  # of the limit law


def anderson_darling(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the two-sample Anderson-Darling statistic, a bin's values tied.

    Parameters
    ----------
    reference, current : FeatureProfile
        Numeric profiles on the same bins.

    Returns
    -------
    DriftScore
        Score: the root mean square over all cuts of Cramér's V of "below or above the cut", in [0, 1].
        Statistic: A². P-value: two-sample.

    Raises
    ------
    ValueError
        If the profiles are not numeric or have no values.

    Notes
    -----
    Values in one bin count as tied at its place: the mid-rank form.
    """
    before, now = numeric_pair(reference, current)
    return ad_from_counts(before.counts, now.counts)


def ad_from_counts(reference: IntArray, current: IntArray) -> DriftScore:
    """Measure A² between two samples counted on the same ordered cells.

    Parameters
    ----------
    reference, current : IntArray, shape (cells,)
        Counts in ascending order of the values; exact where each distinct value has a cell.

    Returns
    -------
    DriftScore
        As `anderson_darling`.

    Notes
    -----
    `A² = (N - 1) nm / N² Σ p d² / v` over the cells, with the share `p` of both samples in a cell, the gap `d` of the
    cumulative shares at the cell's middle, and `v = H (1 - H) - p / 4` at the middle, `N = n + m`. It is what
    `scipy.stats.anderson_ksamp(variant="midrank")` makes its normalised statistic from. Without drift its mean is 1;
    its variance depends on the ties, up to 2 for two distinct values. So the p-value is the limit law's tail where A²
    has been brought to the limit's variance, which scipy does for samples without ties only, between .001 and .25.
    The score is `sqrt(Σ p d² / v) / 2` with both samples weighing alike; for two distinct values it is Cramér's V.

    Examples
    --------
    >>> found = ad_from_counts(np.array([5, 5, 0]), np.array([2, 3, 5]))
    >>> round(found.score, 6), round(found.statistic, 6), round(found.p_value, 4)
    (0.47584, 4.302043, 0.0245)

    References
    ----------
    Scholz and Stephens, Journal of the American Statistical Association 82 (1987) 918-924, equation 7.
    """
    n, m = int(reference.sum()), int(current.sum())
    either = (reference + current) > 0
    if np.count_nonzero(either) == 1:
        return DriftScore(score=0.0, statistic=0.0, p_value=1.0)
    r, c = reference[either], current[either]
    ends = gaps(r, c)
    squares = ((ends[:-1] + ends[1:]) / 2) ** 2
    p, middle, v = _middles(shares(r + c))
    both = n + m
    statistic = (both - 1) * n * m / both**2 * float((p * squares / v).sum())
    q, _, w = _middles((shares(r) + shares(c)) / 2)
    scale = math.sqrt(VARIANCE / _variance(p, middle, v))
    return DriftScore(
        score=min(math.sqrt(float((q * squares / w).sum())) / 2, 1.0),
        statistic=statistic,
        p_value=ANDERSON_DARLING.tail(1 + (statistic - 1) * scale) if statistic else 1.0,
    )


def _middles(p: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the shares, the cumulative share at each cell's middle, and the bridge's variance there."""
    middle: FloatArray = p.cumsum() - p / 2
    return p, middle, middle * (1 - middle) - p / 4


def _variance(p: FloatArray, middle: FloatArray, v: FloatArray) -> float:
    """Return the variance of A² without drift: `2 Σ_ij p_i p_j ρ_ij²`, `ρ` the bridge's correlation of two middles."""
    before = (p * middle**2 / v).cumsum()[:-1]
    after = (p * (1 - middle) ** 2 / v)[1:]
    return 2 * float((p**2).sum() + 2 * (before * after).sum())


TEST: Final = DriftTest(
    name="anderson_darling",
    kinds=frozenset({FeatureKind.NUMERIC}),
    default_threshold=0.085,
    unit="Cramér's V",
    meaning="how strongly being below a cut depends on the sample, over all cuts; "
    "a shift of 0.25 standard deviations makes 0.087",
    measure=anderson_darling,
    greatest=1.0,
)
