"""A model's health is what the single questions answer, and the classic score that follows from them."""

from __future__ import annotations

import json
from datetime import timedelta
from math import prod
from typing import TYPE_CHECKING

import pytest

from driftgauge.errors import BadInput
from driftgauge.queries import (
    concept_drift_alerts,
    drift_alerts,
    health_score_trend,
    latest_health,
    model_health,
    prediction_summary,
    recent_metrics,
)
from integration.queries.conftest import DAY, HOUR

if TYPE_CHECKING:
    from integration.queries.conftest import Arguments, Shelf


def predictions(shelf: Shelf, *, latency_ms: float = 20, **columns: object) -> None:
    for place in range(10):
        status = "success" if place < 9 else "error"
        shelf.put("prediction_logs", **({"latency_ms": latency_ms, "status": status, "timestamp": shelf.now} | columns))


def drift(shelf: Shelf) -> None:
    drifted = shelf.put(
        "data_drift_results",
        feature_name="age",
        statistical_test="ks",
        verdict="drifted",
        drift_detected=True,
        window_end=shelf.now,
    )
    shelf.put("drift_alerts", drift_result_id=drifted, severity="high", message="age drifted", created_at=shelf.now)


def concept(shelf: Shelf) -> None:
    told = shelf.now - HOUR
    shelf.put("concept_drift_results", metric_name="accuracy", drift_detected=True, timestamp=told, created_at=told)


@pytest.mark.parametrize(
    ("latency_ms", "drifted", "concept_drifted", "score"),
    [
        (200, False, False, 0.9),
        (200.1, False, False, 0.9 * 0.8),
        (20, True, False, 0.9 * 0.7),
        (20, False, True, 0.9 * 0.6),
        (900, True, True, 0.9 * 0.8 * 0.7 * 0.6),
    ],
)
def test_each_fault_lowers_the_score(
    shelf: Shelf, latency_ms: float, *, drifted: bool, concept_drifted: bool, score: float
) -> None:
    predictions(shelf, latency_ms=latency_ms)
    if drifted:
        drift(shelf)
    if concept_drifted:
        concept(shelf)
    assert model_health(shelf.connection, "churn").score == pytest.approx(score)


def test_it_holds_what_the_single_questions_answer(shelf: Shelf) -> None:
    predictions(shelf)
    predictions(shelf, version="2")
    drift(shelf)
    concept(shelf)
    shelf.put("model_metrics", metric_name="revenue", metric_value=5, timestamp=shelf.now)
    ask = shelf.connection, "churn"
    asked: list[Arguments] = [
        {},
        {"version": "2"},
        {"version": "1", "environment": "production"},
        {"environment": "staging"},
    ]
    for of in asked:
        health = model_health(*ask, **of, hours=2)
        assert health.predictions == prediction_summary(*ask, **of, hours=2)
        assert list(health.metrics) == recent_metrics(*ask, **of, hours=2)
        assert list(health.drift_alerts) == drift_alerts(*ask, **of, hours=2)
        assert list(health.concept_drift_alerts) == concept_drift_alerts(*ask, **of, days=2 / 24)
    assert model_health(*ask, version="2").score == 0.9
    assert model_health(*ask, hours=0.5).concept_drift_alerts == ()


def test_without_predictions_there_is_no_score(shelf: Shelf) -> None:
    drift(shelf)
    health = model_health(shelf.connection, "churn")
    assert health.score is None
    assert [alert.feature for alert in health.drift_alerts] == ["age"]


def test_the_classic_score_comes_with_its_components(shelf: Shelf) -> None:
    predictions(shelf, latency_ms=300)
    drift(shelf)
    health = model_health(shelf.connection, "churn")
    assert health.rule == "classic"
    assert {part.component: part.value for part in health.components} == {
        "success": 0.9,
        "latency": 0.0,
        "data_drift": 0.0,
        "concept_drift": 1.0,
    }
    assert health.score == pytest.approx(prod(1 - part.takes_away for part in health.components))


