"""Missing share: how many more, or fewer, rows come without a usable value."""

from __future__ import annotations

from typing import Final

from driftgauge.drift.proportions import share_drift
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile


def missing_share(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Compare the shares of rows without a usable value: missing, not finite or not of the feature's kind.

    Parameters
    ----------
    reference, current : FeatureProfile
        Profiles with rows.

    Returns
    -------
    DriftScore
        Score: the absolute difference of the shares. Statistic: z, positive where more are missing.

    Raises
    ------
    ValueError
        If a profile has no rows.

    Notes
    -----
    `driftgauge.drift.proportions.share_drift` has the formula.

    References
    ----------
    Agresti, Categorical Data Analysis (2013), section 3.2.
    """
    values, values_now = reference.n, current.n
    rows, rows_now = reference.rows, current.rows
    return share_drift((rows - values, rows), (rows_now - values_now, rows_now))


TEST: Final = DriftTest(
    name="missing_share",
    kinds=frozenset(FeatureKind),
    default_threshold=0.01,
    unit="share of rows",
    meaning="how much the share of rows without a usable value changed",
    measure=missing_share,
    samples="rows",
    greatest=1.0,
)
