"""What kinds of metrics are judged, each by its own noise and by the smallest change that matters."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats
from scipy.special import ndtri

from driftgauge.model.bins import FloatArray

PREDICTIONS: Final = "predictions"
MEAN_LATENCY: Final = "mean_latency"
ERROR_SHARE: Final = "error_share"
MEAN_CONFIDENCE: Final = "mean_confidence"

LEAST_ROWS: Final = 30
"""Rows of an hour below which a mean or a share of them says nothing."""

LEAST_CHANGE: Final = 0.2
"""The part by which traffic or latency must differ from what is usual."""

LEAST_SHARE: Final = 0.01
"""The difference of a share of errors that matters."""

LEAST_PART: Final = 0.02
"""The part by which any other metric must differ."""

GRAIN: Final = 0.05
"""The part by which hours differ at least, however many rows they have, when hours of different size are compared."""

SHARE_GRAIN: Final = 0.002

LARGEST_LOG: Final = 700.0
"""Beyond, a number is no float64 any more."""

SMALLEST: Final = math.exp(-LARGEST_LOG)

MEDIAN_BELOW_MEAN, MEDIAN_ABOVE_MEAN = math.log(2), 1 / 3
"""By how much the median of a Poisson law may lie below and above its mean (Choi 1994)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """On which values stray alike to both sides, and back from there."""

    to: Callable[[FloatArray], FloatArray]
    back: Callable[[float], float]


LINEAR: Final = Scale(to=lambda values: values, back=lambda value: value)
LOGARITHMIC: Final = Scale(
    to=lambda values: np.log(np.where(values > SMALLEST, values, np.nan)),
    back=lambda value: math.exp(min(value, LARGEST_LOG)),
)
ROOTS: Final = Scale(to=lambda values: np.sqrt(np.maximum(values, 0.0)), back=lambda value: max(value, 0.0) ** 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an hour besides its value: what is expected of it, and of which history.

    `alike` hours of its season are behind `expected`, and all `rows_before` of the history, of which `share` is how
    many values were what the metric is a share of. `error` is the standard error of the hour's value by its own rows,
    and `steady` tells that most of the history was the same value.
    """

    expected: float
    rows: int
    alike: int
    rows_before: float
    share: float
    error: float
    steady: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A kind of metric, judged on a `scale`.

    There, `unit` is by how much hours of so many rows should differ, up to a factor, by what is expected of them there
    (shape (n,)): residuals in it are alike. `least` is the smallest distance there that matters. `noise` are the values
    themselves, below and above, that chance alone exceeds with a probability of half `alpha` each.
    """

    words: str
    scale: Scale
    multiplied: bool
    unit: Callable[[FloatArray, FloatArray, float], FloatArray]
    least: Callable[[Known], float]
    noise: Callable[[Known, float], tuple[float, float]]
    least_rows: int = LEAST_ROWS
    lowest: float = -math.inf
    highest: float = math.inf
    form: str = ",.4g"


def _count_noise(known: Known, alpha: float) -> tuple[float, float]:
    """Return the quantiles of a Poisson law whose mean is known from as many hours as a median is worth."""
    hours = 2 / math.pi * known.alike
    most, fewest = known.expected + MEDIAN_BELOW_MEAN, max(known.expected - MEDIAN_ABOVE_MEAN, 0.0)
    chance = hours / (hours + 1)
    upper = float(stats.nbinom.isf(alpha / 2, most * hours, chance))
    lower = float(stats.nbinom.ppf(alpha / 2, fewest * hours, chance)) if fewest else 0.0
    return lower, upper


def _share_noise(known: Known, alpha: float) -> tuple[float, float]:
    """Return the quantiles of a Poisson law of the errors whose mean is known from all errors before.

    It is wider than the binomial law, and as good as the same for small shares.
    """
    chance = known.rows_before / (known.rows_before + known.rows)
    most = max(known.share, known.expected) * known.rows_before + 0.5
    fewest = max(min(known.share, known.expected), 0.0) * known.rows_before
    upper = float(stats.nbinom.isf(alpha / 2, most, chance)) / known.rows
    lower = float(stats.nbinom.ppf(alpha / 2, fewest, chance)) / known.rows if fewest else 0.0
    return lower, upper


def _mean_noise(known: Known, alpha: float) -> tuple[float, float]:
    """Return the quantiles of a normal law; one huge row among many moves their mean, and its error as far."""
    reach = -float(ndtri(alpha / 2)) * known.error
    return known.expected - reach, known.expected + reach


def _unit_of_counts(expected: FloatArray, rows: FloatArray, share: float) -> FloatArray:
    del rows, share
    return np.sqrt(1 + (GRAIN * expected) ** 2) / 2


def _unit_of_means(expected: FloatArray, rows: FloatArray, share: float) -> FloatArray:
    del expected, share
    return np.sqrt(1 / np.maximum(rows, 1.0) + GRAIN**2)


def _unit_of_shares(expected: FloatArray, rows: FloatArray, share: float) -> FloatArray:
    del expected
    return np.sqrt(share * (1 - share) / np.maximum(rows, 1.0) + SHARE_GRAIN**2)


def _unit_of_values(expected: FloatArray, rows: FloatArray, share: float) -> FloatArray:
    del rows, share
    return np.ones(expected.shape)


def _part(known: Known) -> float:
    """Return the smallest part of a metric that matters; nobody knows the grain of one that was always the same."""
    return (LEAST_CHANGE if known.steady else LEAST_PART) * abs(known.expected)


MEASURES: Final = {
    PREDICTIONS: Measure(
        words="predictions",
        scale=ROOTS,
        multiplied=True,
        unit=_unit_of_counts,
        least=lambda known: (math.sqrt(1 + LEAST_CHANGE) - 1) * math.sqrt(known.expected),
        noise=_count_noise,
        least_rows=0,
        lowest=0.0,
        form=",.0f",
    ),
    MEAN_LATENCY: Measure(
        words="s mean latency",
        scale=LOGARITHMIC,
        multiplied=False,
        unit=_unit_of_means,
        least=lambda known: math.log1p(LEAST_CHANGE),  # noqa: ARG005 - of the logarithm
        noise=_mean_noise,
        lowest=0.0,
        highest=math.exp(LARGEST_LOG),
    ),
    ERROR_SHARE: Measure(
        words="of the predictions failed",
        scale=LINEAR,
        multiplied=False,
        unit=_unit_of_shares,
        least=lambda known: LEAST_SHARE,  # noqa: ARG005 - whatever is usual
        noise=_share_noise,
        lowest=0.0,
        highest=1.0,
        form=".2%",
    ),
    MEAN_CONFIDENCE: Measure(
        words="mean confidence",
        scale=LINEAR,
        multiplied=False,
        unit=_unit_of_means,
        least=_part,
        noise=_mean_noise,
    ),
}
"""What is known of every model's predictions, by name."""

LOGGED: Final = Measure(
    words="on average",
    scale=LINEAR,
    multiplied=False,
    unit=_unit_of_values,
    least=_part,
    noise=_mean_noise,
    least_rows=1,
)
"""What services log by any name."""


def measure_of(metric: str) -> Measure:
    """Return how a metric is judged.

    Examples
    --------
    >>> measure_of("accuracy") is LOGGED, measure_of("error_share").highest
    (True, 1.0)
    """
    return MEASURES.get(metric, LOGGED)
