"""The dataset's drift score: the mean over features of the worst score in multiples of its threshold."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.drift.dataset import GREATEST_RATIO, NAMED, dataset_score, judge_dataset
from driftgauge.model.bins import FeatureKind
from driftgauge.model.identity import ModelKey
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict
from driftgauge.model.window import TimeWindow

START = datetime(2026, 3, 1, tzinfo=UTC)
scores = st.floats(min_value=0, max_value=1e300, allow_subnormal=False)
thresholds = st.floats(min_value=0, max_value=100, allow_subnormal=False)
features = st.lists(st.lists(st.tuples(scores, thresholds), max_size=4), max_size=6)


def verdict(*made: list[tuple[float, float]]) -> ModelVerdict:
    """Return the verdict of features with the given scores and thresholds."""
    return ModelVerdict(
        key=ModelKey(model="m", version="1", environment="p"),
        window=TimeWindow(start=START, end=START + timedelta(hours=1)),
        rows=100,
        verdict=Verdict.STABLE,
        drifted_share=0.0,
        features=tuple(
            FeatureVerdict(
                feature=f"x{place}",
                kind=FeatureKind.NUMERIC,
                verdict=Verdict.STABLE,
                reason="",
                rows=100,
                tests=tuple(
                    TestResult(
                        test=f"t{number}",
                        score=score,
                        threshold=threshold,
                        statistic=score,
                        p_value=None,
                        adjusted_p_value=None,
                        drifted=False,
                    )
                    for number, (score, threshold) in enumerate(results)
                ),
            )
            for place, results in enumerate(made)
        ),
    )


CASES: list[tuple[list[list[tuple[float, float]]], float | None]] = [
    ([], None),
    ([[]], None),
    ([[(0.0, 0.1)]], 0.0),
    ([[(0.1, 0.1)]], 1.0),
    ([[(0.1, 0.1), (0.3, 0.1)]], 3.0),
    ([[(0.1, 0.1)], [(0.0, 0.1)]], 0.5),
    ([[(0.1, 0.1)], []], 1.0),
    ([[(99.0, 0.1)], [(0.0, 0.1)]], 5.0),
]


@pytest.mark.parametrize(("made", "expected"), CASES)
def test_it_is_the_mean_of_each_features_greatest_ratio(
    made: list[list[tuple[float, float]]], expected: float | None
) -> None:
    found = dataset_score(verdict(*made))
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_threshold_of_zero_counts_no_more_than_the_greatest_ratio() -> None:
    assert dataset_score(verdict([(0.4, 0.0)])) == GREATEST_RATIO


@pytest.mark.parametrize("state", [Verdict.INSUFFICIENT_DATA, Verdict.NO_DATA])
def test_features_that_could_not_be_judged_do_not_count(state: Verdict) -> None:
    judged = verdict([(0.1, 0.1)], [(9.0, 0.1)])
    noisy = replace(judged, features=(judged.features[0], replace(judged.features[1], verdict=state)))
    assert dataset_score(noisy) == pytest.approx(1.0)
    assert dataset_score(replace(noisy, features=noisy.features[1:])) is None


def test_no_drift_at_all_is_no_drift_at_a_threshold_of_zero_either() -> None:
    assert dataset_score(verdict([(0.0, 0.0)])) == 0.0


@given(made=features)
def test_it_is_finite_and_between_nothing_and_the_greatest_ratio(made: list[list[tuple[float, float]]]) -> None:
    found = dataset_score(verdict(*made))
    assert (found is None) == (not any(made))
    if found is not None:
        assert math.isfinite(found)
        assert 0 <= found <= GREATEST_RATIO


@given(made=features.filter(any), place=st.integers(min_value=0), more=st.floats(min_value=1, max_value=10))
def test_more_drift_in_one_feature_never_lowers_it(
    made: list[list[tuple[float, float]]], place: int, more: float
) -> None:
    one = place % len(made)
    grown = [
        [(score * more, threshold) for score, threshold in results] if number == one else results
        for number, results in enumerate(made)
    ]
    before, after = dataset_score(verdict(*made)), dataset_score(verdict(*grown))
    assert before is not None
    assert after is not None
    assert after >= before or math.isclose(after, before)


def judged(**ratios: float) -> ModelVerdict:
    """Return the verdict of features by name, each of one test; from a ratio of 1 on they drifted."""
    made = verdict(*[[(ratio, 1.0)] for ratio in ratios.values()])
    named = tuple(
        replace(
            feature,
            feature=name,
            verdict=Verdict.DRIFTED if feature.tests[0].score >= 1 else Verdict.STABLE,
            tests=tuple(replace(result, drifted=result.score >= 1) for result in feature.tests),
        )
        for name, feature in zip(ratios, made.features, strict=True)
    )
    return replace(made, features=named)


def test_without_importances_features_count_alike() -> None:
    found = judge_dataset(judged(a=2.0, b=0.5, c=1.0, d=0.1), {}, 0.5)
    assert (found.verdict, found.drifted, found.drifted_share, found.drifted_weight) == (Verdict.DRIFTED, 2, 0.5, None)
    assert [feature.feature for feature in found.ranking] == ["a", "c", "b", "d"]
    assert found.reason == "2 of 4 judged features drifted, 50% of the features (drift from 50%): a, c"
    assert judge_dataset(judged(a=2.0, b=0.5, c=1.0, d=0.1), {}, 0.51).verdict is Verdict.STABLE


def test_importance_decides_where_it_is_known() -> None:
    four = judged(a=2.0, b=0.5, c=1.0, d=0.1)
    light = judge_dataset(four, {"a": 0.1, "b": 0.6, "c": 0.2, "d": -0.1}, 0.5)
    assert (light.verdict, light.drifted_share) == (Verdict.STABLE, 0.5)
    assert light.drifted_weight == pytest.approx(0.3)
    assert light.reason == "2 of 4 judged features drifted, 30% of the importance (drift from 50%): a, c"
    heavy = judge_dataset(four, {"a": 0.1, "b": 0.1, "c": -0.7, "d": 0.1}, 0.5)
    assert heavy.verdict is Verdict.DRIFTED
    assert [feature.feature for feature in heavy.ranking] == ["c", "a", "b", "d"], "by ratio times weight"
    assert [feature.importance for feature in heavy.ranking] == [-0.7, 0.1, 0.1, 0.1]


def test_a_feature_of_unknown_importance_weighs_as_the_mean() -> None:
    found = judge_dataset(judged(a=2.0, new=3.0, b=0.0), {"a": 3.0, "b": 1.0, "gone": 99.0}, 0.5)
    assert {feature.feature: feature.weight for feature in found.ranking} == {"a": 1.5, "new": 1.0, "b": 0.5}
    assert found.drifted_weight == pytest.approx(2.5 / 3)
    assert found.ranking[0].feature == "a", "3.0 against 3.0: by name"


@pytest.mark.parametrize("importances", [{"a": 0.0, "b": 0.0}, {"gone": 1.0}])
def test_importances_that_say_nothing_count_as_none(importances: dict[str, float]) -> None:
    found = judge_dataset(judged(a=2.0, b=0.5), importances, 0.5)
    assert (found.drifted_share, found.drifted_weight) == (0.5, None)
    assert "of the features" in found.reason


def test_where_nothing_drifted_the_data_set_did_not_however_low_the_threshold() -> None:
    found = judge_dataset(judged(a=0.9, b=0.5), {}, 1e-9)
    assert (found.verdict, found.reason) == (Verdict.STABLE, "0 of 2 judged features drifted")


@pytest.mark.parametrize("state", [Verdict.INSUFFICIENT_DATA, Verdict.NO_DATA])
def test_where_nothing_could_be_judged_the_data_set_has_the_models_verdict(state: Verdict) -> None:
    one = judged(a=2.0)
    none = replace(one, verdict=state, features=(replace(one.features[0], verdict=state),))
    found = judge_dataset(none, {"a": 1.0}, 0.5)
    assert (found.verdict, found.reason) == (state, "no feature could be judged")
    assert (found.drifted_share, found.drifted_weight, found.score, found.ranking) == (None, None, None, ())


def test_a_long_reason_names_the_first_few() -> None:
    found = judge_dataset(judged(**{f"x{place}": 2.0 for place in range(NAMED + 2)}), {}, 0.5)
    assert found.reason.endswith(": x0, x1, x2, x3, x4 and 2 more")


def test_results_that_decide_nothing_do_not_rank_a_drifted_feature() -> None:
    made = judged(a=2.0, b=3.0)
    shown = replace(made.features[0].tests[0], score=9.0, drifted=False)
    a = replace(made.features[0], tests=(*made.features[0].tests, shown))
    found = judge_dataset(replace(made, features=(a, made.features[1])), {}, 0.5)
    assert [(feature.feature, feature.ratio) for feature in found.ranking] == [("b", 3.0), ("a", 2.0)]


@given(made=features, importance=st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=6), threshold=st.floats(0.01, 1))
def test_weights_average_one(made: list[list[tuple[float, float]]], importance: list[float], threshold: float) -> None:
    found = judge_dataset(verdict(*made), {f"x{place}": value for place, value in enumerate(importance)}, threshold)
    if found.ranking:
        assert sum(feature.weight for feature in found.ranking) == pytest.approx(len(found.ranking))
        assert (found.drifted_share, found.drifted_weight or 0.0) == (0.0, 0.0)
