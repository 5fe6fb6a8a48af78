"""What a drift test is: a pure function of two profiles, with the words that people need to read its score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from driftgauge.model.bins import FeatureKind
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
    `unit` and `meaning` complete the sentence "a score of 0.2 <unit> is …"; `samples` says what is counted:
    the feature's values, or all rows whether they have a value or not.
    """

    name: str
    kinds: frozenset[FeatureKind]
    default_threshold: float
    unit: str
    meaning: str
    measure: Callable[[FeatureProfile, FeatureProfile], DriftScore]
    samples: Literal["values", "rows"] = "values"

    def sample_size(self, profile: FeatureProfile) -> int:
        """Return how many samples of `profile` the test compares."""
        return profile.rows if self.samples == "rows" else profile.n
