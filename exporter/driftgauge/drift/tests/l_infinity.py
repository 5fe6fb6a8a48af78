"""L-infinity distance: the largest change of any one share."""

from __future__ import annotations

from typing import Final

import numpy as np

from driftgauge.drift.coarsen import Masses, cells, shares
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile


def l_infinity(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the largest change of the share of a category, or of a twentieth of a numeric feature's range.

    Parameters
    ----------
    reference, current : FeatureProfile
        Profiles of one kind on the same bins.

    Returns
    -------
    DriftScore
        Score and statistic: the distance, in [0, 1]. It is a distance: no p-value.

    Raises
    ------
    ValueError
        If a profile has no values.

    Notes
    -----
    Numeric features are merged to 20 cells of equal reference mass, the outermost open, so that the distance does not
    fall when values move on from the last cell into the tail.
    """
    distance = l_infinity_from_masses(*cells(reference, current, tails_apart=False))
    return DriftScore(score=distance, statistic=distance)


def l_infinity_from_masses(reference: Masses, current: Masses) -> float:
    """Return the L-infinity distance of two samples counted in the same cells.

    Parameters
    ----------
    reference, current : array, shape (cells,)
        Counts or shares.

    Returns
    -------
    float
        In [0, 1].

    Notes
    -----
    `max |r - c|`, also called Chebyshev's distance.

    Examples
    --------
    >>> l_infinity_from_masses(np.array([50, 30, 20]), np.array([25, 40, 35]))
    0.25

    References
    ----------
    Deza and Deza, Encyclopedia of Distances (2009), section 14.2.
    """
    return min(float(np.abs(shares(reference) - shares(current)).max()), 1.0)


TEST: Final = DriftTest(
    name="l_infinity",
    kinds=frozenset(FeatureKind),
    default_threshold=0.05,
    unit="share of values",
    meaning="the largest change of the share of one category, or of one twentieth of the reference's values",
    measure=l_infinity,
    greatest=1.0,
    distance=True,
)
