"""Hellinger distance: the distance of the square roots of the shares, keen on rare values."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from driftgauge.drift.coarsen import Masses, cells, shares
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile


def hellinger(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the Hellinger distance.

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
    distance = hellinger_from_masses(*cells(reference, current))
    return DriftScore(score=distance, statistic=distance)


def hellinger_from_masses(reference: Masses, current: Masses) -> float:
    """Return the Hellinger distance of two samples counted in the same cells.

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
    `sqrt(Σ (√r - √c)² / 2)`.

    Examples
    --------
    >>> round(hellinger_from_masses(np.array([50, 50]), np.array([25, 75])), 6)
    0.184592

    References
    ----------
    Hellinger, Journal für die reine und angewandte Mathematik 136 (1909) 210-271.
    """
    apart = np.sqrt(shares(reference)) - np.sqrt(shares(current))
    return min(math.sqrt(float(apart @ apart) / 2), 1.0)


TEST: Final = DriftTest(
    name="hellinger",
    kinds=frozenset(FeatureKind),
    default_threshold=0.1,
    unit="of the greatest distance",
    meaning="the distance of the square roots of the shares; a shift of 0.28 standard deviations makes 0.1",
    measure=hellinger,
    greatest=1.0,
    distance=True,
)
