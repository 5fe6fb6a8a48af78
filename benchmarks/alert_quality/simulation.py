"""Simulate a model hour by hour: raw rows counted by the exporter's own code, or counts drawn where rows are many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from alert_quality.counted import Counted, count_categories, count_numbers, extremes
from alert_quality.drifts import Drift
from alert_quality.features import CategoricalFeature, Feature, NumericFeature
from alert_quality.streams import DAY
from driftgauge.model.bins import BinLayout, CategoricalBins, FloatArray, NumericBins
from driftgauge.model.profile import MAXIMUM, MINIMUM, MISSING, SQUARES, ModelProfile
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout

RAW_ROWS: Final = 500  # an hour; above, counts are drawn instead of rows
FITTED_ROWS: Final = 1 << 16  # as many as the exporter places edges by


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Consecutive hours of one model: `levels` (hours × features), and the strength of `drift`, if any, in each."""

    features: tuple[Feature, ...]
    rows: int
    levels: FloatArray
    drift: Drift | None = None
    strength: FloatArray | None = None

    def __len__(self) -> int:
        """Return how many hours there are."""
        return len(self.levels)

    def part(self, span: slice) -> Hours:
        """Return some of the hours."""
        return Hours(
            features=self.features,
            rows=self.rows,
            levels=self.levels[span],
            drift=self.drift,
            strength=None if self.strength is None else self.strength[span],
        )

    def days(self) -> Iterator[Hours]:
        """Cut the hours into days, so that the rows of one day only are held at a time."""
        for start in range(0, len(self), DAY):
            yield self.part(slice(start, start + DAY))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """One feature's levels, and what drift does to it in which hours."""

    levels: FloatArray
    active: np.ndarray[tuple[int], np.dtype[np.bool_]]
    drift: Drift


NO_DRIFT: Final = Drift(name="none")


def _course(hours: Hours, place: int) -> _Course:
    feature, levels = hours.features[place], hours.levels[:, place]
    still = np.zeros(len(hours), dtype=np.bool_)
    if hours.drift is None or hours.strength is None or feature.name not in hours.drift.touched(hours.features):
        return _Course(levels=levels, active=still, drift=NO_DRIFT)
    return _Course(levels=levels + hours.drift.shift * hours.strength, active=hours.strength != 0, drift=hours.drift)


def raw_numbers(feature: NumericFeature, hours: Hours, place: int, rng: np.random.Generator) -> FloatArray:
    """Return the values of one numeric feature (hours × rows), NaN where missing."""
    course = _course(hours, place)
    z = feature.shape.draw(rng, (len(hours), hours.rows))
    active = np.flatnonzero(course.active)
    if active.size and course.drift.shape is not None:
        z[active] = course.drift.shape.draw(rng, (active.size, hours.rows))
    if course.drift.spread != 1.0:
        z[active] *= course.drift.spread
    z += course.levels[:, np.newaxis]
    z *= feature.scale
    z += feature.location
    if feature.whole:
        np.rint(z, out=z)
    if course.drift.missing:
        gone = rng.random((active.size, hours.rows)) < course.drift.missing
        z[active] = np.where(gone, np.nan, z[active])
    return z


def mixes(feature: CategoricalFeature, hours: Hours, place: int) -> FloatArray:
    """Return the shares of the categories of one feature in each hour."""
    course = _course(hours, place)
    shares = feature.mixes(course.levels)
    moved = np.where(course.active, course.drift.moved, 0.0)
    shares[:, 0] -= moved
    shares[:, -1] += moved
    return shares


def raw_batches(hours: Hours, rng: np.random.Generator) -> list[FeatureBatch]:
    """Return the rows of each hour, as they are read from Postgres."""
    numbers: dict[str, FloatArray] = {}
    mixed: dict[str, tuple[tuple[str, ...], list[list[int]]]] = {}
    for place, feature in enumerate(hours.features):
        if isinstance(feature, NumericFeature):
            numbers[feature.name] = raw_numbers(feature, hours, place, rng)
        else:
            counts = rng.multinomial(hours.rows, mixes(feature, hours, place))
            mixed[feature.name] = feature.categories, counts.tolist()
    return [
        FeatureBatch(
            rows=hours.rows,
            numeric={name: values[hour] for name, values in numbers.items()},
            categories={
                name: Counter({category: count for category, count in zip(names, counts[hour], strict=True) if count})
                for name, (names, counts) in mixed.items()
            },
        )
        for hour in range(len(hours))
    ]


