"""Out-of-range share: how many values lie outside the range that the reference had."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from driftgauge.drift.pairs import numeric_pair
from driftgauge.drift.proportions import outside_p_value, share_drift
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile, NumericProfile


def out_of_range_share(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Compare the shares of values in the two open tails of the layout.

    Parameters
    ----------
    reference, current : FeatureProfile
        Numeric profiles on the same bins.

    Returns
    -------
    DriftScore
        Score: the absolute difference of the shares. Statistic: z, positive where more are out of range.

    Raises
    ------
    ValueError
        If the profiles are not numeric or have no values.

    Notes
    -----
    Where the reference has nothing in the tails it has chosen the range itself, and any later sample of the same
    distribution has a little outside: the p-value then comes from `outside_p_value` instead of the two shares.

    References
    ----------
    Wilks, Annals of Mathematical Statistics 13 (1942) 400-409 (tolerance limits).
    """
    before, now = numeric_pair(reference, current)
    outside_before, values_before = _outside(before)
    outside, values = _outside(now)
    found = share_drift((outside_before, values_before), (outside, values))
    if outside_before:
        return found
    return replace(found, p_value=outside_p_value(values - outside, outside, values_before))


def _outside(profile: NumericProfile) -> tuple[int, int]:
    return int(profile.counts[0] + profile.counts[-1]), profile.n


TEST: Final = DriftTest(
    name="out_of_range_share",
    kinds=frozenset({FeatureKind.NUMERIC}),
    default_threshold=0.01,
    unit="share of values",
    meaning="how much the share of values outside the reference's range changed",
    measure=out_of_range_share,
    greatest=1.0,
)
