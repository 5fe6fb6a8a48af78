"""Kullback-Leibler divergence: what it costs to take current values for the reference's."""

from __future__ import annotations

from typing import Final

from scipy.special import rel_entr

from driftgauge.drift.coarsen import QUANTILE_BINS, Masses, cells, smoothed
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile


def kullback_leibler(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the divergence of the current values from the reference on the cells of the PSI.

    Parameters
    ----------
    reference, current : FeatureProfile
        Profiles of one kind on the same bins.

    Returns
    -------
    DriftScore
        Score and statistic: the divergence in nats, at least 0. It is a distance: no p-value.

    Raises
    ------
    ValueError
        If a profile has no values.

    Notes
    -----
    The PSI is the sum of this divergence and of that of the reference from the current values.
    """
    divergence = kl_from_counts(*cells(reference, current, at_most=QUANTILE_BINS, tails_apart=False))
    return DriftScore(score=divergence, statistic=divergence)


def kl_from_counts(reference: Masses, current: Masses) -> float:
    """Return the divergence of one sample from another, both counted in the same cells.

    Parameters
    ----------
    reference, current : array, shape (cells,)
        Counts.

    Returns
    -------
    float
        At least 0, and always finite.

    Notes
    -----
    `Σ c ln(c / r)` on smoothed shares (`driftgauge.drift.coarsen.smoothed`), as `scipy.stats.entropy(c, r)`. A normal
    feature that moves by `d` standard deviations makes `d² / 2`.

    Examples
    --------
    >>> import numpy as np
    >>> round(kl_from_counts(np.array([50, 50]), np.array([25, 75])), 6)
    0.130812

    References
    ----------
    Kullback and Leibler, Annals of Mathematical Statistics 22 (1951) 79-86.
    """
    r, c = smoothed(reference, current)
    return max(float(rel_entr(c, r).sum()), 0.0)


TEST: Final = DriftTest(
    name="kl",
    kinds=frozenset(FeatureKind),
    default_threshold=0.1,
    unit="nats",
    meaning="what it costs to take current values for the reference's; a shift of 0.45 standard deviations makes 0.1",
    measure=kullback_leibler,
    distance=True,
)