def scored(shelf: Shelf, score: float, ago: timedelta, *, value: float | None = None, **columns: object) -> None:
    parts = [
        {"component": "success", "value": score if value is None else value, "weight": 1, "reason": "as predicted"},
        {"component": "latency", "value": None, "weight": 0.2, "reason": "none"},
    ]
    row = {"score": score, "threshold": 0.8, "rule": "components", "timestamp": shelf.now - ago} | columns
    shelf.put("model_health_scores", components=json.dumps(parts), **row)


def test_the_newest_score_of_each_version_and_environment_is_told(shelf: Shelf) -> None:
    scored(shelf, 0.2, 2 * HOUR)
    scored(shelf, 0.9, HOUR)
    scored(shelf, 0.7, 3 * HOUR, version="2")
    scored(shelf, 0.1, -HOUR, version="2")
    scored(shelf, 0.3, 25 * HOUR, environment="staging")
    scored(shelf, 0.0, HOUR, model_name="other")
    found = latest_health(shelf.connection, "churn")
    assert [(one.version, one.environment, one.score) for one in found] == [
        ("1", "production", 0.9),
        ("2", "production", 0.7),
    ]
    assert found[0].timestamp == shelf.now - HOUR
    assert (found[0].threshold, found[0].rule) == (0.8, "components")
    success, latency = found[0].components
    assert (success.value, success.weight, success.reason) == (0.9, 1, "as predicted")
    assert success.takes_away == pytest.approx(0.1)
    assert (latency.value, latency.takes_away) == (None, 0)
    assert len(latest_health(shelf.connection, "churn", hours=26)) == 3
    assert len(latest_health(shelf.connection, "churn", version="2", environment="production")) == 1


def test_by_the_rule_of_components_health_is_the_lowest_of_the_newest_scores(shelf: Shelf) -> None:
    ask = shelf.connection, "churn"
    nothing = model_health(*ask, rule="components")
    assert (nothing.rule, nothing.score, nothing.components) == ("components", None, ())
    scored(shelf, 0.2, 2 * HOUR)
    scored(shelf, 0.9, HOUR)
    scored(shelf, 0.7, HOUR, version="2")
    scored(shelf, 0.1, HOUR, version="3", rule="classic")
    health = model_health(*ask, rule="components")
    assert (health.score, health.components[0].value) == (0.7, 0.7)
    assert model_health(*ask, rule="components", version="1").score == 0.9
    assert model_health(*ask).score is None
    with pytest.raises(BadInput, match=r"^rule is 'mine'; give one of components, classic$"):
        model_health(*ask, rule="mine")


def test_the_trend_of_scores_weighs_each_by_how_long_it_held(shelf: Shelf) -> None:
    noon = shelf.today - DAY + 12 * HOUR
    ago = shelf.now - noon
    scored(shelf, 1.0, ago)
    scored(shelf, 0.5, ago - HOUR / 2)  # for an hour at most: the exporter was away then
    scored(shelf, 1.0, ago - 3 * HOUR)
    scored(shelf, 0.0, ago - 3.5 * HOUR)
    scored(shelf, 0.9, ago - 3.75 * HOUR)
    scored(shelf, 0.4, ago, version="2")
    [day] = health_score_trend(shelf.connection, "churn", version="1", days=2)
    assert day.day == noon.date()
    assert day.hours == pytest.approx(0.5 + 1 + 0.5 + 0.25 + 1)
    assert day.mean_score == pytest.approx((0.5 + 0.5 + 0.5 + 0 + 0.9) / 3.25)
    assert (day.least_score, day.hours_below) == (0, pytest.approx(1.25))
    [both] = health_score_trend(shelf.connection, "churn", days=2)
    assert (both.hours, both.hours_below) == (pytest.approx(4.25), pytest.approx(2.25))
    assert health_score_trend(shelf.connection, "churn", days=1) == []
    scored(shelf, 0.6, timedelta())
    [_, today] = health_score_trend(shelf.connection, "churn", days=2)
    assert (today.mean_score, today.hours) == (pytest.approx(0.6), pytest.approx(0.0001))
