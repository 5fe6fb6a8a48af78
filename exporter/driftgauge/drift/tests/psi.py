"""Population stability index: the credit industry's measure of a changed mix."""

from __future__ import annotations

from typing import Final

import numpy as np

from driftgauge.drift.coarsen import QUANTILE_BINS, Masses, cells, smoothed
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile


def population_stability_index(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the PSI on at most ten quantile bins of the reference, or on the categories.

    Parameters
    ----------
    reference, current : FeatureProfile
        Profiles of one kind on the same bins.

    Returns
    -------
    DriftScore
        Score and statistic: the PSI. It is a distance: no p-value.

    Raises
    ------
    ValueError
        If a profile has no values.

    Notes
    -----
    The first and the last bin are open, as usual, so values beyond the reference's range count in them; a constant
    reference has one bin and keeps its tails apart.
    """
    index = psi_from_counts(*cells(reference, current, at_most=QUANTILE_BINS, tails_apart=False))
    return DriftScore(score=index, statistic=index)


def psi_from_counts(reference: Masses, current: Masses) -> float:
    """Return the PSI of two samples counted in the same cells.

    Parameters
    ----------
    reference, current : array, shape (cells,)
        Counts.

    Returns
    -------
    float
        At least 0.

    Notes
    -----
    `Σ (c - r) ln(c / r)`, symmetric in the two, on smoothed shares (`driftgauge.drift.coarsen.smoothed`). For two
    samples of one distribution the index is near `(1/n + 1/m) χ²` with one degree of freedom less than there are
    cells.

    Examples
    --------
    >>> round(psi_from_counts(np.array([50, 50]), np.array([25, 75])), 6)
    0.274653
    >>> round(psi_from_counts(np.array([50, 50]), np.array([0, 100])), 6)
    2.625398

    References
    ----------
    Yurdakul, Statistical Properties of Population Stability Index (2018); Jeffreys, Theory of Probability (1946), III.
    """
    r, c = smoothed(reference, current)
    return float((c - r) @ np.log(c / r))


TEST: Final = DriftTest(
    name="psi",
    kinds=frozenset(FeatureKind),
    default_threshold=0.2,
    unit="",
    meaning="the mix's change by the industry's scale: below 0.1 little, above 0.2 much",
    measure=population_stability_index,
    distance=True,
)
