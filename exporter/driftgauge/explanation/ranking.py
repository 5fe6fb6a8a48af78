"""How alike two rankings of features by importance are: nDCG, Spearman's and Kendall's coefficients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy.stats import kendalltau, spearmanr

NDCG_THRESHOLD: Final = 0.9
"""Below it, the order of what matters has changed."""
TWO: Final = 2


def ranks(importances: Mapping[str, float]) -> dict[str, int]:
    """Return the rank of each feature, 1 for the most important; ties go by name.

    Examples
    --------
    >>> ranks({"age": 0.2, "plan": 0.5, "city": 0.2})
    {'plan': 1, 'age': 2, 'city': 3}
    """
    ordered = sorted(importances, key=lambda feature: (-importances[feature], feature))
    return {feature: rank for rank, feature in enumerate(ordered, start=1)}


def ndcg(reference: Mapping[str, float], current: Mapping[str, float]) -> float | None:
    """Return how well the current order of features ranks what mattered in the reference.

    Parameters
    ----------
    reference, current : mapping of str to float
        Importances by feature, finite, in any unit; one below 0 counts as 0 in the reference, and a feature that a side
        lacks as 0 there.

    Returns
    -------
    float or None
        In (0, 1]; 1 where both have the same order. None where nothing mattered in the reference.

    Notes
    -----
    Normalised discounted cumulative gain: `sum(r(f_i) / log2(i + 1))` over the features `f_1, f_2, …` in the current
    order, divided by the same sum in the reference's order, where `r` is the importance in the reference.

    References
    ----------
    K. Järvelin, J. Kekäläinen: Cumulated gain-based evaluation of IR techniques. ACM TOIS 20 (2002) 422-446.

    Examples
    --------
    >>> ndcg({"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 5.0, "b": 3.0, "c": 2.0})
    1.0
    >>> round(ndcg({"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 0.2, "b": 0.3, "c": 0.5}), 2)
    0.81
    """
    names = {*reference, *current}
    gains = {name: max(reference.get(name, 0.0), 0.0) for name in names}
    best = _gain([gains[name] for name in ranks(gains)])
    if not best:
        return None
    order = ranks({name: current.get(name, 0.0) for name in names})
    return min(_gain([gains[name] for name in order]) / best, 1.0)


def spearman(reference: Mapping[str, float], current: Mapping[str, float]) -> float | None:
    """Return Spearman's rank correlation of the importances of the features that both have, ties sharing their ranks.

    In [-1, 1]; None where they share fewer than two features, or where one side gives all of them the same importance.

    Examples
    --------
    >>> round(spearman({"a": 3.0, "b": 2.0, "c": 1.0}, {"a": 3.0, "b": 1.0, "c": 2.0}), 3)
    0.5
    """
    pair = _shared(reference, current)
    return None if pair is None else _finite(spearmanr(*pair).statistic)


def kendall(reference: Mapping[str, float], current: Mapping[str, float]) -> float | None:
    """Return Kendall's tau-b of the importances of the features that both have.

    In [-1, 1]; None where they share fewer than two features, or where one side gives all of them the same importance.

    Examples
    --------
    >>> round(kendall({"a": 3.0, "b": 2.0, "c": 1.0}, {"a": 3.0, "b": 1.0, "c": 2.0}), 3)
    0.333
    """
    pair = _shared(reference, current)
    return None if pair is None else _finite(kendalltau(*pair).statistic)


def _gain(gains: list[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))


def _shared(reference: Mapping[str, float], current: Mapping[str, float]) -> tuple[list[float], list[float]] | None:
    """Return the importances of the features that both have; None where no correlation of them is defined."""
    names = sorted(set(reference) & set(current))
    sides = [reference[name] for name in names], [current[name] for name in names]
    if len(names) < TWO or any(len(set(side)) < TWO for side in sides):
        return None
    return sides


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
