"""What every policy shares: the budget of a judgement, the floor of a score, and how grave a drift is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from driftgauge.drift.policy import FeatureChoice, PolicySettings, model_verdict, severity
from driftgauge.model.bins import FeatureKind
from driftgauge.model.identity import ModelKey
from driftgauge.model.verdict import FeatureVerdict, TestResult, Verdict
from driftgauge.model.window import TimeWindow

KEY = ModelKey(model="churn", version="3", environment="production")
START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = TimeWindow(start=START, end=START + timedelta(hours=1))
SETTINGS = PolicySettings(tests=("ks",), minimum_rows=100, alarms_per_30_days=1, judgements_per_30_days=720)


def result(score: float, threshold: float = 0.25, *, drifted: bool = True) -> TestResult:
    return TestResult(
        test="ks",
        score=score,
        threshold=threshold,
        statistic=score,
        p_value=0.5,
        adjusted_p_value=0.5,
        drifted=drifted,
    )


def feature(verdict: Verdict, *tests: TestResult) -> FeatureVerdict:
    return FeatureVerdict(feature="x", kind=FeatureKind.NUMERIC, verdict=verdict, reason="", rows=1, tests=tests)


def test_the_budget_is_spread_over_the_judgements_and_never_generous() -> None:
    assert SETTINGS.alpha == pytest.approx(1 / 720)
    assert replace(SETTINGS, judgements_per_30_days=1).alpha == 0.05


def test_the_narrowest_threshold_wins() -> None:
    settings = replace(
        SETTINGS,
        thresholds={"ks": 0.9, "mean_shift": 0.5},
        features={"y": FeatureChoice(thresholds={"ks": 0.15}), "z": FeatureChoice(tests=("psi",))},
    )
    assert [settings.threshold(name, "ks", 0.1) for name in "xyz"] == [0.9, 0.15, 0.9]
    assert [settings.threshold(name, "mean_shift", 0.1) for name in "xyz"] == [0.5, 0.5, 0.5]
    assert [settings.threshold(name, "psi", 0.1) for name in "xyz"] == [0.1, 0.1, 0.1]


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ((result(0.75),), "high"),
        ((result(0.74),), "medium"),
        ((result(0.5), result(1.5, 0.5)), "high"),
        ((result(0.5), result(9.0, drifted=False)), "medium"),
    ],
)
def test_severity_is_high_from_three_times_the_threshold_of_what_drifted(
    tests: tuple[TestResult, ...], expected: str
) -> None:
    assert severity(feature(Verdict.DRIFTED, *tests)) == expected


@pytest.mark.parametrize(
    ("found", "expected", "share"),
    [
        ([Verdict.STABLE, Verdict.DRIFTED, Verdict.NO_DATA], Verdict.DRIFTED, 0.5),
        ([Verdict.NO_DATA, Verdict.INSUFFICIENT_DATA, Verdict.STABLE], Verdict.STABLE, 0.0),
        ([Verdict.NO_DATA, Verdict.INSUFFICIENT_DATA], Verdict.INSUFFICIENT_DATA, 0.0),
        ([Verdict.NO_DATA], Verdict.NO_DATA, 0.0),
        ([], Verdict.INSUFFICIENT_DATA, 0.0),
    ],
)
def test_a_model_is_what_its_most_telling_feature_is(found: list[Verdict], expected: Verdict, share: float) -> None:
    judged = model_verdict(KEY, WINDOW, 500, tuple(map(feature, found)))
    assert (judged.verdict, judged.drifted_share, judged.rows) == (expected, share, 500)
    assert model_verdict(KEY, WINDOW, 0, judged.features).verdict is Verdict.NO_DATA
