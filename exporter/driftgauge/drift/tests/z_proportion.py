"""Two-proportion z: how much the share of the rarer of two categories changed."""

from __future__ import annotations

from typing import Final

from driftgauge.drift.pairs import binary_shares
from driftgauge.drift.proportions import share_drift
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile


def z_proportion(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Compare the shares of the category that is the rarer in the reference, of exactly two.

    Parameters
    ----------
    reference, current : FeatureProfile
        Categorical profiles on the same bins of two categories.

    Returns
    -------
    DriftScore
        Score: the absolute difference of the shares. Statistic: z, positive where the share grew. P-value: two-sided.

    Raises
    ------
    ValueError
        If the profiles are not of two categories or have no values.

    Notes
    -----
    `driftgauge.drift.proportions.share_drift` has the formula. Values of any other category count as not of the one.

    References
    ----------
    Agresti, Categorical Data Analysis (2013), section 3.2.
    """
    return share_drift(*binary_shares(reference, current))


TEST: Final = DriftTest(
    name="z_proportion",
    kinds=frozenset({FeatureKind.CATEGORICAL}),
    default_threshold=0.1,
    unit="share of values",
    meaning="how much the share of the rarer of two categories changed",
    measure=z_proportion,
    greatest=1.0,
    binary=True,
)
