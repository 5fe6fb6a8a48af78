"""A model's health is what the single questions answer, and the classic score that follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from driftgauge.queries import (
    concept_drift_alerts,
    drift_alerts,
    model_health,
    prediction_summary,
    recent_metrics,
)
from integration.queries.conftest import HOUR

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
