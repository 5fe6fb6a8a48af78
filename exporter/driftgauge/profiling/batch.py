"""The raw values of some rows, column by column, ready to be counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from driftgauge.model.bins import FeatureKind, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureBatch:
    """Values of `rows` rows.

    `numeric` has one float64 array of `rows` values a feature, NaN where missing; `categories` has the number of rows
    of each category, the missing left out; `invalid` counts values of a type that the feature's kind cannot hold.
    A feature in neither mapping is missing in every row.
    """

    rows: int
    numeric: dict[str, FloatArray] = field(default_factory=dict[str, FloatArray])
    categories: dict[str, Counter[str]] = field(default_factory=dict[str, "Counter[str]"])
    invalid: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def kinds(self) -> dict[str, FeatureKind]:
        """The kind that each feature was read as."""
        numeric = dict.fromkeys(self.numeric, FeatureKind.NUMERIC)
        return numeric | dict.fromkeys(self.categories, FeatureKind.CATEGORICAL)
