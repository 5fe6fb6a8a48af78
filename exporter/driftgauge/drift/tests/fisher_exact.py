"""Fisher's exact test: whether the odds of two categories changed, however rare one of them is."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from driftgauge.drift.pairs import binary_shares
from driftgauge.drift.proportions import EXACT_BELOW, hypergeometric, least_expected, two_share_p_value
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile

AS_LIKELY = 1 + 1e-7  # outcomes as likely as the one observed, rounding apart


def fisher_exact(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Compare the odds of the category that is the rarer in the reference, of exactly two.

    Parameters
    ----------
    reference, current : FeatureProfile
        Categorical profiles on the same bins of two categories.

    Returns
    -------
    DriftScore
        Score: Cohen's h without its sign, in [0, π]. Statistic: the log odds ratio, positive where the share grew.
        P-value: two-sided.

    Raises
    ------
    ValueError
        If the profiles are not of two categories or have no values.

    Notes
    -----
    Values of any other category count as not of the one.
    """
    return odds_drift(*binary_shares(reference, current))


def odds_drift(reference: tuple[int, int], current: tuple[int, int]) -> DriftScore:
    """Compare two shares, each given as (hits, trials).

    Parameters
    ----------
    reference, current : tuple of int
        Hits and trials; trials must be positive.

    Returns
    -------
    DriftScore
        As `fisher_exact`.

    Notes
    -----
    Cohen's `h = |2 asin(√c) - 2 asin(√r)|` weighs a rare category's change by how rare it is: 1 % that becomes 4 %
    is as much as 50 % that becomes 60 %. The log odds ratio has half a row added to each cell, so that it is finite.
    The p-value sums the chances of all tables that are no more likely than the observed one, as
    `scipy.stats.fisher_exact`; where each cell expects `EXACT_BELOW` rows it is the normal one of `z_proportion`.

    Examples
    --------
    >>> found = odds_drift((10, 1000), (8, 200))
    >>> round(found.score, 6), round(found.statistic, 6), round(found.p_value, 6)
    (0.202381, 1.426805, 0.004992)

    References
    ----------
    Fisher, Statistical Methods for Research Workers (1934), section 21.02; Cohen, Statistical Power Analysis for the
    Behavioral Sciences (1988), section 6.2.
    """
    (hits_before, trials_before), (hits, trials) = reference, current
    before, now = hits_before / trials_before, hits / trials
    odds = _half_added(hits, trials) - _half_added(hits_before, trials_before)
    return DriftScore(
        score=abs(2 * math.asin(math.sqrt(now)) - 2 * math.asin(math.sqrt(before))),
        statistic=odds if now != before else 0.0,
        p_value=_p_value(reference, current),
    )


def _half_added(hits: int, trials: int) -> float:
    return math.log((hits + 0.5) / (trials - hits + 0.5))


def _p_value(reference: tuple[int, int], current: tuple[int, int]) -> float:
    if least_expected(reference, current) >= EXACT_BELOW:
        return two_share_p_value(reference, current)
    (hits_before, trials_before), (hits, trials) = reference, current
    most = min(hits_before + hits, trials)
    tables = np.arange(max(0, hits_before + hits - trials_before), most + 1)
    chances = hypergeometric(reference, current, tables)
    observed = float(chances[hits - int(tables[0])])
    unlikelier = chances <= observed * AS_LIKELY
    return 1.0 if unlikelier.all() else min(1.0, float(chances[unlikelier].sum()))


TEST: Final = DriftTest(
    name="fisher_exact",
    kinds=frozenset({FeatureKind.CATEGORICAL}),
    default_threshold=0.2,
    unit="Cohen's h",
    meaning="how much the odds of two categories changed; 50 % that becomes 60 %, or 1 % that becomes 4 %, makes 0.2",
    measure=fisher_exact,
    greatest=math.pi,
    binary=True,
)
