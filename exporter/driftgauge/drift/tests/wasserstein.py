"""Wasserstein distance: how far values moved on average, in the reference's standard deviations."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from driftgauge.drift.coarsen import shares
from driftgauge.drift.pairs import numeric_pair
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind, FloatArray, IntArray
from driftgauge.model.profile import FeatureProfile, NumericProfile

RELATIVE_TINY = 1e-9  # of the mean: a smaller spread is the rounding of a constant
CEILING = 1e9


def wasserstein(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the first Wasserstein distance in reference standard deviations.

    Parameters
    ----------
    reference, current : FeatureProfile
        Numeric profiles on the same bins.

    Returns
    -------
    DriftScore
        Score and statistic: W1 / σ, at most 1e9. It is a distance: no p-value.

    Raises
    ------
    ValueError
        If the profiles are not numeric or have no values.

    Notes
    -----
    Exact for values that lie on their bins' means, tails included. Within a bin only the mean is known, so the result
    differs from the exact one by at most the mean distance of values from their bin's mean, both samples added.
    A constant reference is measured in units of a billionth of its mean.
    """
    before, now = numeric_pair(reference, current)
    moved = w1_from_counts((before.counts, before.sums), (now.counts, now.sums))
    unit = _unit(before)
    if moved == 0.0:
        return DriftScore(score=0.0, statistic=0.0)
    in_units = moved / unit if unit > moved / CEILING else CEILING
    return DriftScore(score=in_units, statistic=in_units)


def w1_from_counts(reference: tuple[IntArray, FloatArray], current: tuple[IntArray, FloatArray]) -> float:
    """Return W1 between two samples that lie on the means of the same ordered cells.

    Parameters
    ----------
    reference, current : tuple of (counts, sums), shape (cells,) each
        Counts and sums of the values, in ascending order of the cells.

    Returns
    -------
    float
        In the feature's own unit.

    Notes
    -----
    `∫ |F - G|`. Both means of a cell lie in it, so the merged order of all means is known without sorting: a piece
    within each cell, from the lower mean to the higher, and a piece to the next cell. An empty cell of one sample
    borrows the other's mean, where it has no mass.

    Examples
    --------
    >>> w1_from_counts((np.array([2, 2]), np.array([2.0, 10.0])), (np.array([1, 3]), np.array([1.0, 18.0])))
    1.75

    References
    ----------
    Villani, Topics in Optimal Transportation (2003), section 2.2.
    """
    either = (reference[0] + current[0]) > 0
    n, total = reference[0][either], reference[1][either]
    m, total_now = current[0][either], current[1][either]
    mean: FloatArray = total / np.maximum(n, 1)
    mean_now: FloatArray = np.where(m == 0, mean, total_now / np.maximum(m, 1))
    mean = np.where(n == 0, mean_now, mean)
    mass, mass_now = shares(n), shares(m)
    gap = mass.cumsum() - mass_now.cumsum()
    low, high = np.minimum(mean, mean_now), np.maximum(mean, mean_now)
    step: FloatArray = np.where(mean <= mean_now, mass, -mass_now)
    gap_within = np.abs(np.concatenate(([0.0], gap[:-1])) + step)
    within = float(gap_within @ (high - low))
    between = float(np.abs(gap[:-1]) @ (low[1:] - high[:-1]))
    return max(within + between, 0.0)


def _unit(reference: NumericProfile) -> float:
    return max(math.sqrt(reference.variance), RELATIVE_TINY * abs(reference.mean))


TEST: Final = DriftTest(
    name="wasserstein",
    kinds=frozenset({FeatureKind.NUMERIC}),
    default_threshold=0.1,
    unit="reference standard deviations",
    meaning="how far values moved on average",
    measure=wasserstein,
)
