"""Isotonic calibrations whose steps know how far off they may be, as confidences of several classes are read by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.metric import proportion_error
from driftgauge.performance.score_bins import CONFIDENCE_BINS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """What share of the rows of each bin came true: even over the bins of a step, and a straight line between steps.

    `firsts` and `lasts` are the first and the last bin of each step, `shares` what came true there, and `errors` its
    sampling errors (all (steps,), in order of confidence). Before the first step and after the last it is as there.
    """

    firsts: IntArray
    lasts: IntArray
    shares: FloatArray
    errors: FloatArray

    def weights(self) -> FloatArray:
        """Return how much each step says of each bin, shape (200, steps); the weights of a bin are 1 in sum.

        Examples
        --------
        >>> firsts, lasts = np.array([10, 14]), np.array([12, 20])
        >>> steps = Steps(firsts=firsts, lasts=lasts, shares=np.array([0.2, 0.8]), errors=np.zeros(2))
        >>> (steps.weights() @ steps.shares)[[0, 12, 13, 14, 199]].tolist()
        [0.2, 0.2, 0.5, 0.8, 0.8]
        """
        knots = np.stack([self.firsts, self.lasts], axis=1).ravel()
        step_of = np.repeat(np.arange(self.shares.size), 2)
        places = np.interp(np.arange(CONFIDENCE_BINS), knots, step_of)
        below = np.floor(places).astype(np.int64)
        above = np.minimum(below + 1, self.shares.size - 1)
        found = np.zeros((CONFIDENCE_BINS, self.shares.size))
        every = np.arange(CONFIDENCE_BINS)
        found[every, above] += places - below
        found[every, below] += 1 - (places - below)
        return found

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "firsts": self.firsts.tolist(),
            "lasts": self.lasts.tolist(),
            "shares": self.shares.tolist(),
            "errors": self.errors.tolist(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Steps:
        """Return the steps that were written."""
        firsts, lasts = (np.array(document[name], dtype=np.int64) for name in ("firsts", "lasts"))
        shares, errors = (np.array(document[name], dtype=np.float64) for name in ("shares", "errors"))
        return cls(firsts=firsts, lasts=lasts, shares=shares, errors=errors)


def fit_steps(rows: FloatArray, right: FloatArray) -> Steps:
    """Fit the ascending steps that are nearest to the shares of right rows.

    Parameters
    ----------
    rows, right : FloatArray, shape (200,)
        How many rows each bin has, and how many of them came true; a fraction of a row, where a prior is among them.

    Returns
    -------
    Steps
        At least one, where any bin has rows. The error of a step is that of a share of its rows.

    Examples
    --------
    >>> rows, right = np.zeros((2, 200))
    >>> rows[[90, 100, 120]], right[[90, 100, 120]] = 100, [70, 50, 90]
    >>> found = fit_steps(rows, right)
    >>> found.firsts.tolist(), found.lasts.tolist(), found.shares.tolist()
    ([90, 120], [100, 120], [0.6, 0.9])

    References
    ----------
    Zadrozny and Elkan, Proceedings of KDD 8 (2002) 694-699.
    """
    bins = np.flatnonzero(rows > 0)
    shares = np.asarray(isotonic_regression(right[bins] / rows[bins], weights=rows[bins]).x, dtype=np.float64)
    starts = np.flatnonzero(np.diff(shares, prepend=-1.0))
    ends = np.append(starts[1:], bins.size) - 1
    in_step, shares = np.add.reduceat(rows[bins], starts), shares[starts]
    errors = [proportion_error(share * n, n) for share, n in zip(shares.tolist(), in_step.tolist(), strict=True)]
    return Steps(firsts=bins[starts], lasts=bins[ends], shares=shares, errors=np.array(errors))
