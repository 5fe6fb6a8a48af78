"""Verdicts by two-sample tests: when drift is believed, when it matters, and what is said where neither can be told."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from driftgauge.drift.policy import FeatureChoice, PolicySettings
from driftgauge.drift.registry import TESTS
from driftgauge.drift.two_sample import TwoSample
from driftgauge.model.bins import FeatureKind, FloatArray
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import Column, batch_of
from fixtures.series import judge_sums

KEY = ModelKey(model="churn", version="3", environment="production")
START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = TimeWindow(start=START, end=START + timedelta(hours=1))
SETTINGS = PolicySettings(tests=tuple(TESTS), minimum_rows=100, alarms_per_30_days=1, judgements_per_30_days=720)
NUMBERS = FeatureKind.NUMERIC
DISTANCES = [test.name for test in TESTS.values() if test.distance and NUMBERS in test.kinds]


def judge(
    reference: Mapping[str, Column], current: Mapping[str, Column], settings: PolicySettings = SETTINGS
) -> ModelVerdict:
    before, now = batch_of(reference), batch_of(current)
    layout = fit_layout([before])
    return judge_profiles(profile_batch(layout, before), profile_batch(layout, now), settings)


def judge_profiles(reference: ModelProfile, current: ModelProfile, settings: PolicySettings) -> ModelVerdict:
    return judge_sums(TwoSample(), reference, current, settings, key=KEY, window=WINDOW)


def normal(size: int, shift: float = 0.0) -> FloatArray:
    return np.random.default_rng([size, round(1000 * shift)]).normal(shift, 1, size)


def result(verdict: FeatureVerdict, test: str) -> TestResult:
    return next(found for found in verdict.tests if found.test == test)


def test_a_strong_shift_has_drifted_and_the_reason_has_the_numbers() -> None:
    settings = replace(SETTINGS, tests=("ks", "missing_share"))
    judged = judge({"x": normal(5000)}, {"x": normal(500, 0.5)}, settings)
    (feature,) = judged.features
    assert (judged.key, judged.window, judged.rows) == (KEY, WINDOW, 500)
    assert (judged.verdict, judged.drifted_share) == (Verdict.DRIFTED, 1.0)
    assert (feature.feature, feature.kind, feature.verdict, feature.rows) == ("x", "numeric", Verdict.DRIFTED, 500)
    assert re.fullmatch(
        r"ks 0\.\d+ ≥ 0\.1 and p = \de-\d\d < 0\.0014 "
        r"\(BH over 2 p-values of 1 features\), 500 rows against 5000",
        re.sub(r"\d\.\de", "1e", feature.reason),
    ), feature.reason
    ks, missing = result(feature, "ks"), result(feature, "missing_share")
    assert ks.drifted
    assert not missing.drifted
    assert ks.p_value is not None
    assert ks.adjusted_p_value == pytest.approx(2 * ks.p_value)
    assert ks.threshold == 0.1


def test_every_drifted_test_is_named() -> None:
    (feature,) = judge({"x": normal(5000)}, {"x": normal(500, 2.0)}).features
    drifted = {found.test for found in feature.tests if found.drifted}
    of_numbers = {test.name for test in TESTS.values() if NUMBERS in test.kinds}
    assert drifted == of_numbers - {"missing_share", "invalid_share", "variance_ratio"}
    assert drifted <= set(re.findall(r"[a-z_]{2,}", feature.reason))
    assert result(feature, "psi").adjusted_p_value is None


def test_no_shift_is_stable() -> None:
    judged = judge({"x": normal(5000)}, {"x": normal(500, 0.001)}, replace(SETTINGS, tests=("ks",)))
    (feature,) = judged.features
    assert (judged.verdict, feature.verdict, judged.drifted_share) == (Verdict.STABLE, Verdict.STABLE, 0.0)
    assert re.match(r"ks 0\.0\d+ < 0\.1 and p = 0\.\d+ ≥ 0\.0014 \(BH", feature.reason)


def test_a_certain_shift_below_the_floor_is_stable() -> None:
    (feature,) = judge({"x": normal(200_000)}, {"x": normal(200_000, 0.05)}, replace(SETTINGS, tests=("ks",))).features
    assert feature.verdict is Verdict.STABLE
    assert re.match(r"ks 0\.0\d+ < 0\.1 but p = \S+e-\d+ < 0\.0014", feature.reason)


def test_a_large_score_of_few_rows_is_not_believed() -> None:
    settings = replace(SETTINGS, minimum_rows=10, tests=("jensen_shannon", "ks"))
    (feature,) = judge({"x": normal(1000)}, {"x": normal(20, 0.001)}, settings).features
    assert result(feature, "jensen_shannon").score > 0.1
    assert feature.verdict is Verdict.STABLE
    assert re.match(r"jensen_shannon 0\.\d+ ≥ 0\.1 but p of ks = \S+ ≥ 0\.0014", feature.reason)


@pytest.mark.parametrize("test", DISTANCES)
def test_a_distance_alone_is_believed_by_a_gate_that_is_not_reported(test: str) -> None:
    settings = replace(SETTINGS, tests=(test,))
    (feature,) = judge({"x": normal(5000)}, {"x": normal(500, 0.8)}, settings).features
    assert [found.test for found in feature.tests] == [test]
    assert feature.verdict is Verdict.DRIFTED
    assert f"{test} " in feature.reason
    assert "p of ks = " in feature.reason
    assert feature.tests[0].p_value is None


def test_the_gate_of_categories_is_chi_squared() -> None:
    settings = replace(SETTINGS, tests=("psi",))
    (feature,) = judge({"c": ["a", "b"] * 500}, {"c": ["a"] * 180 + ["b"] * 20}, settings).features
    assert feature.verdict is Verdict.DRIFTED
    assert "p of chi_squared = " in feature.reason


def test_the_significance_of_missing_rows_does_not_vouch_for_a_distance() -> None:
    current = normal(120, 0.001)
    current[::10] = math.nan
    settings = replace(SETTINGS, tests=("jensen_shannon", "missing_share"))
    (feature,) = judge({"x": normal(5000)}, {"x": current}, settings).features
    assert result(feature, "jensen_shannon").score > 0.1
    assert [found.test for found in feature.tests if found.drifted] == ["missing_share"]


def test_no_rows_are_no_data() -> None:
    judged = judge({"x": normal(500), "c": ["a"] * 500}, {})
    assert (judged.verdict, judged.rows, judged.drifted_share) == (Verdict.NO_DATA, 0, 0.0)
    assert {feature.verdict for feature in judged.features} == {Verdict.NO_DATA}
    assert {feature.reason for feature in judged.features} == {"no rows in this window"}
    assert {feature.tests for feature in judged.features} == {()}


@pytest.mark.parametrize(("before", "now"), [(5000, 99), (99, 5000)])
def test_too_few_rows_are_scored_but_not_judged(before: int, now: int) -> None:
    judged = judge({"x": normal(before)}, {"x": normal(now, 3.0)})
    (feature,) = judged.features
    assert judged.verdict is feature.verdict is Verdict.INSUFFICIENT_DATA
    assert feature.reason == f"{now} rows against {before}; both need 100"
    assert result(feature, "ks").score > 0.8
    assert result(feature, "ks").p_value is not None
    assert not any(found.drifted or found.adjusted_p_value for found in feature.tests)


def test_a_minimum_of_zero_still_needs_a_row() -> None:
    layout = fit_layout([batch_of({"x": normal(200)})])
    empty, full = (profile_batch(layout, batch_of({"x": normal(size)})) for size in (0, 200))
    settings = replace(SETTINGS, minimum_rows=0)
    judged = judge_profiles(empty, full, settings)
    assert judged.verdict is Verdict.INSUFFICIENT_DATA
    assert judged.features[0].reason == "200 rows against 0; both need 1"
    assert judged.features[0].tests == ()


def test_a_feature_that_went_missing_has_drifted() -> None:
    judged = judge(
        {"x": normal(5000), "y": normal(5000, 0.002)}, {"x": normal(500, 0.001), "y": np.full(500, math.nan)}, SETTINGS
    )
    x, y = judged.features
    assert (judged.verdict, judged.drifted_share) == (Verdict.DRIFTED, 0.5)
    assert (x.verdict, y.verdict) == (Verdict.STABLE, Verdict.DRIFTED)
    assert [found.test for found in y.tests] == ["invalid_share", "missing_share"]
    assert y.reason.startswith("missing_share 1 ≥ 0.01 and p = 0 < 0.0014") or "e-" in y.reason


def test_a_feature_without_values_is_no_data_even_if_that_is_usual() -> None:
    layout = fit_layout([batch_of({"x": normal(500)})])
    lost = profile_batch(layout, batch_of({"x": np.full(500, math.nan)}))
    judged = judge_profiles(lost, lost, SETTINGS)
    assert judged.verdict is Verdict.NO_DATA
    assert judged.features[0].reason == "no values in 500 rows"
    assert [found.test for found in judged.features[0].tests] == ["invalid_share", "missing_share"]


def test_a_feature_with_few_values_is_insufficient_among_judged_ones() -> None:
    sparse, sparse_now = normal(5000), normal(500, 2.0)
    sparse[500:], sparse_now[40:] = math.nan, math.nan
    judged = judge({"x": normal(5000), "y": sparse}, {"x": normal(500, 0.001), "y": sparse_now})
    x, y = judged.features
    assert (judged.verdict, x.verdict, y.verdict) == (Verdict.STABLE, Verdict.STABLE, Verdict.INSUFFICIENT_DATA)
    assert y.reason == "40 values in 500 rows against 500 in 5000; both need 100"
    assert result(y, "ks").adjusted_p_value is None
    assert result(y, "missing_share").adjusted_p_value is not None


def test_a_feature_that_no_configured_test_fits_is_not_called_stable() -> None:
    settings = replace(SETTINGS, tests=("chi_squared",))
    judged = judge({"x": normal(500)}, {"x": normal(500, 3.0)}, settings)
    assert judged.verdict is Verdict.INSUFFICIENT_DATA
    assert judged.features[0].reason == "none of the configured drift tests fits this numeric feature"


def test_a_model_without_features_has_nothing_to_judge() -> None:
    judged = judge({}, {"x": normal(500)})
    assert (judged.verdict, judged.features, judged.drifted_share) == (Verdict.INSUFFICIENT_DATA, (), 0.0)


def test_the_narrowest_threshold_wins() -> None:
    reference, current = {"x": normal(5000), "y": normal(5000)}, {"x": normal(500, 0.5), "y": normal(500, 0.5)}
    settings = replace(
        SETTINGS,
        tests=("ks",),
        thresholds={"ks": 0.9},
        features={"y": FeatureChoice(thresholds={"ks": 0.15})},
    )
    x, y = judge(reference, current, settings).features
    assert (x.verdict, y.verdict) == (Verdict.STABLE, Verdict.DRIFTED)
    assert (x.tests[0].threshold, y.tests[0].threshold) == (0.9, 0.15)


def test_a_threshold_of_zero_leaves_significance_alone_to_decide() -> None:
    settings = replace(SETTINGS, tests=("ks", "missing_share"), thresholds={"ks": 0.0})
    x = judge({"x": normal(5000)}, {"x": normal(500, 0.5)}, settings).features[0]
    y = judge({"x": normal(5000)}, {"x": normal(500, 0.001)}, settings).features[0]
    assert (x.verdict, y.verdict) == (Verdict.DRIFTED, Verdict.STABLE)
    assert x.reason.startswith("ks ")


def test_a_feature_can_have_its_own_tests() -> None:
    columns: dict[str, Column] = {"x": normal(500), "y": normal(500)}
    settings = replace(SETTINGS, tests=("ks",), features={"y": FeatureChoice(tests=("psi", "wasserstein"))})
    x, y = judge(columns, columns, settings).features
    assert [found.test for found in x.tests] == ["ks"]
    assert [found.test for found in y.tests] == ["psi", "wasserstein"]


def test_what_is_significant_alone_is_not_among_many_features() -> None:
    settings = replace(SETTINGS, tests=("ks",), alarms_per_30_days=36)
    reference: dict[str, Column] = {"x": normal(5000)}
    current: dict[str, Column] = {"x": normal(150, 0.25)}
    alone = judge(reference, current, settings)
    steady: dict[str, Column] = {f"y{number:02}": np.arange(5000.0) for number in range(60)}
    steady_now: dict[str, Column] = {name: np.repeat(np.arange(0.0, 5000.0, 100.0), 3) for name in steady}
    among = judge(reference | steady, current | steady_now, settings)
    assert alone.verdict is Verdict.DRIFTED
    assert among.verdict is Verdict.STABLE
    assert result(alone.features[0], "ks").p_value == result(among.features[0], "ks").p_value
