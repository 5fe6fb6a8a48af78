"""Chi-squared: whether two samples of categories have one mix."""

from __future__ import annotations

import math
from typing import Final

from scipy.special import chdtrc

from driftgauge.drift.coarsen import category_cells, pooled
from driftgauge.drift.pairs import categorical_pair
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind, IntArray
from driftgauge.model.profile import FeatureProfile


def chi_squared(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the homogeneity of two samples of categories, sparse ones pooled.

    Parameters
    ----------
    reference, current : FeatureProfile
        Categorical profiles on the same bins.

    Returns
    -------
    DriftScore
        Score: Cramér's V with both samples weighted alike, in [0, 1]. Statistic: X². P-value: two-sample.

    Raises
    ------
    ValueError
        If the profiles are not categorical or have no values.
    """
    return homogeneity(*pooled(*category_cells(*categorical_pair(reference, current))))


def homogeneity(reference: IntArray, current: IntArray) -> DriftScore:
    """Measure the homogeneity of two samples counted in the same cells.

    Parameters
    ----------
    reference, current : IntArray, shape (cells,)
        Counts; no cell is empty in both.

    Returns
    -------
    DriftScore
        As `chi_squared`.

    Notes
    -----
    `X² = Σ (observed - expected)² / expected` over both rows of the table, as
    `scipy.stats.chi2_contingency(correction=False)`, which is `nm Σ (r - c)² / (R + C)` with shares in lower case.
    Cramér's V, `sqrt(X² / N)`, falls when only the reference grows: the same change of mix has .1 against as many
    rows, .06 against ten times as many and .006 against a thousand times as many. So the score is the V of the table
    in which both samples weigh alike, `sqrt(Σ (r - c)² / (2 (r + c)))`; with equal sample sizes it is Cramér's V.

    Examples
    --------
    >>> import numpy as np
    >>> found = homogeneity(np.array([50, 50]), np.array([60, 40]))
    >>> round(found.score, 6), round(found.statistic, 6), round(found.p_value, 6)
    (0.100504, 2.020202, 0.155218)

    References
    ----------
    Cramér, Mathematical Methods of Statistics (1946), 21.9 and 30.6.
    """
    n, m = int(reference.sum()), int(current.sum())
    r, c = reference / n, current / m
    squares = (r - c) ** 2
    statistic = n * m * float((squares / (reference + current)).sum())
    freedom = len(reference) - 1
    return DriftScore(
        score=min(math.sqrt(float((squares / (r + c)).sum()) / 2), 1.0),
        statistic=statistic,
        p_value=float(chdtrc(freedom, statistic)) if freedom else 1.0,
    )


TEST: Final = DriftTest(
    name="chi_squared",
    kinds=frozenset({FeatureKind.CATEGORICAL}),
    default_threshold=0.1,
    unit="Cramér's V",
    meaning="how strongly the mix depends on the sample, from 0 to 1; a 50:50 mix that turns 60:40 makes 0.1",
    measure=chi_squared,
    greatest=1.0,
)
