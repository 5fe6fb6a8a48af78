"""How likely a share of rows is that should hardly occur: missing values, categories that were never seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from scipy.special import betaln, gammaln, logsumexp

from driftgauge.model.bins import FloatArray, IntArray

TERMS: Final = 4_096  # of a tail that are summed one by one
STEPS: Final = 4_096  # in which the rest of a long tail, which is smooth, is summed
TINY: Final = 1e-12
LEAST_WEIGHT, MOST_WEIGHT = 1.0, 1e8  # of a law; beyond, rounding tells as much
LEAST_BINOMIAL: Final = 0.5  # Jeffreys' prior


@dataclass(frozen=True, slots=True, kw_only=True)
class RareShare:
    """The beta law of a share, with the mean `successes / (successes + failures)`.

    A window's own share is drawn from it, and its count from the binomial law, so windows may differ by more than
    their rows explain: by as much as those of the reference do.
    """

    successes: float
    failures: float

    @classmethod
    def learn(cls, counts: IntArray, rows: IntArray) -> Self:
        """Learn from the windows of a reference: `counts` among `rows`, both of shape (windows,).

        Notes
        -----
        Overdispersion by Pearson's χ² over its degrees of freedom (Williams 1982).

        Examples
        --------
        >>> law = RareShare.learn(np.array([0, 0, 0]), np.array([500, 500, 500]))
        >>> law.tail(1, 500) > 0.05 > law.tail(25, 500)
        True
        """
        total, found = int(rows.sum()), int(counts.sum())
        share = (found + LEAST_BINOMIAL) / (total + 1)
        weight = float(total + 1)
        windows = int(np.count_nonzero(rows))
        if windows > 1 and found:
            expected = rows * share
            squares = (counts - expected)[rows > 0] ** 2 / (expected * (1 - share))[rows > 0]
            spread = float(np.sum(squares)) / (windows - 1)
            typical = total / windows
            if spread > 1 and typical > 1:
                weight = min(weight, max((typical - 1) / (spread - 1) - 1, LEAST_WEIGHT))
        return cls(successes=share * weight, failures=(1 - share) * weight)

    @classmethod
    def around(cls, share: float, between: float) -> Self:
        """Return the law of a share whose windows differ by the variance `between`, of twice the arcsine of its root.

        Notes
        -----
        A change of the share `p` is `sqrt(p (1 - p))` times that of the arcsine, so its variance is `p (1 - p)` times
        as large; that of a beta law is `p (1 - p) / (weight + 1)`.

        Examples
        --------
        >>> law = RareShare.around(0.2, between=0.01)
        >>> round(law.successes, 6), round(law.failures, 6)
        (19.8, 79.2)
        """
        weight = min(max(1 / max(between, 1 / MOST_WEIGHT) - 1, LEAST_WEIGHT), MOST_WEIGHT)
        return cls(successes=share * weight, failures=(1 - share) * weight)

    @property
    def share(self) -> float:
        """The share that is expected."""
        return self.successes / (self.successes + self.failures)

    @property
    def rest(self) -> RareShare:
        """The law of the other rows' share.

        Examples
        --------
        >>> RareShare(successes=1.0, failures=3.0).rest.share
        0.75
        """
        return RareShare(successes=self.failures, failures=self.successes)

    def tail(self, count: int, rows: int) -> float:
        """Return the chance of at least `count` among `rows`.

        Examples
        --------
        >>> round(RareShare(successes=1.0, failures=1.0).tail(3, 9), 3)  # uniform: 7 of 10 counts
        0.7
        """
        if count <= 0:
            return 1.0
        if count < rows * self.share:  # nearly certain: the other tail is the shorter
            return 1.0 - self.rest.tail(rows - count + 1, rows)
        return self._tail(count, rows)

    def two_sided(self, count: int, rows: int) -> float:
        """Return twice the chance of a count that lies as far out, on the side on which it lies; at most 1.

        Examples
        --------
        >>> round(RareShare.around(0.2, between=0).two_sided(0, 50) / (2 * 0.8**50), 3)
        1.0
        """
        others = RareShare(successes=self.failures, failures=self.successes)
        return min(2 * min(self.tail(count, rows), others.tail(rows - count, rows)), 1.0)

    def _tail(self, count: int, rows: int) -> float:
        """Return the chance of at least `count`, which lies above the mean: from there on counts are ever rarer."""
        last = min(rows, count + TERMS)
        ks = np.arange(count, last + 1, dtype=np.float64)
        logs = self._log_chances(ks, rows)
        if last < rows:
            rest = last + np.geomspace(1, rows - last, STEPS)
            ends = self._log_chances(rest, rows) - np.log(2)
            widths = np.log(np.maximum(np.diff(rest), TINY))
            logs = np.concatenate([logs, ends[:1], ends[-1:], ends[:-1] + widths, ends[1:] + widths])
        return float(min(np.exp(logsumexp(logs)), 1.0))

    def _log_chances(self, ks: FloatArray, rows: int) -> FloatArray:
        ways = gammaln(rows + 1) - gammaln(ks + 1) - gammaln(rows - ks + 1)
        chances = betaln(ks + self.successes, rows - ks + self.failures) - betaln(self.successes, self.failures)
        return np.asarray(ways + chances, dtype=np.float64)
