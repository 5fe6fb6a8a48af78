"""Unseen share: how many values are categories that the reference never had."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from driftgauge.drift.pairs import categorical_pair
from driftgauge.drift.proportions import share_drift, two_share_p_value
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import TWO, FeatureKind
from driftgauge.model.profile import CategoricalProfile, FeatureProfile


def unseen_share(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Compare the shares of values in categories unknown to the layout.

    Parameters
    ----------
    reference, current : FeatureProfile
        Categorical profiles on the same bins.

    Returns
    -------
    DriftScore
        Score: the absolute difference of the shares. Statistic: z, positive where more are unseen.

    Raises
    ------
    ValueError
        If the profiles are not categorical or have no values.

    Notes
    -----
    The reference has nothing unseen because it chose the categories; a later sample of the same distribution has, the
    more so the more categories the reference had only once. So the p-value holds the current share against Good and
    Turing's estimate, that of reference rows whose category no other reference row has, and only growth counts.
    Of the rare categories, whose counts are kept together, each may be such a one. With `N1` categories had once and
    `N2` twice, the estimate errs by a variance of `N1 + 2 N2`, not of `N1`, so the reference counts for that much less.

    References
    ----------
    Good, The Population Frequencies of Species, Biometrika 40 (1953) 237-264; Esty, Annals of Statistics 11 (1983)
    905-912.
    """
    before, now = categorical_pair(reference, current)
    unseen_before, values_before = _unseen(before)
    unseen, values = _unseen(now)
    by_chance, worth = unseen_by_chance(before)
    grew = unseen / values > by_chance / values_before
    expected = round(by_chance * worth), max(round(values_before * worth), 1)
    p_value = two_share_p_value(expected, (unseen, values)) if grew else 1.0
    return replace(share_drift((unseen_before, values_before), (unseen, values)), p_value=p_value)


def unseen_by_chance(reference: CategoricalProfile) -> tuple[int, float]:
    """Estimate how many unseen values a later sample has, and what the estimate is worth; `unseen_share` tells how.

    Returns
    -------
    tuple of int and float
        Unseen among as many values as the reference has; the share of these values that the estimate is worth.
    """
    unseen, values = _unseen(reference)
    rare = min(len(reference.bins.rare), int(reference.counts[reference.bins.other]))
    by_chance = min(unseen + _had(reference, 1) + rare, values)
    return by_chance, (by_chance + 1) / (by_chance + 1 + 2 * _had(reference, TWO))


def _had(profile: CategoricalProfile, times: int) -> int:
    """Return how many categories kept by name the profile has so many times."""
    return int(np.count_nonzero(profile.counts[: profile.bins.other] == times))


def _unseen(profile: CategoricalProfile) -> tuple[int, int]:
    return int(profile.counts[profile.bins.unseen]), profile.n


TEST: Final = DriftTest(
    name="unseen_share",
    kinds=frozenset({FeatureKind.CATEGORICAL}),
    default_threshold=0.01,
    unit="share of values",
    meaning="how much the share of categories that the reference never had changed",
    measure=unseen_share,
    greatest=1.0,
)
