"""Where within a bin positives and negatives lie, as far as the means of their scores tell.

Each class is taken to have, in a bin, the least informative density of its mean: a truncated exponential, which is even
where the mean is in the middle and sits at one end where the mean does. If both are tied at one place they get one
density, and the chance that a positive is above a negative is 1/2, as it should be.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray

NODES: Final = 16
FLATTEST, STEEPEST = 1e-6, 200.0  # rates of the exponentials
QUANTILES: Final = (np.arange(NODES) + 0.5) / NODES


def _table() -> tuple[FloatArray, FloatArray]:
    rates = np.linspace(-STEEPEST, STEEPEST, 8_000)  # an even number: 0, where the formula has no value, is left out
    return 1 / -np.expm1(-rates) - 1 / rates, rates


MEANS, RATES = _table()


def negatives_below(positives: FloatArray, negatives: FloatArray) -> FloatArray:
    """Return which share of a bin's negatives lies below each of 16 equally likely positives of it, in ascending order.

    Parameters
    ----------
    positives, negatives : FloatArray, shape (bins,)
        Where in the bin the two lie on average, from 0 to 1.

    Returns
    -------
    FloatArray, shape (bins, 16)
        Shares; their mean over a bin is the chance that a positive is above a negative.

    Examples
    --------
    >>> negatives_below(np.array([0.3, 0.6, 0.9]), np.array([0.3, 0.4, 0.1])).mean(axis=1).round(3).tolist()
    [0.5, 0.696, 1.0]

    References
    ----------
    Jaynes, Physical Review 106 (1957) 620-630.
    """
    up, down = _rates(positives), _rates(negatives)
    places = np.log1p(QUANTILES * np.expm1(up)) / up
    return np.expm1(down * places) / np.expm1(down)


def _rates(means: FloatArray) -> FloatArray:
    found = np.interp(means, MEANS, RATES)[:, np.newaxis]
    return np.where(np.abs(found) < FLATTEST, FLATTEST, found)
