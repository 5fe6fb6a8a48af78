"""What conditions say, what is wrong with those that say nothing, and whether they hold of given values."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.alerting.condition import (
    OPERATORS,
    Basis,
    DriftDetected,
    Evaluation,
    MetricThreshold,
    PerformanceBelow,
    Values,
    condition_problem,
    evaluate,
    given_values,
    parse_condition,
)
from driftgauge.errors import BadInput

METRIC: dict[str, Any] = {"type": "metric_threshold", "metric": "revenue", "operator": "<", "threshold": 5}
UNKNOWN = Evaluation(holds=None, value=None)


def test_each_kind_is_parsed_and_told() -> None:
    metric = parse_condition(METRIC | {"for": "1h30m"})
    assert metric == MetricThreshold(metric="revenue", operator="<", threshold=5, wait=timedelta(minutes=90))
    assert str(metric) == "revenue < 5 for 1h30m"
    drift = parse_condition({"type": "drift_detected"})
    assert (drift, drift.threshold) == (DriftDetected(), None)
    assert str(drift) == "any feature drifted"
    assert parse_condition({"type": "drift_detected", "feature": "age"}) == DriftDetected(feature="age")
    performance = parse_condition({"type": "performance_below", "metric": "accuracy", "threshold": 0.9})
    assert performance == PerformanceBelow(metric="accuracy", threshold=0.9)
    assert str(performance) == "realised accuracy below 0.9"
    estimated = {"type": "performance_below", "metric": "accuracy", "threshold": 0.9, "basis": "estimated"}
    assert parse_condition(estimated) == PerformanceBelow(metric="accuracy", threshold=0.9, basis=Basis.ESTIMATED)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "expected an object"),
        (None, "expected an object"),
        ({}, "type: expected metric_threshold, drift_detected or performance_below"),
        ({"type": ["drift_detected"]}, "type: expected metric_threshold, drift_detected or performance_below"),
        (METRIC | {"basis": "realised"}, "expected no keys but type, metric, operator, threshold, for"),
        (METRIC | {"metric": " "}, "metric: expected a name of 1 to 200 characters"),
        (METRIC | {"metric": "x" * 201}, "metric: expected a name of 1 to 200 characters"),
        (METRIC | {"operator": "=>"}, "operator: expected one of >, <, >=, <=, ==, !="),
        (METRIC | {"threshold": True}, "threshold: expected a number, at most 1e300 in size"),
        (METRIC | {"threshold": "5"}, "threshold: expected a number, at most 1e300 in size"),
        (METRIC | {"threshold": math.nan}, "threshold: expected a number, at most 1e300 in size"),
        (METRIC | {"threshold": -math.inf}, "threshold: expected a number, at most 1e300 in size"),
        ({"type": "drift_detected", "feature": None}, "feature: expected a name of 1 to 200 characters"),
        (
            {"type": "performance_below", "metric": "auc", "threshold": 1, "basis": "x"},
            "basis: expected realised or estimated",
        ),
        *(
            (METRIC | {"for": wait}, "for: expected a duration like 10m or 1h30m, at most 365d")
            for wait in ("", "10", "5 m", "1m1h", "366d", "-5m", "5m\n", 5, None, "1234567890s")
        ),
    ],
)
def test_what_says_nothing_is_refused_in_words(document: object, problem: str) -> None:
    assert condition_problem(document) == problem
    with pytest.raises(BadInput, match="expected"):
        parse_condition(document)


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert condition_problem({"type": "metric_threshold", "x": 1, "for": "soon"}) == (
        "expected no keys but type, metric, operator, threshold, for; metric: expected a name of 1 to 200 characters; "
        "operator: expected one of >, <, >=, <=, ==, !=; threshold: expected a number, at most 1e300 in size; "
        "for: expected a duration like 10m or 1h30m, at most 365d"
    )


@given(
    operator=st.sampled_from(sorted(OPERATORS)),
    threshold=st.floats(-1e300, 1e300),
    value=st.one_of(st.floats(), st.integers(-5, 5).map(float)),
)
def test_a_metric_is_compared_as_python_does(operator: str, threshold: float, value: float) -> None:
    rule = parse_condition({"type": "metric_threshold", "metric": "m", "operator": operator, "threshold": threshold})
    found = evaluate(rule, Values(metrics={"m": value, "other": threshold}))
    if not math.isfinite(value):
        assert found == UNKNOWN
        return
    oracle = {
        ">": value > threshold,
        "<": value < threshold,
        ">=": not value < threshold,
        "<=": not value > threshold,
        "==": value == threshold,
        "!=": not value == threshold,  # noqa: SIM201 - otherwise than the code does
    }
    assert found == Evaluation(holds=oracle[operator], value=value)


def test_what_is_missing_is_not_known() -> None:
    for document in (
        METRIC,
        {"type": "drift_detected"},
        {"type": "drift_detected", "feature": "age"},
        {"type": "performance_below", "metric": "accuracy", "threshold": 2},
    ):
        assert evaluate(parse_condition(document), Values()) == UNKNOWN
        assert evaluate(parse_condition(document), given_values({"other": 0})) == UNKNOWN


def test_drift_is_of_a_feature_or_of_any() -> None:
    values = Values(drift={"": 1, "age": 1, "plan": 0})
    assert evaluate(DriftDetected(), values).holds is True
    assert evaluate(DriftDetected(feature="age"), values).holds is True
    assert evaluate(DriftDetected(feature="plan"), values).holds is False
    assert evaluate(DriftDetected(feature="fare"), values) == UNKNOWN


def test_performance_is_of_the_basis_that_is_asked_for() -> None:
    values = Values(metrics={"accuracy": 0}, performance={Basis.REALISED: {"accuracy": 0.8}})
    assert evaluate(PerformanceBelow(metric="accuracy", threshold=0.9), values) == Evaluation(holds=True, value=0.8)
    assert evaluate(PerformanceBelow(metric="accuracy", threshold=0.8), values).holds is False
    estimated = PerformanceBelow(metric="accuracy", threshold=0.9, basis=Basis.ESTIMATED)
    assert evaluate(estimated, values) == UNKNOWN


def test_given_values_answer_every_kind() -> None:
    values = given_values({"revenue": 4, "accuracy": 0.8, "drift_detected": True, "drift_detected.age": 0})
    assert evaluate(parse_condition(METRIC), values) == Evaluation(holds=True, value=4.0)
    assert evaluate(DriftDetected(), values) == Evaluation(holds=True, value=1.0)
    assert evaluate(DriftDetected(feature="age"), values).holds is False
    for basis in Basis:
        assert evaluate(PerformanceBelow(metric="accuracy", threshold=0.9, basis=basis), values).holds is True
