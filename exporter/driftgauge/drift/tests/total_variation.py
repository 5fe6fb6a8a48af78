"""Total variation distance: the share of values that would have to change for the mixes to agree."""

from __future__ import annotations

from typing import Final

import numpy as np

from driftgauge.drift.coarsen import Masses, cells, shares
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile


def total_variation(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the total variation distance.

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
    Numeric features are merged to 20 cells and two tails, as for the Jensen-Shannon distance and for its reason.
    """
    distance = tv_from_masses(*cells(reference, current))
    return DriftScore(score=distance, statistic=distance)


def tv_from_masses(reference: Masses, current: Masses) -> float:
    """Return the total variation distance of two samples counted in the same cells.

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
    `Σ |r - c| / 2`.

    Examples
    --------
    >>> tv_from_masses(np.array([50, 50]), np.array([25, 75]))
    0.25

    References
    ----------
    Gibbs and Su, On Choosing and Bounding Probability Metrics, International Statistical Review 70 (2002) 419-435.
    """
    return min(float(np.abs(shares(reference) - shares(current)).sum()) / 2, 1.0)


TEST: Final = DriftTest(
    name="total_variation",
    kinds=frozenset(FeatureKind),
    default_threshold=0.1,
    unit="share of values",
    meaning="the share of values that would have to change for the mixes to agree",
    measure=total_variation,
    greatest=1.0,
    distance=True,
)
