"""How a cost grows with a size: the exponent of the power that fits best, and that of the last step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A cost of about `factor` × size ** `exponent`, and the exponent between the two largest sizes alone.

    Where a cost has a fixed part, the fit over all sizes lies below the last step: small sizes cost that part only.
    """

    exponent: float
    factor: float
    last: float
    size: float
    cost: float

    def at(self, size: float) -> float:
        """Return the cost at a size: from the largest that was measured on, by the last step, at least in proportion.

        Within what was measured, by the fit.
        """
        if size <= self.size:
            return self.factor * size**self.exponent
        return self.cost * (size / self.size) ** max(self.last, 1.0)


def fit_growth(points: Sequence[tuple[float, float]]) -> Growth | None:
    """Fit a power to sizes and costs by least squares of their logarithms; None for less than two sizes.

    Sizes and costs that are not above 0 say nothing, and are passed over.

    Examples
    --------
    >>> found = fit_growth([(100, 0.5), (1000, 5.0), (10000, 50.0)])
    >>> round(found.exponent, 6), round(found.last, 6), round(found.at(20000), 6)
    (1.0, 1.0, 100.0)
    """
    usable = sorted((size, cost) for size, cost in points if size > 0 and cost > 0)
    if len({size for size, _ in usable}) < 2:  # noqa: PLR2004 - a line needs two points
        return None
    logs = [(math.log(size), math.log(cost)) for size, cost in usable]
    mean_size = math.fsum(size for size, _ in logs) / len(logs)
    mean_cost = math.fsum(cost for _, cost in logs) / len(logs)
    across = math.fsum((size - mean_size) ** 2 for size, _ in logs)
    exponent = math.fsum((size - mean_size) * (cost - mean_cost) for size, cost in logs) / across
    largest, most = logs[-1]
    smaller, less = next(point for point in reversed(logs) if point[0] < largest)
    return Growth(
        exponent=exponent,
        factor=math.exp(mean_cost - exponent * mean_size),
        last=(most - less) / (largest - smaller),
        size=usable[-1][0],
        cost=usable[-1][1],
    )
