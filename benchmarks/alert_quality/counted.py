"""Draw an hour's counts, sums and extremes on frozen bins without drawing its rows.

Counts are multinomial with the exact shares of the slots, so they follow the law that counting rows would give. Sums
and squares are their exact expectation given the counts, plus the noise that rows would have within a slot, taken as
normal and, for the squares, to first order. Least and greatest value are exact given the counts. Of a feature of whole
numbers each number is counted, so that everything is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alert_quality.features import CategoricalFeature, NumericFeature
from alert_quality.shapes import Shape
from driftgauge.model.bins import CategoricalBins, FloatArray, IntArray, NumericBins

REACH: Final = 12  # deviations within which whole numbers lie
TINY: Final = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the hours hold of one numeric feature: `counts` and `sums` are hours × slots, the rest one an hour."""

    counts: IntArray
    sums: FloatArray
    squares: FloatArray
    minimum: FloatArray
    maximum: FloatArray

    @classmethod
    def empty(cls, hours: int, slots: int) -> Counted:
        """Return hours without values."""
        return cls(
            counts=np.zeros((hours, slots), dtype=np.int64),
            sums=np.zeros((hours, slots)),
            squares=np.zeros(hours),
            minimum=np.full(hours, np.inf),
            maximum=np.full(hours, -np.inf),
        )

    def put(self, where: NDArray[np.bool_], part: Counted) -> None:
        """Write the hours of `part` where `where` is true."""
        self.counts[where], self.sums[where], self.squares[where] = part.counts, part.sums, part.squares
        self.minimum[where], self.maximum[where] = part.minimum, part.maximum


def count_numbers(
    feature: NumericFeature,
    bins: NumericBins,
    levels: FloatArray,
    present: IntArray,
    rng: np.random.Generator,
    *,
    shape: Shape | None = None,
    spread: float = 1.0,
) -> Counted:
    """Draw hours of a numeric feature.

    Parameters
    ----------
    feature : NumericFeature
        Where and how wide it lies.
    bins : NumericBins
        Where it is counted.
    levels : FloatArray, shape (hours,)
        The level of each hour, in the feature's deviations.
    present : IntArray, shape (hours,)
        How many values each hour has, at least one.
    rng : numpy.random.Generator
        Where chance comes from.
    shape : Shape or None
        The shape instead of the feature's own.
    spread : float
        The deviation in multiples of the feature's own.
    """
    shape = shape or feature.shape
    if feature.whole:
        return _count_whole(feature, bins, levels, present, rng, shape=shape, spread=spread)
    distinct, hour = np.unique(levels, return_inverse=True)
    location = feature.location + feature.scale * distinct
    scale = feature.scale * spread
    edges = (bins.edges - location[:, np.newaxis]) / scale
    below = np.empty((3, len(distinct), bins.slots + 1))
    below[:, :, 0], below[:, :, -1] = 0.0, np.array([1.0, 0.0, 1.0])[:, np.newaxis]
    below[:, :, 1:-1] = shape.below(edges)
    shares, first, second = np.diff(below, axis=2)
    shares = np.maximum(shares, 0.0)
    shares /= shares.sum(axis=1, keepdims=True)
    bounds = np.concatenate([np.full((len(distinct), 1), -np.inf), edges, np.full((len(distinct), 1), np.inf)], axis=1)
    # Where a slot's share is 0, its moments are what rounding has left, and no value is drawn.
    some = shares > 0
    mean = np.clip(np.divide(first, shares, out=np.zeros_like(first), where=some), bounds[:, :-1], bounds[:, 1:])
    variance = np.divide(second, shares, out=np.zeros_like(second), where=some) - mean**2
    variance = np.where(some, np.maximum(variance, 0.0), 0.0)

    counts = rng.multinomial(present, shares[hour])
    noise = np.sqrt(counts * variance[hour]) * rng.standard_normal(counts.shape)
    filled = np.where(counts > 0, counts, 1)
    z = np.clip(mean[hour] + noise / filled, bounds[hour, :-1], bounds[hour, 1:])
    sums = np.where(counts > 0, counts * (location[hour, np.newaxis] + scale * z), 0.0)
    off = (location[hour] - bins.center)[:, np.newaxis]
    within = variance[hour] * scale**2 + (off + scale * mean[hour]) ** 2
    squares = counts * within + 2 * (off + scale * mean[hour]) * scale * noise
    minimum, maximum = _ends(shape, shares[hour], counts, rng)
    return Counted(
        counts=counts,
        sums=sums,
        squares=np.maximum(np.where(counts > 0, squares, 0.0).sum(axis=1), 0.0),
        minimum=location[hour] + scale * minimum,
        maximum=location[hour] + scale * maximum,
    )


