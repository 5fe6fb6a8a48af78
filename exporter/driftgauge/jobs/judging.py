"""Judge one window of one model: its verdict, the alerts that it raises, and the distributions behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from driftgauge.drift.comparison import Comparison
from driftgauge.drift.dataset import DatasetDrift, judge_dataset
from driftgauge.drift.describe import describe_pair
from driftgauge.drift.policy import Learned, Policy, PolicySettings, severity
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.store.results import Distributions, DriftAlert


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftOptions:
    """How a model is judged: how long its current window is, what it is compared with, and by which settings."""

    window: timedelta
    policy: PolicySettings
    dataset_threshold: float = 0.5
    persistence: int = 1
    comparison: Comparison = field(default_factory=Comparison)

    def of_part(self, segment: str, segments: int) -> DriftOptions:
        """Return the options with the part of the budget that is left to one of `segments`, or to all rows together.

        With segments, half of the budget is theirs, alike: together they raise no more false alarms than it allows.
        """
        if not segments:
            return self
        share = 0.5 / segments if segment else 0.5
        spent = self.policy.alpha * self.policy.judgements_per_30_days  # less than allowed, where that is very much
        return replace(self, policy=replace(self.policy, alarms_per_30_days=share * spent))


OptionsOf = Callable[[str], DriftOptions]
"""From a model's name to how it is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with what follows from it."""

    verdict: ModelVerdict
    dataset: DatasetDrift
    alerts: tuple[DriftAlert, ...]
    current: ModelProfile
    distributions: Distributions

    @property
    def drifted(self) -> set[str]:
        """The features that drifted."""
        return {feature.feature for feature in self.verdict.features if feature.verdict is Verdict.DRIFTED}


def judge(
    policy: Policy,
    options: DriftOptions,
    *,
    key: ModelKey,
    window: TimeWindow,
    reference: Learned,
    current: ProfileSeries,
    importances: Mapping[str, float],
    may_alert: Callable[[str], bool] = lambda _: True,
) -> Judgement:
    """Judge a window by its buckets, what is known of the reference, and how much each feature matters.

    `may_alert` tells whether a feature raises an alert, should it have drifted.
    """
    verdict = policy.judge(key, window, reference, current, options.policy)
    return Judgement(
        verdict=verdict,
        dataset=judge_dataset(verdict, importances, options.dataset_threshold),
        alerts=tuple(
            _alert(feature, key, options.persistence)
            for feature in verdict.features
            if feature.verdict is Verdict.DRIFTED and may_alert(feature.feature)
        ),
        current=current.total,
        distributions={
            name: describe_pair(profile, current.total.feature(name)) for name, profile in reference.features.items()
        },
    )


def _alert(feature: FeatureVerdict, key: ModelKey, persistence: int) -> DriftAlert:
    deciding = max(
        (result for result in feature.tests if result.drifted),
        key=lambda result: result.score / result.threshold if result.threshold else result.score,
    )
    where = f"segment {key.segment}: " if key.segment else ""
    return DriftAlert(
        feature=feature.feature,
        test=deciding.test,
        severity=severity(feature),
        message=f"{where}{feature.feature} drifted{_lasting(persistence)}: {feature.reason}",
    )


def _lasting(persistence: int) -> str:
    return f" in {persistence} judgements in a row" if persistence > 1 else ""
