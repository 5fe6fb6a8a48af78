"""The policy of two-sample tests: a window drifted if it differs from the reference, surely and by enough.

It takes all rows for independent. Where the hours of a model differ by themselves it alarms without end: see
docs/alert-quality.md, and `Calibrated`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from driftgauge.drift.correction import benjamini_hochberg
from driftgauge.drift.policy import Learned, PolicySettings, model_verdict
from driftgauge.drift.reasons import NO_ROWS, Evidence, Rule, reason
from driftgauge.drift.registry import TESTS
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import FeatureProfile, ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict
from driftgauge.model.window import TimeWindow

GATES: Final = MappingProxyType({FeatureKind.NUMERIC: "ks", FeatureKind.CATEGORICAL: "chi_squared"})
"""The test that must be significant before a distance, which has no p-value of its own, is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """One feature's scores; `judged` names those of enough samples, the gate's included."""

    name: str
    reference: FeatureProfile
    current: FeatureProfile
    tests: tuple[DriftTest, ...]
    scores: Mapping[str, DriftScore]
    judged: frozenset[str]


class TwoSample:
    """Judges by two-sample tests of whole windows: significance decides whether to believe, the floor whether to care.

    A test's result is drifted if its score reaches the floor and its p-value, after Benjamini and Hochberg's
    correction over all p-values of the model in this window, is below α. A distance has no p-value; it is believed
    where the two-sample test of the feature's kind (`GATES`), which is then always computed, is below α.
    A result is only judged where both windows have the minimum of rows, and of values where values are compared.
    """

    def learn(self, reference: ProfileSeries, width: timedelta) -> Learned:
        """Add the reference up: nothing else is asked of it."""
        del width
        return Learned(total=reference.total)

    def judge(
        self, key: ModelKey, window: TimeWindow, reference: Learned, current: ProfileSeries, settings: PolicySettings
    ) -> ModelVerdict:
        """Judge every feature of the layout that both profiles lie on.

        Parameters
        ----------
        key : ModelKey
            Whose profiles they are.
        window : TimeWindow
            The current window.
        reference : Learned
            The sum of the reference.
        current : ProfileSeries
            The window's profiles, of which the sum is compared.
        settings : PolicySettings
            Tests, floors, minimum and budget.

        Returns
        -------
        ModelVerdict
            Drifted if any feature is; stable if any could be judged and none drifted.
        """
        whole, now = reference.total, current.total
        if now.rows == 0:
            features = tuple(
                FeatureVerdict(feature=name, kind=bins.kind, verdict=Verdict.NO_DATA, reason=NO_ROWS, rows=0)
                for name, bins in whole.layout.features.items()
            )
        else:
            features = _judge_features(reference, now, settings)
        return model_verdict(key, window, now.rows, features)


def _judge_features(reference: Learned, current: ModelProfile, settings: PolicySettings) -> tuple[FeatureVerdict, ...]:
    measured = [
        _measured(name, profile, current.feature(name), settings) for name, profile in reference.features.items()
    ]
    family = {
        (feature.name, test): p_value
        for feature in measured
        for test in feature.judged
        if (p_value := feature.scores[test].p_value) is not None
    }
    adjusted = dict(zip(family, benjamini_hochberg(tuple(family.values())), strict=True))
    rule = Rule(
        alpha=settings.alpha, p_values=len(family), features=len(measured), minimum_rows=max(settings.minimum_rows, 1)
    )
    return tuple(_verdict(feature, adjusted, settings, rule) for feature in measured)


def _measured(name: str, reference: FeatureProfile, current: FeatureProfile, settings: PolicySettings) -> _Measured:
    tests = settings.tests_of(name, reference.bins)
    scores: dict[str, DriftScore] = {}
    judged: set[str] = set()
    for test in tests:
        samples = min(test.sample_size(reference), test.sample_size(current))
        if samples:
            scores[test.name] = test.measure(reference, current)
        if samples >= max(settings.minimum_rows, 1):
            judged.add(test.name)
    gate = GATES[reference.bins.kind]
    if gate not in judged and any(scores[test].p_value is None for test in judged):
        scores[gate] = TESTS[gate].measure(reference, current)
        judged.add(gate)
    return _Measured(
        name=name, reference=reference, current=current, tests=tests, scores=scores, judged=frozenset(judged)
    )


def _verdict(
    feature: _Measured, adjusted: Mapping[tuple[str, str], float], settings: PolicySettings, rule: Rule
) -> FeatureVerdict:
    kind = feature.reference.bins.kind
    evidence: list[Evidence] = []
    for test in feature.tests:
        if test.name not in feature.scores:
            continue
        score, threshold = (
            feature.scores[test.name],
            settings.threshold(feature.name, test.name, test.default_threshold),
        )
        source = GATES[kind] if score.p_value is None else test.name
        p_value = adjusted.get((feature.name, source))
        result = TestResult(
            test=test.name,
            score=score.score,
            threshold=threshold,
            statistic=score.statistic,
            p_value=score.p_value,
            adjusted_p_value=None if score.p_value is None else p_value,
            drifted=p_value is not None and p_value < rule.alpha and score.score >= threshold,
        )
        evidence.append(Evidence(result=result, source=source, p_value=p_value))
    unjudged = not feature.tests or any(test.name not in feature.judged for test in feature.tests)
    if any(found.result.drifted for found in evidence):
        verdict = Verdict.DRIFTED
    elif not unjudged:
        verdict = Verdict.STABLE
    else:
        verdict = Verdict.INSUFFICIENT_DATA if feature.current.n or not feature.tests else Verdict.NO_DATA
    return FeatureVerdict(
        feature=feature.name,
        kind=kind,
        verdict=verdict,
        reason=reason(verdict, evidence, feature.reference, feature.current, rule),
        rows=feature.current.rows,
        tests=tuple(found.result for found in evidence),
    )
