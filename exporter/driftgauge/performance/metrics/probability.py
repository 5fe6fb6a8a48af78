"""How good a binary classifier's scores are as probabilities."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from driftgauge.performance.binary import BRIER, BRIER_SQUARED, LOG_LOSS, LOG_LOSS_SQUARED, BinaryCounts
from driftgauge.performance.metric import Direction, Measured, Metric, Task, mean_error, undefined
from driftgauge.performance.reliability import BINS, reliability
from driftgauge.performance.sums import fraction

NO_SCORES: Final = "no rows with a score"


def log_loss(counts: BinaryCounts) -> Measured:
    """Measure the mean of -log of the probability that the score gave to what came true.

    Parameters
    ----------
    counts : BinaryCounts
        Of which the rows with a score are used.

    Returns
    -------
    Measured
        In nats, from 0; log 2 = 0.69 is a coin's. A score of 0 or 1 that was wrong costs 36.

    Examples
    --------
    >>> from driftgauge.performance.binary import count_binary
    >>> round(log_loss(count_binary([1, 0], [1, 0], [0.5, 0.5])).value, 4)
    0.6931

    References
    ----------
    Good, Journal of the Royal Statistical Society B 14 (1952) 107-114.
    """
    return _mean_loss(counts, LOG_LOSS, LOG_LOSS_SQUARED)


def brier(counts: BinaryCounts) -> Measured:
    """Measure the mean squared difference of score and outcome; the argument is that of `log_loss`.

    Examples
    --------
    >>> from driftgauge.performance.binary import count_binary
    >>> brier(count_binary([1, 0], [1, 0], [0.5, 0.5])).value
    0.25

    References
    ----------
    Brier, Monthly Weather Review 78 (1950) 1-3.
    """
    return _mean_loss(counts, BRIER, BRIER_SQUARED)


def expected_calibration_error(counts: BinaryCounts) -> Measured:
    """Measure how far scores are from the share of positives, on average over ten bins of equally many rows.

    Parameters
    ----------
    counts : BinaryCounts
        Of which the rows with a score are used.

    Returns
    -------
    Measured
        In [0, 1].

    Notes
    -----
    `Σ nⱼ/n |mean score - share of positives|` over the bins of `reliability`: rows with one score stay together. It is
    above 0 by chance, too: perfect scores have about `0.8 · √(10 · mean score · (1 - score) / n)`. The error is that
    of the bins' shares.

    Examples
    --------
    >>> from driftgauge.performance.binary import count_binary
    >>> round(expected_calibration_error(count_binary([1, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0.1, 0.1])).value, 4)
    0.05

    References
    ----------
    Naeini, Cooper and Hauskrecht, Proceedings of AAAI 29 (2015) 2901-2907.
    """
    if not counts.scored:
        return undefined(0, NO_SCORES)
    curve = reliability(counts, BINS)
    weights = curve.rows / counts.scored
    smoothed = (curve.shares * curve.rows + 1) / (curve.rows + 2)
    variance = float(weights**2 @ (smoothed * (1 - smoothed) / curve.rows))
    value = float(weights @ np.abs(curve.scores - curve.shares))
    return Measured(value=value, error=math.sqrt(variance), rows=counts.scored)


def _mean_loss(counts: BinaryCounts, loss: int, squared: int) -> Measured:
    if counts.scored <= 0:
        return undefined(0, NO_SCORES)
    total, squares = (float(fraction(counts.losses[which])) for which in (loss, squared))
    return Measured(
        value=max(total, 0.0) / counts.scored, error=mean_error(total, squares, counts.scored), rows=counts.scored
    )


METRICS: Final = (
    Metric(
        name="log_loss",
        task=Task.BINARY,
        direction=Direction.LOWER,
        unit="nats",
        meaning="how surprising outcomes are to the scores; 0.69 is a coin's",
        measure=log_loss,
    ),
    Metric(
        name="brier",
        task=Task.BINARY,
        direction=Direction.LOWER,
        unit="squared probability",
        meaning="the mean squared difference of score and outcome; 0.25 is a coin's",
        greatest=1.0,
        measure=brier,
    ),
    Metric(
        name="ece",
        task=Task.BINARY,
        direction=Direction.LOWER,
        unit="probability",
        meaning="how far scores are from the share of positives, over ten bins of equally many rows",
        greatest=1.0,
        measure=expected_calibration_error,
    ),
)
