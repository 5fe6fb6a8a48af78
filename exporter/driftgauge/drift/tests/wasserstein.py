"""Wasserstein distance: how far values moved on average, in the reference's standard deviations."""

from __future__ import annotations

from typing import Final

import numpy as np

from driftgauge.drift.cdf import Placed, steps
from driftgauge.drift.moments import in_reference_units
from driftgauge.drift.pairs import numeric_pair
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile


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
    in_units = in_reference_units(moved, before)
    return DriftScore(score=in_units, statistic=in_units)


def w1_from_counts(reference: Placed, current: Placed) -> float:
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
    `∫ |F - G|`, piece by piece (`driftgauge.drift.cdf.steps`).

    Examples
    --------
    >>> w1_from_counts((np.array([2, 2]), np.array([2.0, 10.0])), (np.array([1, 3]), np.array([1.0, 18.0])))
    1.75

    References
    ----------
    Villani, Topics in Optimal Transportation (2003), section 2.2.
    """
    below, below_now, widths = steps(reference, current)
    return float(np.abs(below - below_now) @ widths)


TEST: Final = DriftTest(
    name="wasserstein",
    kinds=frozenset({FeatureKind.NUMERIC}),
    default_threshold=0.1,
    unit="reference standard deviations",
    meaning="how far values moved on average",
    measure=wasserstein,
    distance=True,
)
