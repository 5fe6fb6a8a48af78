"""G test: whether two samples of categories have one mix, by the likelihood ratio."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import chdtrc, rel_entr

from driftgauge.drift.coarsen import category_cells, pooled
from driftgauge.drift.pairs import categorical_pair
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.drift.tests.jensen_shannon import js_from_masses
from driftgauge.model.bins import FeatureKind, IntArray
from driftgauge.model.profile import FeatureProfile


def g_test(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the homogeneity of two samples of categories, sparse ones pooled.

    Parameters
    ----------
    reference, current : FeatureProfile
        Categorical profiles on the same bins.

    Returns
    -------
    DriftScore
        Score: the Jensen-Shannon distance of the pooled mixes, in [0, 1]. Statistic: G after Williams. P-value:
        two-sample.

    Raises
    ------
    ValueError
        If the profiles are not categorical or have no values.
    """
    return g_from_counts(*pooled(*category_cells(*categorical_pair(reference, current))))


def g_from_counts(reference: IntArray, current: IntArray) -> DriftScore:
    """Measure the homogeneity of two samples counted in the same cells.

    Parameters
    ----------
    reference, current : IntArray, shape (cells,)
        Counts; no cell is empty in both.

    Returns
    -------
    DriftScore
        As `g_test`.

    Notes
    -----
    `G = 2 Σ observed ln(observed / expected)` over both rows of the table, as
    `scipy.stats.chi2_contingency(correction=False, lambda_="log-likelihood")`, over Williams'
    `q = 1 + (N/n + N/m - 1) (Σ N/t - 1) / (6 N (cells - 1))` with both samples' count `t` of a cell, which brings it
    closer to its chi-squared law. Over `2N`, G is the Jensen-Shannon divergence of samples weighing as they are large;
    the score is the distance with both weighing alike, so that it stays where it is when one grows.

    Examples
    --------
    >>> found = g_from_counts(np.array([50, 50]), np.array([60, 40]))
    >>> round(found.score, 6), round(found.statistic, 6), round(found.p_value, 6)
    (0.085435, 2.008489, 0.156421)

    References
    ----------
    Williams, Biometrika 63 (1976) 33-37; Sokal and Rohlf, Biometry (1995), section 17.4.
    """
    n, m, together = int(reference.sum()), int(current.sum()), reference + current
    both, freedom = n + m, len(together) - 1
    if not freedom:
        return DriftScore(score=0.0, statistic=0.0, p_value=1.0)
    observed = np.stack((reference, current)).astype(np.float64)
    expected = np.outer((n, m), together) / both
    g = 2 * max(float(rel_entr(observed, expected).sum()), 0.0)
    q = 1 + (both / n + both / m - 1) * (float((both / together).sum()) - 1) / (6 * both * freedom)
    return DriftScore(score=js_from_masses(reference, current), statistic=g / q, p_value=float(chdtrc(freedom, g / q)))


TEST: Final = DriftTest(
    name="g_test",
    kinds=frozenset({FeatureKind.CATEGORICAL}),
    default_threshold=0.1,
    unit="of the greatest distance",
    meaning="how well one could tell which sample a value came from; a 50:50 mix that turns 62:38 makes 0.1",
    measure=g_test,
    greatest=1.0,
)
