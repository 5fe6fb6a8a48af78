"""Invalid share: how many more, or fewer, rows have a value of a type that the feature cannot hold."""

from __future__ import annotations

from typing import Final

from driftgauge.drift.proportions import share_drift
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile


def invalid_share(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Compare the shares of rows whose value is of another type: text for a number, a list for a category.

    Parameters
    ----------
    reference, current : FeatureProfile
        Profiles with rows.

    Returns
    -------
    DriftScore
        Score: the absolute difference of the shares. Statistic: z, positive where more are invalid.

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
    return share_drift((reference.invalid, reference.rows), (current.invalid, current.rows))


TEST: Final = DriftTest(
    name="invalid_share",
    kinds=frozenset(FeatureKind),
    default_threshold=0.01,
    unit="share of rows",
    meaning="how much the share of rows with a value of another type changed",
    measure=invalid_share,
    samples="rows",
    greatest=1.0,
)
