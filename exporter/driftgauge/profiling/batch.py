"""The raw values of some rows, column by column, ready to be counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

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

    @classmethod
    def joined(cls, batches: Sequence[FeatureBatch]) -> FeatureBatch:
        """Return the rows of all `batches`, which read the same columns as the same kinds.

        Examples
        --------
        >>> left, right = (FeatureBatch(rows=1, numeric={"age": np.array([age])}) for age in (1.0, 2.0))
        >>> FeatureBatch.joined([left, right]).numeric["age"].tolist()
        [1.0, 2.0]
        """
        if len(batches) == 1:
            return batches[0]
        categories: dict[str, Counter[str]] = {}
        invalid: Counter[str] = Counter()
        for batch in batches:
            invalid.update(batch.invalid)
            for name, counted in batch.categories.items():
                categories.setdefault(name, Counter()).update(counted)
        return cls(
            rows=sum(batch.rows for batch in batches),
            numeric={
                name: np.concatenate([batch.numeric[name] for batch in batches])
                for name in (batches[0].numeric if batches else ())
            },
            categories=categories,
            invalid=dict(invalid),
        )

    @property
    def kinds(self) -> dict[str, FeatureKind]:
        """The kind that each feature was read as."""
        numeric = dict.fromkeys(self.numeric, FeatureKind.NUMERIC)
        return numeric | dict.fromkeys(self.categories, FeatureKind.CATEGORICAL)
