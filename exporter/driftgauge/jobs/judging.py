"""Judge one window of one model: its verdict, the alerts that it raises, and the distributions behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

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
    """How a model is judged: how long its current window is, and by which settings."""

    window: timedelta
    policy: PolicySettings


OptionsOf = Callable[[str], DriftOptions]
"""From a model's name to how it is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with what follows from it."""

    verdict: ModelVerdict
    alerts: tuple[DriftAlert, ...]
    current: ModelProfile
    distributions: Distributions


def judge(
    policy: Policy,
    settings: PolicySettings,
    *,
    key: ModelKey,
    window: TimeWindow,
    reference: Learned,
    current: ProfileSeries,
) -> Judgement:
    """Judge a window by its buckets and what is known of the reference."""
    verdict = policy.judge(key, window, reference, current, settings)
    return Judgement(
        verdict=verdict,
        alerts=tuple(_alert(feature) for feature in verdict.features if feature.verdict is Verdict.DRIFTED),
        current=current.total,
        distributions={
            name: describe_pair(profile, current.total.feature(name)) for name, profile in reference.features.items()
        },
    )


def _alert(feature: FeatureVerdict) -> DriftAlert:
    deciding = max(
        (result for result in feature.tests if result.drifted),
        key=lambda result: result.score / result.threshold if result.threshold else result.score,
    )
    return DriftAlert(
        feature=feature.feature,
        test=deciding.test,
        severity=severity(feature),
        message=f"{feature.feature} drifted: {feature.reason}",
    )
