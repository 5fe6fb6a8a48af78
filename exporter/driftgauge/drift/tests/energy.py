"""Energy distance: how much further values of the two samples lie from each other than from their own kind."""

from __future__ import annotations

import math
from typing import Final

from driftgauge.drift.cdf import Placed, steps
from driftgauge.drift.pairs import numeric_pair
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile


def energy(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the energy distance.

    Parameters
    ----------
    reference, current : FeatureProfile
        Numeric profiles on the same bins.

    Returns
    -------
    DriftScore
        Score: the root of the energy coefficient, in [0, 1], whatever the feature's unit. Statistic: the distance, in
        the root of the feature's unit. It is a distance: no p-value.

    Raises
    ------
    ValueError
        If the profiles are not numeric or have no values.

    Notes
    -----
    Exact for values that lie on their bins' means, tails included.
    """
    before, now = numeric_pair(reference, current)
    return energy_from_counts((before.counts, before.sums), (now.counts, now.sums))


def energy_from_counts(reference: Placed, current: Placed) -> DriftScore:
    """Measure the energy distance of two samples that lie on the means of the same ordered cells.

    Parameters
    ----------
    reference, current : tuple of (counts, sums), shape (cells,) each
        Counts and sums of the values, in ascending order of the cells.

    Returns
    -------
    DriftScore
        As `energy`.

    Notes
    -----
    The distance is `sqrt(2 E|X - Y| - E|X - X'| - E|Y - Y'|) = sqrt(2 ∫ (F - G)²)`, as `scipy.stats.energy_distance`.
    The coefficient is its square over `2 E|X - Y|`: 0 for one distribution, 1 for two constants. Its root is near
    half the shift in standard deviations of a normal feature.

    Examples
    --------
    >>> import numpy as np
    >>> found = energy_from_counts((np.array([2, 2]), np.array([2, 10])), (np.array([1, 3]), np.array([1, 18])))
    >>> round(found.score, 6), round(found.statistic, 6)
    (0.543557, 1.274755)

    References
    ----------
    Székely and Rizzo, Journal of Statistical Planning and Inference 143 (2013) 1249-1272.
    """
    below, below_now, widths = steps(reference, current)
    apart = float((below - below_now) ** 2 @ widths)
    mean_distance = float((below * (1 - below_now) + below_now * (1 - below)) @ widths)
    return DriftScore(
        score=min(math.sqrt(apart / mean_distance), 1.0) if mean_distance > 0 else 0.0,
        statistic=math.sqrt(2 * apart),
    )


TEST: Final = DriftTest(
    name="energy",
    kinds=frozenset({FeatureKind.NUMERIC}),
    default_threshold=0.125,
    unit="of the greatest distance",
    meaning="how much further values lie from the other sample than from their own; "
    "a shift of 0.25 standard deviations makes 0.125",
    measure=energy,
    greatest=1.0,
    distance=True,
)