def counted_profiles(layout: BinLayout, hours: Hours, rng: np.random.Generator) -> list[ModelProfile]:
    """Return the profile of each hour without its rows: counts are multinomial, sums follow from them."""
    size = len(hours)
    counts = np.zeros((size, layout.slots), dtype=np.int64)
    sums = np.zeros((size, layout.slots))
    gaps = np.zeros((size, len(layout.features), 3), dtype=np.int64)
    moments = np.zeros((size, len(layout.features), 3))
    moments[:, :, MINIMUM], moments[:, :, MAXIMUM] = np.inf, -np.inf
    for place, feature in enumerate(hours.features):
        bins, slots = layout.features[feature.name], layout.offsets[feature.name]
        if isinstance(feature, NumericFeature) and isinstance(bins, NumericBins):
            row = layout.rows[feature.name]
            found = _numbers(feature, bins, hours, place, rng)
            counts[:, slots], sums[:, slots] = found.counts, found.sums
            gaps[:, row, MISSING] = hours.rows - found.counts.sum(axis=1)
            moments[:, row, SQUARES] = found.squares
            moments[:, row, MINIMUM], moments[:, row, MAXIMUM] = found.minimum, found.maximum
        elif isinstance(feature, CategoricalFeature) and isinstance(bins, CategoricalBins):
            counts[:, slots] = count_categories(feature, bins, hours.rows, mixes(feature, hours, place), rng)
    return [
        ModelProfile(
            layout=layout, rows=hours.rows, counts=counts[hour], sums=sums[hour], gaps=gaps[hour], moments=moments[hour]
        )
        for hour in range(size)
    ]


def _numbers(feature: NumericFeature, bins: NumericBins, hours: Hours, place: int, rng: np.random.Generator) -> Counted:
    course = _course(hours, place)
    still = ~course.active
    found = Counted.empty(len(hours), bins.slots)
    if still.any():
        present = np.full(int(still.sum()), hours.rows)
        found.put(still, count_numbers(feature, bins, course.levels[still], present, rng))
    if course.active.any():
        present = rng.binomial(hours.rows, 1 - course.drift.missing, int(course.active.sum()))
        shape = course.drift.shape or feature.shape
        changed = count_numbers(
            feature, bins, course.levels[course.active], present, rng, shape=shape, spread=course.drift.spread
        )
        found.put(course.active, changed)
    return found


def profiles_of(layout: BinLayout, hours: Hours, rng: np.random.Generator) -> Iterator[ModelProfile]:
    """Yield the profile of each hour, by way of raw rows where they are few."""
    for day in hours.days():
        if hours.rows <= RAW_ROWS:
            for batch in raw_batches(day, rng):
                yield profile_batch(layout, batch)
        else:
            yield from counted_profiles(layout, day, rng)


def freeze(hours: Hours, rng: np.random.Generator) -> tuple[BinLayout, list[ModelProfile]]:
    """Freeze the bins of a reference and return the profile of each of its hours.

    Where rows are many, the edges are placed by as many rows as the exporter would take, beside the extremes of all
    rows; what then falls beyond the extremes is counted just within them, as a reference leaves its own tails empty.
    """
    if hours.rows <= RAW_ROWS:
        batches = [batch for day in hours.days() for batch in raw_batches(day, rng)]
        layout = fit_layout(batches)
        return layout, [profile_batch(layout, batch) for batch in batches]
    few = Hours(features=hours.features, rows=-(-FITTED_ROWS // len(hours)), levels=hours.levels)
    batches = [batch for day in few.days() for batch in raw_batches(day, rng)]
    ends = {
        feature.name: extremes(feature, hours.levels[:, place], hours.rows, rng)
        for place, feature in enumerate(hours.features)
        if isinstance(feature, NumericFeature)
    }
    layout = fit_layout([*batches, FeatureBatch(rows=2, numeric=ends)])
    profiles = [profile for day in hours.days() for profile in counted_profiles(layout, day, rng)]
    for name, values in ends.items():
        for profile in profiles:
            _fold(profile, name, values)
    return layout, profiles


def _fold(profile: ModelProfile, name: str, ends: FloatArray) -> None:
    """Move the two tails of a feature of the reference to their neighbours, and its extremes to `ends`."""
    slots, row = profile.layout.offsets[name], profile.layout.rows[name]
    counts, sums = profile.counts[slots], profile.sums[slots]
    for tail, neighbour, end in ((0, 1, ends.min()), (-1, -2, ends.max())):
        sums[neighbour] += counts[tail] * end
        counts[neighbour] += counts[tail]
        counts[tail], sums[tail] = 0, 0.0
    profile.moments[row, MINIMUM], profile.moments[row, MAXIMUM] = ends.min(), ends.max()
