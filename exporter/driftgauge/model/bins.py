"""The frozen bins of a reference: where each feature's values are counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from driftgauge.model.projection import Projection

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TWO: Final = 2
NO_VALUE: Final = -1
"""The slot of a row in which the feature is missing, or cannot be read."""


class FeatureKind(StrEnum):
    """How a feature's values are read."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NumericBins:
    """Ascending edges `e_0 < … < e_k` with two open tails: `k + 2` slots.

    Slot 0 counts values below `e_0`, slot `i` the values in `[e_{i-1}, e_i)`, slot `k + 1` those at or above `e_k`.
    `e_k` lies just above the reference's maximum, so the reference itself leaves both tails empty.
    `center` is the reference's mean, about which squares are summed; `scale` its standard deviation.
    With a `projection` the values are no column of the rows but made of others; with `length_of` they are the lengths
    of a text column.
    """

    edges: FloatArray
    center: float
    scale: float
    projection: Projection | None = None
    length_of: str | None = None

    kind = FeatureKind.NUMERIC

    @property
    def slots(self) -> int:
        """How many counts a profile on these bins has."""
        return len(self.edges) + 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CategoricalBins:
    """The reference's most frequent categories, then `other` and `unseen`: `K + 2` slots.

    `rare` holds the reference's categories beyond the top K, counted together as `other`; a value in neither
    is unseen. Where the reference had more categories than are kept (`overflowed`), nothing can be called unseen.
    """

    categories: tuple[str, ...]
    rare: frozenset[str] = frozenset()
    overflowed: bool = False

    kind = FeatureKind.CATEGORICAL

    @property
    def slots(self) -> int:
        """How many counts a profile on these bins has."""
        return len(self.categories) + 2

    @property
    def other(self) -> int:
        """The slot of the reference's rare categories."""
        return len(self.categories)

    @property
    def unseen(self) -> int:
        """The slot of values that the reference never had."""
        return len(self.categories) + 1

    @property
    def binary(self) -> bool:
        """Whether the reference had exactly two categories."""
        return len(self.categories) == TWO and not self.rare

    def slot_of(self) -> dict[str, int]:
        """Return the slot of each category that the reference had."""
        slots = {category: slot for slot, category in enumerate(self.categories)}
        return slots | dict.fromkeys(self.rare, self.other)


FeatureBins = NumericBins | CategoricalBins


def is_made(bins: FeatureBins) -> bool:
    """Tell whether a feature is no column of the rows, but made of one or more."""
    return isinstance(bins, NumericBins) and (bins.projection is not None or bins.length_of is not None)


@dataclass(frozen=True, kw_only=True, eq=False)
class BinLayout:
    """Every feature's bins, laid end to end in one vector of slots."""

    features: dict[str, FeatureBins] = field(default_factory=dict[str, FeatureBins])

    @cached_property
    def kinds(self) -> dict[str, FeatureKind]:
        """How to read each column of the rows that a feature is, or is made of."""
        kinds = {name: bins.kind for name, bins in self.features.items() if not is_made(bins)}
        return kinds | dict.fromkeys(self.texts, FeatureKind.CATEGORICAL)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The columns of free text, of which the length is a feature."""
        lengths = (bins.length_of for bins in self.features.values() if isinstance(bins, NumericBins))
        return tuple(text for text in lengths if text is not None)

    @cached_property
    def offsets(self) -> dict[str, slice]:
        """Where each feature's slots lie in the vector."""
        slices: dict[str, slice] = {}
        start = 0
        for name, bins in self.features.items():
            slices[name] = slice(start, start + bins.slots)
            start += bins.slots
        return slices

    @cached_property
    def starts(self) -> IntArray:
        """Where each feature's slots begin, as `np.add.reduceat` takes them."""
        return np.array([slots.start for slots in self.offsets.values()], dtype=np.int64)

    @cached_property
    def unseen(self) -> IntArray:
        """Each feature's slot of unseen categories in the vector, -1 for numeric features."""
        return np.array(
            [
                self.offsets[name].start + bins.unseen if isinstance(bins, CategoricalBins) else -1
                for name, bins in self.features.items()
            ],
            dtype=np.int64,
        )

    @cached_property
    def slots(self) -> int:
        """The length of the vector."""
        return sum(bins.slots for bins in self.features.values())

    @cached_property
    def numeric_slots(self) -> NDArray[np.bool_]:
        """Which slots of the vector belong to numeric features."""
        mask = np.zeros(self.slots, dtype=np.bool_)
        for name, bins in self.features.items():
            mask[self.offsets[name]] = isinstance(bins, NumericBins)
        return mask

    @cached_property
    def rows(self) -> dict[str, int]:
        """Which row of the per-feature arrays is each feature's."""
        return {name: row for row, name in enumerate(self.features)}
