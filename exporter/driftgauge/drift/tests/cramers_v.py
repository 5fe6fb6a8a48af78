"""Cramér's V: how strongly the mix depends on the sample, less what chance alone makes of it."""

from __future__ import annotations

import math
from typing import Final

from driftgauge.drift.coarsen import category_cells, pooled
from driftgauge.drift.pairs import categorical_pair
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.drift.tests.chi_squared import homogeneity
from driftgauge.model.bins import FeatureKind, IntArray
from driftgauge.model.profile import FeatureProfile


def cramers_v(reference: FeatureProfile, current: FeatureProfile) -> DriftScore:
    """Measure the bias-corrected Cramér's V of two samples of categories, sparse ones pooled.

    Parameters
    ----------
    reference, current : FeatureProfile
        Categorical profiles on the same bins.

    Returns
    -------
    DriftScore
        Score and statistic: V, in [0, 1]. It is a distance: no p-value.

    Raises
    ------
    ValueError
        If the profiles are not categorical or have no values.

    Notes
    -----
    The score of `chi_squared` is V as it is, which chance keeps above 0: near .23 for 100 categories in 500 rows.
    """
    v = corrected_v(*pooled(*category_cells(*categorical_pair(reference, current))))
    return DriftScore(score=v, statistic=v)


def corrected_v(reference: IntArray, current: IntArray) -> float:
    """Return the bias-corrected V of two samples counted in the same cells.

    Parameters
    ----------
    reference, current : IntArray, shape (cells,)
        Counts; no cell is empty in both.

    Returns
    -------
    float
        In [0, 1].

    Notes
    -----
    `sqrt(max(0, V² - f / (N - 1)) / (1 - 1 / (N - 1)))` with the V of `chi_squared`, in which both samples weigh alike,
    `f` one less than there are cells, and `N = 4nm / (n + m)`, which is `n + m` for samples of one size. Without drift
    `V²` is `f / (N - 1)` on average.

    Examples
    --------
    >>> import numpy as np
    >>> round(corrected_v(np.array([500, 500]), np.array([600, 400])), 6)
    0.098008
    >>> corrected_v(np.array([50, 50]), np.array([53, 47]))
    0.0

    References
    ----------
    Bergsma, Journal of the Korean Statistical Society 42 (2013) 323-328.
    """
    n, m = int(reference.sum()), int(current.sum())
    squared = homogeneity(reference, current).score ** 2
    rows = 4 * n * m / (n + m) - 1
    excess = squared - (len(reference) - 1) / rows
    return min(math.sqrt(excess / (1 - 1 / rows)), 1.0) if excess > 0 else 0.0


TEST: Final = DriftTest(
    name="cramers_v",
    kinds=frozenset({FeatureKind.CATEGORICAL}),
    default_threshold=0.1,
    unit="Cramér's V",
    meaning="how strongly the mix depends on the sample, less what chance makes of it; "
    "a 50:50 mix that turns 60:40 makes 0.1",
    measure=cramers_v,
    greatest=1.0,
    distance=True,
)
