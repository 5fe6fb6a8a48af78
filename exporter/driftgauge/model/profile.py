"""Mergeable summaries: a window or a reference is the sum of its buckets' profiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from driftgauge.model.bins import BinLayout, CategoricalBins, FloatArray, IntArray, NumericBins

MISSING, NON_FINITE, INVALID = 0, 1, 2  # columns of ModelProfile.gaps
SQUARES, MINIMUM, MAXIMUM = 0, 1, 2  # columns of ModelProfile.moments


@dataclass(frozen=True, kw_only=True, eq=False)
class NumericProfile:
    """What is known of one numeric feature in a span of rows.

    `counts` and `sums` are per slot of `bins` (int64, float64); `squares` is the sum of `(x - bins.center)²`.
    `minimum` and `maximum` are `+inf` and `-inf` where there are no values. `cells` is for those who merge slots into
    cells: they keep here, by how they merge, the first slot of each cell and its count.
    """

    bins: NumericBins
    counts: IntArray
    sums: FloatArray
    squares: float
    minimum: float
    maximum: float
    missing: int
    non_finite: int
    invalid: int
    cells: dict[tuple[int, bool], tuple[IntArray, IntArray]] = field(
        default_factory=dict[tuple[int, bool], tuple[IntArray, IntArray]], init=False, repr=False
    )

    @cached_property
    def n(self) -> int:
        """How many finite values were counted."""
        return int(self.counts.sum())

    @cached_property
    def rows(self) -> int:
        """How many rows were seen, values or not."""
        return self.n + self.missing + self.non_finite + self.invalid

    @cached_property
    def mean(self) -> float:
        """The mean of the values; NaN where there are none."""
        return float(self.sums.sum() / self.n) if self.n else float("nan")

    @cached_property
    def variance(self) -> float:
        """The population variance of the values; NaN where there are none."""
        if not self.n:
            return float("nan")
        return max(self.squares / self.n - (self.mean - self.bins.center) ** 2, 0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class CategoricalProfile:
    """What is known of one categorical feature in a span of rows; `counts` is per slot of `bins` (int64)."""

    bins: CategoricalBins
    counts: IntArray
    missing: int
    invalid: int

    @cached_property
    def n(self) -> int:
        """How many values were counted."""
        return int(self.counts.sum())

    @cached_property
    def rows(self) -> int:
        """How many rows were seen, values or not."""
        return self.n + self.missing + self.invalid


FeatureProfile = NumericProfile | CategoricalProfile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelProfile:
    """Every feature of a model in a span of rows, as flat vectors on one layout.

    `counts` (int64) and `sums` (float64, 0 for categories) have `layout.slots` entries; `gaps` (int64, features × 3)
    holds missing, non-finite and invalid counts; `moments` (float64, features × 3) squares, minimum and maximum.
    Merging adds them, so any window costs O(buckets × slots), whatever the rows.
    """

    layout: BinLayout
    rows: int
    counts: IntArray
    sums: FloatArray
    gaps: IntArray
    moments: FloatArray

    @classmethod
    def empty(cls, layout: BinLayout) -> ModelProfile:
        """Return the profile of no rows."""
        moments = np.zeros((len(layout.features), 3))
        moments[:, MINIMUM], moments[:, MAXIMUM] = np.inf, -np.inf
        return cls(
            layout=layout,
            rows=0,
            counts=np.zeros(layout.slots, dtype=np.int64),
            sums=np.zeros(layout.slots),
            gaps=np.zeros((len(layout.features), 3), dtype=np.int64),
            moments=moments,
        )

    @classmethod
    def merged(cls, layout: BinLayout, profiles: Iterable[ModelProfile]) -> ModelProfile:
        """Return the profile of all the rows of `profiles`, which must lie on `layout`."""
        total = cls.empty(layout)
        rows = 0
        for profile in profiles:
            rows += profile.rows
            np.add(total.counts, profile.counts, out=total.counts)
            np.add(total.sums, profile.sums, out=total.sums)
            np.add(total.gaps, profile.gaps, out=total.gaps)
            total.moments[:, SQUARES] += profile.moments[:, SQUARES]
            np.minimum(total.moments[:, MINIMUM], profile.moments[:, MINIMUM], out=total.moments[:, MINIMUM])
            np.maximum(total.moments[:, MAXIMUM], profile.moments[:, MAXIMUM], out=total.moments[:, MAXIMUM])
        return cls(
            layout=layout,
            rows=rows,
            counts=total.counts,
            sums=total.sums,
            gaps=total.gaps,
            moments=total.moments,
        )

    def feature(self, name: str) -> FeatureProfile:
        """Return one feature's part, as views of the vectors."""
        bins = self.layout.features[name]
        slots = self.layout.offsets[name]
        row = self.layout.rows[name]
        missing, non_finite, invalid = self.gaps[row].tolist()
        if isinstance(bins, CategoricalBins):
            return CategoricalProfile(bins=bins, counts=self.counts[slots], missing=missing, invalid=invalid)
        squares, minimum, maximum = self.moments[row].tolist()
        return NumericProfile(
            bins=bins,
            counts=self.counts[slots],
            sums=self.sums[slots],
            squares=squares,
            minimum=minimum,
            maximum=maximum,
            missing=missing,
            non_finite=non_finite,
            invalid=invalid,
        )
