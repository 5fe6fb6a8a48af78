"""The one place where verdicts are made: a policy turns two profiles of a model into its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, Protocol

from driftgauge.drift.correction import benjamini_hochberg
from driftgauge.drift.reasons import NO_ROWS, Evidence, Rule, reason
from driftgauge.drift.registry import TESTS, applicable
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureBins, FeatureKind
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import FeatureProfile, ModelProfile
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict
from driftgauge.model.window import TimeWindow

GATES: Final = MappingProxyType({FeatureKind.NUMERIC: "ks", FeatureKind.CATEGORICAL: "chi_squared"})
"""The test that must be significant before a distance, which has no p-value of its own, is believed."""

GREATEST_ALPHA: Final = 0.05
HIGH_BELOW: Final = 0.01


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

    def threshold(self, feature: str, test: DriftTest) -> float:
        """Return the floor that a score of `test` must reach: the feature's, the model's or the test's own."""
        choice = self.features.get(feature)
        model = self.thresholds.get(test.name, test.default_threshold)
        return choice.thresholds.get(test.name, model) if choice else model


class Policy(Protocol):
    """Turns the profiles of a model's reference and current window into its verdict."""

    def judge(
        self,
        key: ModelKey,
        window: TimeWindow,
        reference: ModelProfile,
        current: ModelProfile,
        settings: PolicySettings,
    ) -> ModelVerdict:
        """Judge every feature of the layout that both profiles lie on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """One feature's scores; `judged` names those of enough samples, the gate's included."""

    name: str
    reference: FeatureProfile
    current: FeatureProfile
    tests: tuple[DriftTest, ...]
    scores: Mapping[str, DriftScore]
    judged: frozenset[str]


class EffectAndSignificance:
    """The first policy: significance decides whether to believe, the floor whether to care.

    A test's result is drifted if its score reaches the floor and its p-value, after Benjamini and Hochberg's
    correction over all p-values of the model in this window, is below α. A distance has no p-value; it is believed
    where the two-sample test of the feature's kind (`GATES`), which is then always computed, is below α.
    A result is only judged where both windows have the minimum of rows, and of values where values are compared.
    """

    def judge(
        self,
        key: ModelKey,
        window: TimeWindow,
        reference: ModelProfile,
        current: ModelProfile,
        settings: PolicySettings,
    ) -> ModelVerdict:
        """Judge every feature of the layout that both profiles lie on.

        Parameters
        ----------
        key : ModelKey
            Whose profiles they are.
        window : TimeWindow
            The current window.
        reference, current : ModelProfile
            The profiles, on one layout.
        settings : PolicySettings
            Tests, floors, minimum and budget.

        Returns
        -------
        ModelVerdict
            Drifted if any feature is; stable if any could be judged and none drifted.
        """
        if current.rows == 0:
            features = tuple(
                FeatureVerdict(feature=name, kind=bins.kind, verdict=Verdict.NO_DATA, reason=NO_ROWS, rows=0)
                for name, bins in reference.layout.features.items()
            )
            found = Verdict.NO_DATA
        else:
            features = _judge_features(reference, current, settings)
            found = _of_model(features)
        drifted = sum(feature.verdict is Verdict.DRIFTED for feature in features)
        judged = drifted + sum(feature.verdict is Verdict.STABLE for feature in features)
        return ModelVerdict(
            key=key,
            window=window,
            rows=current.rows,
            verdict=found,
            drifted_share=drifted / judged if judged else 0.0,
            features=features,
        )


def severity(verdict: FeatureVerdict) -> Literal["high", "medium"]:
    """Return the classic severity of a drifted feature: high where its least p-value is below .01.

    A feature judged by distances alone has no p-value to show and is of medium severity.
    """
    least = min((result.p_value for result in verdict.tests if result.p_value is not None), default=1.0)
    return "high" if least < HIGH_BELOW else "medium"


def _judge_features(
    reference: ModelProfile, current: ModelProfile, settings: PolicySettings
) -> tuple[FeatureVerdict, ...]:
    measured = [
        _measured(name, reference.feature(name), current.feature(name), settings) for name in reference.layout.features
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
        score, threshold = feature.scores[test.name], settings.threshold(feature.name, test)
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


def _of_model(features: tuple[FeatureVerdict, ...]) -> Verdict:
    found = {feature.verdict for feature in features}
    telling = (Verdict.DRIFTED, Verdict.STABLE, Verdict.INSUFFICIENT_DATA, Verdict.NO_DATA)
    return next((verdict for verdict in telling if verdict in found), Verdict.INSUFFICIENT_DATA)
