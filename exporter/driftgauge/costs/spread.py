"""A figure that was measured in several rounds: its median, and how far the rounds lie apart."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The same figure, round by round; at least one.

    Examples
    --------
    >>> figure = Spread(rounds=(4.0, 2.0, 3.0))
    >>> figure.median, figure.mean, figure.std, figure.least, figure.greatest
    (3.0, 3.0, 1.0, 2.0, 4.0)
    """

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure that is told."""
        return statistics.median(self.rounds)

    @property
    def mean(self) -> float:
        """The mean of the rounds."""
        return statistics.fmean(self.rounds)

    @property
    def std(self) -> float:
        """The standard deviation of the rounds; 0 of a single one."""
        return statistics.stdev(self.rounds) if len(self.rounds) > 1 else 0.0

    @property
    def least(self) -> float:
        """The smallest round."""
        return min(self.rounds)

    @property
    def greatest(self) -> float:
        """The largest round."""
        return max(self.rounds)

    @property
    def unsteadiness(self) -> float:
        """The middle half of the rounds, as a share of the median; 0 where that is 0."""
        if len(self.rounds) == 1 or not self.median:
            return 0.0
        low, _, high = statistics.quantiles(self.rounds, n=4, method="inclusive")
        return (high - low) / abs(self.median)

    def map(self, change: Callable[[float], float]) -> Spread:
        """Return another figure, made of each round of this one."""
        return Spread(rounds=tuple(change(value) for value in self.rounds))


def spread(values: Iterable[float]) -> Spread:
    """Return the figure of these rounds."""
    return Spread(rounds=tuple(values))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that the given share of the values does not exceed (nearest rank).

    Examples
    --------
    >>> percentile([3, 1, 2, 4], 0.5), percentile([3, 1, 2, 4], 0.99)
    (2, 4)
    """
    ordered = sorted(values)
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[max(rank, 1) - 1]
