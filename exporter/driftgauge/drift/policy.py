"""What a policy is: it turns the profiles of a model's reference and current window into a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Final, Literal, Protocol

from driftgauge.drift.learning import Standard
from driftgauge.drift.registry import applicable
from driftgauge.drift.test import DriftTest
from driftgauge.model.bins import FeatureBins
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import FeatureProfile, ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, Verdict
from driftgauge.model.window import TimeWindow

GREATEST_ALPHA: Final = 0.05
HIGH_FROM: Final = 3.0
"""Multiples of the threshold from which a drifted score is of high severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureChoice:
    """What a user chose for one feature: its own tests, if any, and the floors that differ."""

    tests: tuple[str, ...] | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """What a user may choose for one model.

    `thresholds` overrides the tests' default floors by name; `minimum_rows` is asked of both windows.
    The budget `alarms_per_30_days` is spread over `judgements_per_30_days`, each of which gets `alpha` of it.
    """

    tests: tuple[str, ...]
    minimum_rows: int
    alarms_per_30_days: float
    judgements_per_30_days: float
    thresholds: Mapping[str, float] = field(default_factory=dict[str, float])
    features: Mapping[str, FeatureChoice] = field(default_factory=dict[str, FeatureChoice])

    @property
    def alpha(self) -> float:
        """The chance of a false alarm that one judgement of one model may take."""
        return min(self.alarms_per_30_days / self.judgements_per_30_days, GREATEST_ALPHA)

    def tests_of(self, feature: str, bins: FeatureBins) -> tuple[DriftTest, ...]:
        """Return the chosen tests that fit `feature` on its bins."""
        choice = self.features.get(feature)
        return applicable(choice.tests if choice and choice.tests else self.tests, bins)

    def threshold(self, feature: str, name: str, default: float) -> float:
        """Return the floor that a score must reach: the feature's, the model's or the default."""
        choice = self.features.get(feature)
        model = self.thresholds.get(name, default)
        return choice.thresholds.get(name, model) if choice else model


@dataclass(frozen=True, kw_only=True, eq=False)
class Learned:
    """What a policy knows of a reference, for windows of one width: its sum, and perhaps what is normal for it."""

    total: ModelProfile
    standard: Standard | None = None

    @cached_property
    def features(self) -> dict[str, FeatureProfile]:
        """The sum, feature by feature; what was asked of a profile once, it remembers."""
        return {name: self.total.feature(name) for name in self.total.layout.features}


class Policy(Protocol):
    """Turns the profiles of a model's reference and current window into its verdict."""

    def learn(self, reference: ProfileSeries, width: timedelta) -> Learned:
        """Learn from a reference what windows of `width` are judged by; that takes a while, and is done once."""
        ...

    def judge(
        self, key: ModelKey, window: TimeWindow, reference: Learned, current: ProfileSeries, settings: PolicySettings
    ) -> ModelVerdict:
        """Judge every feature of the reference's layout; `current` holds the buckets of `window`."""
        ...


def model_verdict(key: ModelKey, window: TimeWindow, rows: int, features: tuple[FeatureVerdict, ...]) -> ModelVerdict:
    """Return a model's verdict: drifted if any feature is, stable if any could be judged and none drifted."""
    found = [feature.verdict for feature in features]
    telling = (Verdict.DRIFTED, Verdict.STABLE, Verdict.INSUFFICIENT_DATA, Verdict.NO_DATA)
    judged = found.count(Verdict.DRIFTED) + found.count(Verdict.STABLE)
    return ModelVerdict(
        key=key,
        window=window,
        rows=rows,
        verdict=next((verdict for verdict in telling if verdict in found), Verdict.INSUFFICIENT_DATA)
        if rows
        else Verdict.NO_DATA,
        drifted_share=found.count(Verdict.DRIFTED) / judged if judged else 0.0,
        features=features,
    )


def severity(verdict: FeatureVerdict) -> Literal["high", "medium"]:
    """Return how grave a drifted feature is: high where a score that drifted is three times its threshold."""
    drifted = [result for result in verdict.tests if result.drifted]
    return "high" if any(result.score >= HIGH_FROM * result.threshold for result in drifted) else "medium"
