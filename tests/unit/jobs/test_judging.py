"""What follows from a verdict: the alerts, each on the result that decided it, and the distributions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from driftgauge.drift.dataset import judge_dataset
from driftgauge.drift.policy import Learned, PolicySettings
from driftgauge.jobs.judging import DriftOptions, judge
from driftgauge.model.bins import FeatureKind
from driftgauge.model.identity import ModelKey
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import batch_of

KEY = ModelKey(model="churn", version="1", environment="production")
START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = TimeWindow(start=START, end=START + timedelta(hours=1))
SETTINGS = PolicySettings(tests=("ks",), minimum_rows=1, alarms_per_30_days=1, judgements_per_30_days=720)
BATCH = batch_of({"plan": ["a", "b"], "team": ["x", None]})
LAYOUT = fit_layout([BATCH])
PROFILE = profile_batch(LAYOUT, BATCH)


def result(test: str, score: float, threshold: float, *, drifted: bool, p_value: float | None = None) -> TestResult:
    return TestResult(
        test=test,
        score=score,
        threshold=threshold,
        statistic=score,
        p_value=p_value,
        adjusted_p_value=p_value,
        drifted=drifted,
    )


def feature(name: str, verdict: Verdict, *tests: TestResult) -> FeatureVerdict:
    return FeatureVerdict(
        feature=name, kind=FeatureKind.CATEGORICAL, verdict=verdict, reason="because", rows=2, tests=tests
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """A policy that has made up its mind."""

    features: tuple[FeatureVerdict, ...]

    def learn(self, reference: ProfileSeries, width: timedelta) -> Learned:
        assert width == WINDOW.width
        return Learned(total=reference.total)

    def judge(
        self, key: ModelKey, window: TimeWindow, reference: Learned, current: ProfileSeries, settings: PolicySettings
    ) -> ModelVerdict:
        assert (reference.total.rows, settings) == (2, SETTINGS)
        return ModelVerdict(
            key=key,
            window=window,
            rows=current.total.rows,
            verdict=Verdict.DRIFTED,
            drifted_share=1.0,
            features=self.features,
        )


def alerts_of(*features: FeatureVerdict) -> list[tuple[str, str, str, str]]:
    policy, series = Decided(features), ProfileSeries.untimed(PROFILE)
    learned = policy.learn(series, WINDOW.width)
    options = DriftOptions(window=WINDOW.width, policy=SETTINGS, dataset_threshold=0.25)
    judgement = judge(
        policy, options, key=KEY, window=WINDOW, reference=learned, current=series, importances={"plan": 2.0}
    )
    assert judgement.dataset == judge_dataset(judgement.verdict, {"plan": 2.0}, 0.25)
    assert judgement.verdict.features == features
    assert judgement.current is series.total
    assert judgement.distributions.keys() == {"plan", "team"}
    return [(alert.feature, alert.test, alert.severity, alert.message) for alert in judgement.alerts]


def test_only_drifted_features_raise_an_alert() -> None:
    drifted = result("psi", 0.3, 0.2, drifted=True)
    found = alerts_of(
        feature("plan", Verdict.DRIFTED, drifted),
        feature("team", Verdict.STABLE, result("psi", 0.1, 0.2, drifted=False)),
        feature("few", Verdict.INSUFFICIENT_DATA, replace(drifted, drifted=False)),
        feature("none", Verdict.NO_DATA),
    )
    assert found == [("plan", "psi", "medium", "plan drifted: because")]


def test_the_drifted_test_furthest_past_its_threshold_decides() -> None:
    tests = (
        result("psi", 0.3, 0.2, drifted=True),
        result("chi_squared", 0.4, 0.1, drifted=True, p_value=0.001),
        result("total_variation", 9.0, 0.1, drifted=False),
    )
    assert alerts_of(feature("plan", Verdict.DRIFTED, *tests))[0][1:3] == ("chi_squared", "high")


@pytest.mark.parametrize(("score", "test"), [(0.15, "psi"), (0.25, "chi_squared")])
def test_a_threshold_of_zero_is_ranked_by_the_score(score: float, test: str) -> None:
    tests = (result("psi", 0.2, 1.0, drifted=True), result("chi_squared", score, 0.0, drifted=True))
    assert alerts_of(feature("plan", Verdict.DRIFTED, *tests))[0][1] == test


@pytest.mark.parametrize(("score", "severity"), [(0.74, "medium"), (0.75, "high")])
def test_severity_tells_how_far_past_its_threshold_a_test_is(score: float, severity: str) -> None:
    tests = (result("chi_squared", score, 0.25, drifted=True, p_value=0.001),)
    assert alerts_of(feature("plan", Verdict.DRIFTED, *tests))[0][2] == severity


def test_an_alert_that_may_not_be_raised_is_not() -> None:
    drifted = result("psi", 0.3, 0.2, drifted=True)
    policy = Decided((feature("plan", Verdict.DRIFTED, drifted), feature("team", Verdict.DRIFTED, drifted)))
    series = ProfileSeries.untimed(PROFILE)
    judgement = judge(
        policy,
        DriftOptions(window=WINDOW.width, policy=SETTINGS),
        key=KEY.of_segment("de"),
        window=WINDOW,
        reference=policy.learn(series, WINDOW.width),
        current=series,
        importances={},
        may_alert=lambda name: name == "team",
    )
    assert [alert.message for alert in judgement.alerts] == ["segment de: team drifted: because"]
    assert judgement.drifted == {"plan", "team"}


@pytest.mark.parametrize("segments", [1, 2, 7])
def test_a_model_and_its_segments_share_the_budget(segments: int) -> None:
    options = DriftOptions(window=WINDOW.width, policy=SETTINGS)
    parts = [options.of_part(segment, segments) for segment in ("", *map(str, range(segments)))]
    assert sum(part.policy.alpha for part in parts) == pytest.approx(SETTINGS.alpha)
    assert parts[0].policy.alpha == pytest.approx(SETTINGS.alpha / 2)
    assert len({part.policy.alpha for part in parts[1:]}) == 1


def test_without_segments_a_model_has_the_whole_budget() -> None:
    options = DriftOptions(window=WINDOW.width, policy=SETTINGS)
    assert options.of_part("", 0) is options


def test_so_do_they_where_the_budget_is_capped() -> None:
    lavish = DriftOptions(window=WINDOW.width, policy=replace(SETTINGS, alarms_per_30_days=1_000))
    parts = [lavish.of_part(segment, 2).policy.alpha for segment in ("", "de", "fr")]
    assert sum(parts) == pytest.approx(lavish.policy.alpha) == pytest.approx(0.05)
