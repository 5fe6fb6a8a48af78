"""How far a regressor's predictions are from the true values."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from driftgauge.performance.metric import NO_ROWS, Direction, Measured, Metric, Task, mean_error, undefined
from driftgauge.performance.regression import RegressionCounts, Sum

CONSTANT: Final = Fraction(1, 10**26)  # of the mean square: a variance below is all rounding
LARGEST_RATIO: Final = 10**140  # of errors to variance: its square is still a float


def mae(counts: RegressionCounts) -> Measured:
    """Measure the mean absolute error.

    Parameters
    ----------
    counts : RegressionCounts

    Returns
    -------
    Measured
        In the unit of the outcome, from 0.

    Examples
    --------
    >>> from driftgauge.performance.regression import count_regression
    >>> mae(count_regression([1.0, 2.0], [2.0, 4.0])).value
    1.5
    """
    return _mean(counts, Sum.ABSOLUTE, Sum.SQUARED, counts.n, NO_ROWS)


def mse(counts: RegressionCounts) -> Measured:
    """Measure the mean squared error, in the squared unit of the outcome; the argument is that of `mae`.

    Examples
    --------
    >>> from driftgauge.performance.regression import count_regression
    >>> mse(count_regression([1.0, 2.0], [2.0, 4.0])).value
    2.5
    """
    return _mean(counts, Sum.SQUARED, Sum.FOURTH, counts.n, NO_ROWS)


def rmse(counts: RegressionCounts) -> Measured:
    """Measure the root of the mean squared error, in the unit of the outcome; the argument is that of `mae`.

    Examples
    --------
    >>> from driftgauge.performance.regression import count_regression
    >>> round(rmse(count_regression([1.0, 2.0], [2.0, 4.0])).value, 4)
    1.5811
    """
    return _root(mse(counts))


def mape(counts: RegressionCounts) -> Measured:
    """Measure the mean of |error / true value| over the rows whose true value is not 0; the argument is that of `mae`.

    Examples
    --------
    >>> from driftgauge.performance.regression import count_regression
    >>> mape(count_regression([1.0, 2.0, 0.0], [2.0, 4.0, 5.0])).value
    1.0

    References
    ----------
    Hyndman and Koehler, International Journal of Forecasting 22 (2006) 679-688.
    """
    reason = f"all {counts.n} true values are 0" if counts.n else NO_ROWS
    return _mean(counts, Sum.RELATIVE, Sum.RELATIVE_SQUARED, counts.relative, reason)


def r2(counts: RegressionCounts) -> Measured:
    """Measure the share of the true values' variance that predictions explain; the argument is that of `mae`.

    Returns
    -------
    Measured
        At most 1; the constant mean has 0, and what is worse less.

    Notes
    -----
    `1 - M / V`, the mean squared error over the population variance. The error is the influence function's: that of
    the mean of `((y - ȳ)² M / V - e²) / V`.

    Examples
    --------
    >>> from driftgauge.performance.regression import count_regression
    >>> r2(count_regression([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])).value
    0.5

    References
    ----------
    Kvålseth, The American Statistician 39 (1985) 279-285.
    """
    n = counts.n
    if n <= 0:
        return undefined(n, NO_ROWS)
    mean = counts.total(Sum.TRUE) / n
    square = counts.total(Sum.TRUE_SQUARED) / n
    variance = square - mean**2
    if variance <= CONSTANT * square:
        return undefined(n, f"the true values of all {n} rows are the same")
    loss = counts.total(Sum.SQUARED) / n
    ratio = loss / variance
    if ratio > LARGEST_RATIO:
        return undefined(n, f"the true values of all {n} rows are the same, next to the errors")
    cubed, fourth = counts.total(Sum.TRUE_CUBED) / n, counts.total(Sum.TRUE_FOURTH) / n
    fourth_about = fourth - 4 * mean * cubed + 6 * mean**2 * square - 3 * mean**4
    crossed = counts.total(Sum.SQUARED_TRUE_SQUARED) - 2 * mean * counts.total(Sum.SQUARED_TRUE)
    both = crossed / n + mean**2 * loss
    spread = counts.total(Sum.FOURTH) / n - 2 * ratio * both + ratio**2 * fourth_about
    error = math.sqrt(max(float(spread / variance**2), 0.0) / n)
    return Measured(value=float(1 - ratio), error=error, rows=n)


def rmsle(counts: RegressionCounts) -> Measured:
    """Measure the root mean square of the difference of log(1 + value); the argument is that of `mae`.

    Returns
    -------
    Measured
        Of the natural logarithm, from 0; undefined if a value is -1 or less.

    Examples
    --------
    >>> from driftgauge.performance.regression import count_regression
    >>> round(rmsle(count_regression([0.0, 1.0], [1.0, 1.0])).value, 4)
    0.4901
    """
    if counts.logarithmic < counts.n:
        return undefined(counts.n, f"{counts.n - counts.logarithmic} of {counts.n} rows have a value of -1 or less")
    return _root(_mean(counts, Sum.LOG_SQUARED, Sum.LOG_FOURTH, counts.n, NO_ROWS))


def _mean(counts: RegressionCounts, of: Sum, squared: Sum, n: int, reason: str) -> Measured:
    if n <= 0:
        return undefined(counts.n, reason)
    total, squares = float(counts.total(of)), float(counts.total(squared))
    return Measured(value=max(total, 0.0) / n, error=mean_error(total, squares, n), rows=n)


def _root(mean: Measured) -> Measured:
    """Return the root of a mean square, its error by the delta method."""
    if mean.value is None:
        return mean
    root = math.sqrt(mean.value)
    error = mean.error / (2 * root) if mean.error and root else mean.error
    return Measured(value=root, error=error, rows=mean.rows)


UNIT: Final = "unit of the outcome"
METRICS: Final = (
    Metric(
        name="mae",
        task=Task.REGRESSION,
        direction=Direction.LOWER,
        unit=UNIT,
        meaning="how far predictions are off on average",
        measure=mae,
    ),
    Metric(
        name="mse",
        task=Task.REGRESSION,
        direction=Direction.LOWER,
        unit="its square",
        meaning="the mean squared error: large ones weigh more",
        measure=mse,
    ),
    Metric(
        name="rmse",
        task=Task.REGRESSION,
        direction=Direction.LOWER,
        unit=UNIT,
        meaning="the root of the mean squared error: large ones weigh more",
        measure=rmse,
    ),
    Metric(
        name="mape",
        task=Task.REGRESSION,
        direction=Direction.LOWER,
        unit="share of the true value",
        meaning="how far predictions are off on average, where the true value is not 0",
        measure=mape,
    ),
    Metric(
        name="r2",
        task=Task.REGRESSION,
        direction=Direction.HIGHER,
        unit="share of the variance",
        meaning="how much less predictions are off than the mean of the true values would be; 0 is no less",
        least=-math.inf,
        greatest=1.0,
        measure=r2,
    ),
    Metric(
        name="rmsle",
        task=Task.REGRESSION,
        direction=Direction.LOWER,
        unit="natural logarithm",
        meaning="how many times too large or too small predictions are: 0.1 is about 10 per cent",
        measure=rmsle,
    ),
)
