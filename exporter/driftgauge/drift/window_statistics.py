"""The statistics that windows are told apart by: what each feature has, computed for many windows at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from driftgauge.drift.lmoments import l_noise, l_statistics, places
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
class _Feature:
    """How one feature's statistics are computed: by L-moments, or by the shares of groups of slots."""

    slots: slice
    profile: FeatureProfile
    groups: NDArray[np.float64] | None

    def compute(self, counts: IntArray, sums: FloatArray) -> FloatArray:
        counts = counts[:, self.slots]
        if self.groups is not None:
            grouped = counts.astype(np.float64) @ self.groups
            shares = np.minimum(grouped / counts.sum(axis=1, keepdims=True), 1.0)
            return np.multiply(2.0, np.arcsin(np.sqrt(shares)))
        assert isinstance(self.profile, NumericProfile)  # noqa: S101 - all others have groups
        return l_statistics(counts, places(self.profile, counts, sums[:, self.slots]))

    def noise(self) -> FloatArray:
        if self.groups is not None:
            return np.ones_like(self.groups[0])  # of twice the arcsine of a share's root
        assert isinstance(self.profile, NumericProfile)  # noqa: S101 - all others have groups
        counts, sums = self.profile.counts[np.newaxis], self.profile.sums[np.newaxis]
        return l_noise(counts[0], places(self.profile, counts, sums)[0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statistics:
    """All statistics of a model's features on one reference; k of them."""

    statistics: tuple[Statistic, ...]
    noise: FloatArray
    is_share: NDArray[np.bool_]
    features: tuple[_Feature, ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, reference: ModelProfile, usual_rows: float) -> Statistics:
        """Choose the statistics of each feature of a reference, for windows of about so many rows."""
        named: list[Statistic] = []
        features: list[_Feature] = []
        for name in reference.layout.features:
            profile = reference.feature(name)
            groups, parts = _groups(profile, usual_rows)
            features.append(_Feature(slots=reference.layout.offsets[name], profile=profile, groups=groups))
            if groups is None:
                named += [Statistic(feature=name, shift=shift) for shift in MOMENTS]
            else:
                named += [Statistic(feature=name, shift=SHARE, part=part) for part in parts]
        noise = [feature.noise() for feature in features]
        return cls(
            statistics=tuple(named),
            noise=np.concatenate(noise),
            is_share=np.array([statistic.shift is SHARE for statistic in named]),
            features=tuple(features),
            sizes=tuple(map(len, noise)),
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
        values = [counts[:, feature.slots].sum(axis=1) for feature in self.features]
        with np.errstate(divide="ignore", invalid="ignore"):
            computed = np.hstack([feature.compute(counts, sums) for feature in self.features])
        rows = np.repeat(np.stack(values, axis=1), self.sizes, axis=1).astype(np.float64)
        return np.where(rows > 0, computed, np.nan), rows

    def effects(self, values: FloatArray, centers: FloatArray) -> FloatArray:
        """Return by how much statistics differ from what is expected, in the units of their shifts (shape (k,))."""
        shares, expected = np.sin(values / 2) ** 2, np.sin(np.clip(centers, 0, np.pi) / 2) ** 2
        return np.where(self.is_share, shares - expected, values - centers)


def _groups(profile: FeatureProfile, usual_rows: float) -> tuple[NDArray[np.float64] | None, list[str]]:
    """Return which slots make each share (slots × shares, 0 or 1) and their names; None where moments do."""
    bins = profile.bins
    if isinstance(bins, NumericBins):
        if np.count_nonzero(profile.counts) > FEW_VALUES:
            return None, []
        names = ["below all"] + [f"{edge:g}" for edge in bins.edges[:-1]] + ["above all"]
    else:
        names = [*bins.categories, "other", "unseen"]
    expected = profile.counts * (usual_rows / max(profile.rows, 1))
    single = np.flatnonzero(expected >= LEAST_EXPECTED)
    pooled = np.setdiff1d(np.arange(bins.slots), single)
    if isinstance(bins, CategoricalBins):
        pooled = pooled[pooled != bins.unseen]  # has a test of its own
    parts = [(names[slot], [slot]) for slot in single] + ([("all others", list(pooled))] if len(pooled) else [])
    groups = np.zeros((bins.slots, len(parts)))
    for place, (_, slots) in enumerate(parts):
        groups[slots, place] = 1.0
    return groups, [name for name, _ in parts]
