"""Whether a feature pushes predictions the other way: the share of its attributions that are above 0."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.explanation.attributions import Attribution

SIGN_FLIP: Final = 0.1
"""From here on a change of the share of positives matters."""
ASSUMED: Final = 0.05
"""How far shares stray where the reference does not tell: a tenth of the standard deviation of a fair coin."""
LEAST_VALUES: Final = 30
LEAST_BUCKETS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SignFlip:
    """How far the shares of positives lie apart, in [0, 1], and how surprising that is."""

    rate: float
    statistic: float
    p_value: float


def straying(buckets: Sequence[Attribution]) -> float:
    """Return how far the share of positives strays from one bucket of a reference to another, beyond sampling.

    Parameters
    ----------
    buckets : sequence of Attribution
        Of one feature. Those with fewer than 30 attributions other than 0 tell nothing.

    Returns
    -------
    float
        A standard deviation; .05 is assumed where fewer than eight buckets tell.

    Notes
    -----
    The variance of the shares, less the mean of what sampling alone would make of it: `p (1 - p) / n`.
    """
    shares = [
        (bucket.positive_share, bucket.signed)
        for bucket in buckets
        if bucket.positive_share is not None and bucket.signed >= LEAST_VALUES
    ]
    if len(shares) < LEAST_BUCKETS:
        return ASSUMED
    sampling = float(np.mean([share * (1 - share) / signed for share, signed in shares]))
    return math.sqrt(max(float(np.var([share for share, _ in shares], ddof=1)) - sampling, 0.0))


def sign_flip(reference: Attribution, current: Attribution, strays: float) -> SignFlip | None:
    """Compare the shares of positives among the attributions that are not 0.

    Parameters
    ----------
    reference, current : Attribution
        Of one feature.
    strays : float
        How far shares stray without a change, as `straying` returns it.

    Returns
    -------
    SignFlip or None
        None where a side has no attribution other than 0.

    Notes
    -----
    `z = |p - p_r| / sqrt(q (1 - q) (1 / n + 1 / m) + strays²)` with the pooled share `q`; the p-value is two-sided.

    Examples
    --------
    >>> before = Attribution(n=400, signed=400, positive_share=0.75)
    >>> after = Attribution(n=400, signed=400, positive_share=0.25)
    >>> found = sign_flip(before, after, 0.05)
    >>> found.rate, round(found.statistic, 2)
    (0.5, 8.16)
    """
    if reference.positive_share is None or current.positive_share is None:
        return None
    rate = abs(current.positive_share - reference.positive_share)
    n, m = reference.signed, current.signed
    pooled = (reference.positive_share * n + current.positive_share * m) / (n + m)
    error = math.sqrt(max(pooled * (1 - pooled), 0.0) * (1 / n + 1 / m) + strays**2)
    statistic = rate / error if rate else 0.0
    return SignFlip(rate=rate, statistic=statistic, p_value=math.erfc(statistic / math.sqrt(2)))
