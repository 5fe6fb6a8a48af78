"""What is said of names in rules: those that can never be, those that are likely misspelt, and what cannot hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from driftgauge.alerting.condition import OPERATORS, Basis, MetricThreshold, parse_condition
from driftgauge.alerting.names import PERFORMANCE, Names, doubts, needs, refusal
from driftgauge.alerting.own_metrics import NEEDS, OWN_METRICS, RANGES, SCORE
from driftgauge.performance.metric import Task

PLACE: Final = ("churn", "production")
EXPORTED: Final = {"ml_health_score", "ml_feature_drifted", "ml_performance_score"}
NAMES: Final = Names(
    models=frozenset({PLACE, ("fraud", "staging"), ("fraud", "canary")}),
    metrics={PLACE: {"revenue": datetime(2026, 3, 1, tzinfo=UTC)}},
    features={PLACE: frozenset({"age", "fare"})},
    tasks={PLACE: frozenset({Task.BINARY})},
)


def of_metric(metric: str, operator: str = ">", threshold: float = 0.5) -> dict[str, Any]:
    return {"type": "metric_threshold", "metric": metric, "operator": operator, "threshold": threshold}


def of_performance(metric: str, threshold: float = 0.5) -> dict[str, Any]:
    return {"type": "performance_below", "metric": metric, "threshold": threshold}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (of_metric("ml_predctions"), "there is no metric ml_predctions; did you mean ml_predictions?"),
        (of_metric("ml_x"), "there is no metric ml_x; there are ml_predictions, ml_error_ratio"),
        (of_metric("driftgauge_up"), "there is no metric driftgauge_up; there are"),
        (of_metric("ml_feature_drifted"), "ml_feature_drifted is known to Prometheus alone"),
        (of_metric("ml_performance_score"), "needs the metric's name: ml_performance_score.accuracy"),
        (of_metric("ml_performance_score.accuracyx"), "no metric of performance accuracyx; did you mean accuracy?"),
        (of_performance("rmsse"), "no metric of performance rmsse; did you mean rmse?"),
        (of_performance("zzz"), "no metric of performance zzz; there are accuracy, average_precision"),
    ],
)
def test_what_can_never_have_a_value_is_refused_with_what_may_be_meant(document: dict[str, Any], why: str) -> None:
    assert why in refusal(parse_condition(document), (), EXPORTED)


@pytest.mark.parametrize(
    "document",
    [
        {"type": "drift_detected", "feature": "ml_x"},
        of_metric("revenue"),
        of_metric("ml_logged"),
        of_metric("ml_health_score"),
        of_metric("ml_performance_score.business_value"),
        of_performance("macro_f1"),
        of_performance("business_value"),
    ],
)
def test_what_may_have_a_value_one_day_is_not(document: dict[str, Any]) -> None:
    assert refusal(parse_condition(document), {"ml_logged"}, EXPORTED) == ""


@pytest.mark.parametrize(
    ("document", "place", "said"),
    [
        (of_metric("revenue"), ("chrun", "production"), ["no model chrun has predicted or logged a metric"]),
        (of_metric("revenue"), ("churn", "prod"), ["churn is known in production, and not in prod"]),
        (of_metric("revenue"), ("fraud", "eu"), ["fraud is known in canary, staging, and not in eu"]),
        (of_metric("revnue"), PLACE, ["churn has logged no metric revnue in the last 28 days; did you mean revenue?"]),
        (of_metric("error_ratio"), PLACE, ["no metric error_ratio in the last 28 days; did you mean ml_error_ratio?"]),
        (of_metric("recall"), PLACE, ["by outcomes it is a rule with --performance recall"]),
        (of_metric("revenue"), PLACE, []),
        (of_metric("ml_error_ratio"), PLACE, []),
        ({"type": "drift_detected"}, PLACE, []),
        ({"type": "drift_detected", "feature": "fare"}, PLACE, []),
        ({"type": "drift_detected", "feature": "fair"}, PLACE, ["no feature fair of churn was judged"]),
        ({"type": "drift_detected"}, ("fraud", "canary"), ["no feature of fraud was judged for drift"]),
        (of_performance("accuracy"), PLACE, []),
        (of_performance("r2"), PLACE, ["r2 is no metric of binary models, as churn is; there are accuracy, average"]),
        (of_performance("accuracy"), ("fraud", "canary"), ["no outcomes of fraud are known"]),
        (of_performance("business_value", -5), PLACE, []),
        (of_metric("ml_performance_score.macro_f1"), PLACE, ["macro_f1 is no metric of binary models"]),
    ],
)
def test_what_is_likely_wrong_is_said(document: dict[str, Any], place: tuple[str, str], said: list[str]) -> None:
    found = list(doubts(parse_condition(document), place, NAMES))
    assert len(found) == len(said)
    assert all(part in whole for part, whole in zip(said, found, strict=True)), found


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (of_metric("ml_error_ratio", ">", 5), "ml_error_ratio is between 0 and 1: this never holds"),
        (of_metric("ml_error_ratio", "<", 5), "ml_error_ratio is between 0 and 1: this always holds"),
        (of_metric("ml_predictions", "<", 0), "ml_predictions is at least 0: this never holds"),
        (of_metric("ml_predictions", "!=", -1), "ml_predictions is at least 0: this always holds"),
        (of_performance("accuracy", 90), "accuracy is between 0 and 1: this always holds"),
        (of_metric("ml_performance_score.accuracy", ">=", 90), "accuracy is between 0 and 1: this never holds"),
        (of_performance("log_loss"), 'ask --metric ml_performance_score.log_loss --operator ">" --threshold 0.5'),
    ],
)
def test_what_holds_always_never_or_when_all_is_well_is_said(document: dict[str, Any], said: str) -> None:
    [found] = doubts(parse_condition(document), PLACE, NAMES)
    assert said in found


@pytest.mark.parametrize("metric", RANGES)
@pytest.mark.parametrize("operator", [">", "<", ">=", "<="])
def test_what_holds_of_some_values_only_is_not(metric: str, operator: str) -> None:
    assert list(doubts(parse_condition(of_metric(metric, operator)), PLACE, NAMES)) == []


def test_every_figure_of_the_exporters_own_has_its_needs_and_its_range() -> None:
    own = OWN_METRICS.keys() - {f"{SCORE}<metric>"}
    assert own == NEEDS.keys() == RANGES.keys()
    assert {"accuracy", "business_value"} <= PERFORMANCE
    assert set(OPERATORS) == {">", "<", ">=", "<=", "==", "!="}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (of_metric("revenue"), "it needs a value that was logged in the last day"),
        (of_metric("ml_health_score"), "it needs a score of the last two hours"),
        (of_metric("ml_performance_score.f1"), "it needs a matured cohort"),
        (of_performance("f1") | {"basis": Basis.ESTIMATED.value}, "it needs an estimated cohort"),
        ({"type": "drift_detected"}, "it needs a window judged in the last day: driftgauge show drift"),
        ({"type": "drift_detected", "feature": "age"}, "in the last day in which age could be judged"),
    ],
)
def test_what_a_condition_needs_is_said(document: dict[str, Any], said: str) -> None:
    assert said in needs(parse_condition(document))


def test_a_score_of_no_known_metric_has_no_range() -> None:
    names = Names(models=frozenset({PLACE}), tasks={PLACE: frozenset({Task.BINARY})})
    rule = MetricThreshold(metric=f"{SCORE}nothing", operator=">", threshold=5)
    [said] = doubts(rule, PLACE, names)
    assert "nothing is no metric of binary models" in said
