"""The dataset's drift score: the mean over features of the worst score in multiples of its threshold."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.drift.dataset import GREATEST_RATIO, dataset_score
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
