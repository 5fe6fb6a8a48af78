"""What a drift test is: a pure function of two profiles, with the words that people need to read its score."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from driftgauge.model.bins import CategoricalBins, FeatureBins, FeatureKind
from driftgauge.model.profile import FeatureProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftScore:
    """What one drift test found.

    `score` is an effect size that a person can read: 0 where the profiles have the same shares, larger = more drift,
    always finite. `statistic` is what the literature reports. `p_value` is None for a distance.
    """

    score: float
    statistic: float
    p_value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftTest:
    """One drift test: `measure(reference, current)` raises ValueError where there is nothing to compare.

    `default_threshold` is the effect floor in the unit of the score; a verdict needs significance, too.
    `unit` and `meaning` complete the sentence "a score of 0.2 <unit> is …"; no score is above `greatest`. `samples`
    says what is counted: the feature's values, or all rows whether they have a value or not. `distance` says that
    there is no p-value; `binary` that only features fit whose reference has exactly two categories.
    """

    name: str
    kinds: frozenset[FeatureKind]
    default_threshold: float
    unit: str
    meaning: str
    measure: Callable[[FeatureProfile, FeatureProfile], DriftScore]
    samples: Literal["values", "rows"] = "values"
    greatest: float = math.inf
    distance: bool = False
    binary: bool = False

    @property
    def features(self) -> str:
        """Which features fit, in words."""
        kinds = ", ".join(kind.value for kind in FeatureKind if kind in self.kinds)
        return f"{kinds} with two categories" if self.binary else kinds

    def fits(self, bins: FeatureBins) -> bool:
        """Whether a feature on `bins` can be measured."""
        fits = bins.kind in self.kinds
        return fits and isinstance(bins, CategoricalBins) and bins.binary if self.binary else fits

    def sample_size(self, profile: FeatureProfile) -> int:
        """Return how many samples of `profile` the test compares."""
        return profile.rows if self.samples == "rows" else profile.n
