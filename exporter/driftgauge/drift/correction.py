"""The correction for asking many questions at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return the adjusted p-values that control the false discovery rate.

    Parameters
    ----------
    p_values : sequence of float
        One family, in any order.

    Returns
    -------
    list of float
        In the order given; rejecting those below α keeps the expected share of false discoveries below α.

    Notes
    -----
    The `i`-th smallest of `m` becomes the least `p_(j) m / j` over `j ≥ i`, at most 1. Where nothing drifted, every
    discovery is false, so α also bounds the chance of any false alarm in the family.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.5, 0.02])
    [0.03, 0.5, 0.03]

    References
    ----------
    Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289-300.
    """
    values = np.asarray(p_values, dtype=np.float64)
    ascending = np.argsort(values)
    ranked = values[ascending] * (len(values) / np.arange(1, len(values) + 1))
    adjusted = np.empty_like(values)
    adjusted[ascending] = np.minimum.accumulate(ranked[::-1])[::-1]
    return np.minimum(adjusted, 1.0).tolist()
