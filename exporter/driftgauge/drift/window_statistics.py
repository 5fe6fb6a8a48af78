"""The statistics that windows are told apart by: what each feature has, computed for many windows at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from driftgauge.drift.lmoments import Units, l_noise, l_statistics
from driftgauge.drift.shifts import LOCATION, SCALE, SHARE, SKEWNESS, TAIL, Shift
from driftgauge.model.bins import CategoricalBins, FloatArray, IntArray, NumericBins
from driftgauge.model.profile import FeatureProfile, ModelProfile, NumericProfile

FEW_VALUES: Final = 20
"""A numeric feature with so many distinct values, or fewer, is judged by their shares."""
LEAST_EXPECTED: Final = 10.0
"""Values of a category that a usual window must have for its share to be judged by itself."""
MOMENTS: Final = (LOCATION, SCALE, SKEWNESS, TAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """One number of a feature in a window; `part` names the category whose share it is."""

    feature: str
    shift: Shift
    part: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Moments:
    """The features that have L-moments: where the slots of each begin and end (shape (features,))."""

    starts: IntArray
    ends: IntArray
    units: Units

    @classmethod
    def of(cls, slots: Sequence[slice], references: Sequence[NumericProfile]) -> Self:
        return cls(
            starts=np.array([each.start for each in slots], dtype=np.int64),
            ends=np.array([each.stop for each in slots], dtype=np.int64),
            units=Units.of(references),
        )

    def compute(self, counts: IntArray, sums: FloatArray) -> FloatArray:
        """Return the statistics of windows (shape (windows, features, 4))."""
        values, sums = self._laid_out(counts, sums)
        return l_statistics(values, self.units.convert(values, sums))

    def noise(self, counts: IntArray, sums: FloatArray) -> FloatArray:
        """Return the noise of the statistics on a reference (shape (features, 4))."""
        values, sums = self._laid_out(counts, sums)
        placed = self.units.convert(values, sums)
        return np.array([l_noise(*each) for each in zip(values, placed, strict=True)]).reshape(-1, len(MOMENTS))

    def _laid_out(self, *of_slots: IntArray | FloatArray) -> Iterator[FloatArray]:
        """Yield each of what is in the slots (shape (..., slots)), feature by feature (shape (..., features, slots)).

        Features with fewer slots than others are filled up with 0.
        """
        longest = int(np.max(self.ends - self.starts, initial=0))
        places = self.starts[:, np.newaxis] + np.arange(longest)
        inside = places < self.ends[:, np.newaxis]
        places = np.minimum(places, self.ends[:, np.newaxis] - 1)
        for each in of_slots:
            taken = np.take(each, places, axis=-1)  # in memory as in order, unlike each[..., places]
            yield np.multiply(taken, inside, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statistics:
    """All statistics of a model's features on one reference; k of them.

    `sizes` is how many each feature has. `parts` holds the slots of each share, which `part_starts` tells apart.
    """

    statistics: tuple[Statistic, ...]
    noise: FloatArray
    is_share: NDArray[np.bool_]
    sizes: tuple[int, ...]
    starts: IntArray
    moments: _Moments
    parts: IntArray
    part_starts: IntArray

    @classmethod
    def of(cls, reference: ModelProfile, usual_rows: float) -> Statistics:
        """Choose the statistics of each feature of a reference, for windows of about so many rows."""
        layout = reference.layout
        named: list[Statistic] = []
        sizes: list[int] = []
        numeric: dict[str, NumericProfile] = {}
        parts: list[IntArray] = []
        for name, slots in layout.offsets.items():
            profile = reference.feature(name)
            if isinstance(profile, NumericProfile) and np.count_nonzero(profile.counts) > FEW_VALUES:
                numeric[name] = profile
                found = [Statistic(feature=name, shift=shift) for shift in MOMENTS]
            else:
                shares = _shares(profile, usual_rows)
                parts += [slots.start + own for _, own in shares]
                found = [Statistic(feature=name, shift=SHARE, part=part) for part, _ in shares]
            named += found
            sizes.append(len(found))
        is_share = np.array([statistic.shift is SHARE for statistic in named], dtype=np.bool_)
        moments = _Moments.of([layout.offsets[name] for name in numeric], list(numeric.values()))
        noise = np.ones(len(named))  # of twice the arcsine of a share's root
        noise[~is_share] = moments.noise(reference.counts, reference.sums).ravel()
        return cls(
            statistics=tuple(named),
            noise=noise,
            is_share=is_share,
            sizes=tuple(sizes),
            starts=layout.starts,
            moments=moments,
            parts=np.concatenate([np.empty(0, dtype=np.int64), *parts]),
            part_starts=np.cumsum([0, *map(len, parts)], dtype=np.int64)[:-1],
        )

    def compute(self, counts: IntArray, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the statistics of windows, and how many values each was computed from.

        Parameters
        ----------
        counts, sums : IntArray, FloatArray, shape (windows, slots)
            As in `ModelProfile`, a row a window.

        Returns
        -------
        tuple of FloatArray, shape (windows, k)
            The statistics are NaN where a feature has no values.
        """
        values = np.add.reduceat(counts, self.starts, axis=1)
        rows = np.repeat(values, self.sizes, axis=1).astype(np.float64)
        computed = np.empty(rows.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            computed[:, ~self.is_share] = self.moments.compute(counts, sums).reshape(len(counts), -1)
            parts = np.add.reduceat(counts[:, self.parts], self.part_starts, axis=1)
            computed[:, self.is_share] = 2.0 * np.arcsin(np.sqrt(parts / rows[:, self.is_share]))
        return np.where(rows > 0, computed, np.nan), rows

    def effects(self, values: FloatArray, centers: FloatArray) -> FloatArray:
        """Return by how much statistics differ from what is expected, in the units of their shifts (shape (k,))."""
        shares, expected = np.sin(values / 2) ** 2, np.sin(np.clip(centers, 0, np.pi) / 2) ** 2
        return np.where(self.is_share, shares - expected, values - centers)


def _shares(profile: FeatureProfile, usual_rows: float) -> list[tuple[str, IntArray]]:
    """Return what each share of a feature is the share of, and its slots."""
    bins = profile.bins
    if isinstance(bins, NumericBins):
        names = ["below all"] + [f"{edge:g}" for edge in bins.edges[:-1]] + ["above all"]
    else:
        names = [*bins.categories, "other", "unseen"]
    expected = profile.counts * (usual_rows / max(profile.rows, 1))
    single = np.flatnonzero(expected >= LEAST_EXPECTED)
    pooled = np.setdiff1d(np.arange(bins.slots), single)
    if isinstance(bins, CategoricalBins):
        pooled = pooled[pooled != bins.unseen]  # has a test of its own
    shares = [(names[slot], np.array([slot])) for slot in single]
    return [*shares, ("all others", pooled)] if len(pooled) else shares
