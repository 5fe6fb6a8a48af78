"""Whether the order of what matters has changed, by more than the few predictions that were explained can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.explanation.attributions import Attribution
from driftgauge.explanation.ranking import NDCG_THRESHOLD, kendall, ndcg, spearman
from driftgauge.model.bins import FloatArray

DRAWS: Final = 4_000
"""By chance nDCG falls below the least of so many draws once in 4,000 judgements, about an eighth of the budget."""
STRAYS: Final = 0.1
"""How far a mean strays without a change, in standard deviations, beside its sampling error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How alike the orders of importance are; None where there is no order.

    `by_chance` is the least nDCG of draws without a change; it is drawn only where nDCG is below its threshold.
    """

    ndcg: float | None
    threshold: float
    by_chance: float | None
    spearman: float | None
    kendall: float | None

    @property
    def drifted(self) -> bool:
        """Whether nDCG is below its threshold and below what chance makes of it."""
        return self.ndcg is not None and self.by_chance is not None and self.ndcg < self.by_chance


def compare_order(
    reference: Mapping[str, Attribution], current: Mapping[str, Attribution], threshold: float = NDCG_THRESHOLD
) -> Order:
    """Compare the order of features by their mean absolute attribution.

    Parameters
    ----------
    reference, current : mapping of str to Attribution
        By feature; one without attributions counts as unimportant.
    threshold : float
        In (0, 1]: nDCG from which the order is as before.

    Returns
    -------
    Order
        The same for the same input: draws are seeded.

    Notes
    -----
    Where nDCG is below the threshold, the importances of the reference are drawn anew, each with its sampling error in
    both windows and a tenth of its standard deviation, and ranked: `by_chance` is the least nDCG among those draws.

    Examples
    --------
    >>> sure = {"n": 500, "signed": 500, "mean": 0.0, "deviation": 0.1}
    >>> before = {"a": Attribution(magnitude=0.9, **sure), "b": Attribution(magnitude=0.1, **sure)}
    >>> after = {"a": before["b"], "b": before["a"]}
    >>> found = compare_order(before, after)
    >>> round(found.ndcg, 3), found.drifted, compare_order(before, before).ndcg
    (0.693, True, 1.0)
    """
    sides = [{name: one.magnitude or 0.0 for name, one in side.items()} for side in (reference, current)]
    found = ndcg(*sides)
    below = found is not None and found < threshold
    return Order(
        ndcg=found,
        threshold=threshold,
        by_chance=_least_by_chance(reference, current) if below else None,
        spearman=spearman(*sides),
        kendall=kendall(*sides),
    )


def _least_by_chance(reference: Mapping[str, Attribution], current: Mapping[str, Attribution]) -> float:
    """Return the least nDCG of rankings drawn around the reference's own importances."""
    known = [(one, current.get(name, Attribution(n=0, signed=0))) for name, one in sorted(reference.items())]
    gains = np.array([one.magnitude or 0.0 for one, _ in known])
    errors = np.array([_error(one, now) for one, now in known])
    draws = gains + np.random.default_rng(0).normal(size=(DRAWS, gains.size)) * errors
    discounts = 1 / np.log2(np.arange(2, gains.size + 2))
    best = float(np.sort(gains)[::-1] @ discounts)
    found: FloatArray = gains[np.argsort(-draws, axis=1, kind="stable")] @ discounts / best
    return min(float(found.min()), 1.0)


def _error(reference: Attribution, current: Attribution) -> float:
    """Return how far the current importance of a feature may lie from the reference's by chance."""
    if reference.magnitude is None or reference.mean is None or reference.deviation is None:
        return 0.0
    square = reference.deviation**2 + reference.mean**2 - reference.magnitude**2  # the variance of absolute values
    n, m = reference.n, current.n or reference.n
    return float(np.sqrt(max(square, 0.0) * (1 / n + 1 / m + STRAYS**2)))