def _ends(
    shape: Shape, shares: FloatArray, counts: IntArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return the least and the greatest `z` given the counts: the first of `n` uniform places in its slot."""
    hours = np.arange(len(counts))
    below = np.concatenate([np.zeros((len(shares), 1)), np.cumsum(shares, axis=1)], axis=1)
    first = np.argmax(counts > 0, axis=1)
    last = counts.shape[1] - 1 - np.argmax(counts[:, ::-1] > 0, axis=1)
    low = -np.expm1(np.log(rng.random(len(counts))) / counts[hours, first])
    high = np.exp(np.log(rng.random(len(counts))) / counts[hours, last])
    least = below[hours, first] + low * shares[hours, first]
    greatest = below[hours, last] + high * shares[hours, last]
    one = 1 - np.finfo(np.float64).epsneg
    return shape.quantile(np.clip(least, TINY, one)), shape.quantile(np.clip(greatest, TINY, one))


def _count_whole(
    feature: NumericFeature,
    bins: NumericBins,
    levels: FloatArray,
    present: IntArray,
    rng: np.random.Generator,
    *,
    shape: Shape,
    spread: float,
) -> Counted:
    middle, reach = round(feature.location), math.ceil(REACH * feature.scale)
    numbers: FloatArray = np.arange(middle - reach, middle + reach + 1, dtype=np.float64)
    location = feature.location + feature.scale * levels
    below = np.ones((len(levels), len(numbers)))
    places = (numbers[:-1] + 0.5 - location[:, np.newaxis]) / (feature.scale * spread)
    below[:, :-1] = shape.below(places)[0]
    shares = np.maximum(np.diff(below, axis=1, prepend=0.0), 0.0)
    each = rng.multinomial(present, shares / shares.sum(axis=1, keepdims=True))
    slots = np.searchsorted(bins.edges, numbers, side="right")
    into = np.zeros((len(numbers), bins.slots))
    into[np.arange(len(numbers)), slots] = 1.0
    held = each > 0
    return Counted(
        counts=np.rint(each @ into).astype(np.int64),
        sums=(each * numbers) @ into,
        squares=each @ (numbers - bins.center) ** 2,
        minimum=numbers[np.argmax(held, axis=1)],
        maximum=numbers[len(numbers) - 1 - np.argmax(held[:, ::-1], axis=1)],
    )


def count_categories(
    feature: CategoricalFeature, bins: CategoricalBins, rows: int, shares: FloatArray, rng: np.random.Generator
) -> IntArray:
    """Draw hours of a categorical feature (hours × slots), whose shares in each hour are given."""
    slot_of = bins.slot_of()
    stranger = bins.other if bins.overflowed else bins.unseen
    drawn = rng.multinomial(rows, shares)
    counts = np.zeros((len(shares), bins.slots), dtype=np.int64)
    for place, category in enumerate(feature.categories):
        counts[:, slot_of.get(category, stranger)] += drawn[:, place]
    return counts


def extremes(feature: NumericFeature, levels: FloatArray, rows: int, rng: np.random.Generator) -> FloatArray:
    """Return the least and the greatest value of hours of `rows` rows each."""
    low = -np.expm1(np.log(rng.random(len(levels))) / rows)
    high = np.exp(np.log(rng.random(len(levels))) / rows)
    least = (levels + feature.shape.quantile(low)).min()
    greatest = (levels + feature.shape.quantile(high)).max()
    values = feature.location + feature.scale * np.array([least, greatest])
    return np.rint(values) if feature.whole else values
