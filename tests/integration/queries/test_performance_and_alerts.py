"""What was made of outcomes comes back, and the alerts that wait: concept drift, performance, active alerts."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from driftgauge.queries import (
    ActiveAlert,
    ConceptDetector,
    ConceptDriftAlert,
    PastAlert,
    PerformanceDay,
    active_alerts,
    alert_history,
    concept_detectors,
    concept_drift_alerts,
    performance_trend,
)
from integration.queries.conftest import DAY, HOUR, TICK

if TYPE_CHECKING:
    from integration.queries.conftest import Arguments, Shelf


def concept(shelf: Shelf, metric: str, **columns: object) -> None:
    made = {"metric_name": metric, "drift_detected": True, "timestamp": shelf.now, "created_at": shelf.now}
    shelf.put("concept_drift_results", **(made | columns))


def performance(shelf: Shelf, value: float, **columns: object) -> None:
    made = {"metric_name": "accuracy", "metric_value": value, "timestamp": shelf.now}
    shelf.put("model_performance_history", **(made | columns))


def model_alert(shelf: Shelf, message: str, severity: str = "info", **columns: object) -> int:
    made = {"alert_type": "metric_threshold", "severity": severity, "message": message, "triggered_at": shelf.now}
    return shelf.put("model_alerts", **(made | columns))


def test_concept_drift_is_told_with_its_windows(shelf: Shelf) -> None:
    concept(
        shelf,
        "accuracy",
        detector="t_test",
        direction="down",
        reference_mean=0.9,
        current_mean=0.7,
        mean_difference=0.2,
        z_score=5.5,
        threshold=0.05,
        score=2.5,
        reference_window_start=shelf.now - 3 * DAY,
        reference_window_end=shelf.now - 2 * DAY,
        current_window_start=shelf.now - DAY,
        current_window_end=shelf.now,
    )
    concept(shelf, "f1", detector="page_hinkley", z_score=math.nan, created_at=shelf.now - HOUR)
    concept(shelf, "calm", drift_detected=False)
    first, second = concept_drift_alerts(shelf.connection, "churn")
    assert first == ConceptDriftAlert(
        version="1",
        environment="production",
        metric="accuracy",
        detector="t_test",
        direction="down",
        reference_mean=0.9,
        current_mean=0.7,
        mean_difference=0.2,
        statistic=5.5,
        threshold=0.05,
        score=2.5,
        reference_start=shelf.now - 3 * DAY,
        reference_end=shelf.now - 2 * DAY,
        current_start=shelf.now - DAY,
        current_end=shelf.now,
        timestamp=shelf.now,
        told_at=shelf.now,
    )
    assert first.reference_start is not None
    assert first.reference_start.tzinfo is UTC
    assert (second.metric, second.detector, second.statistic, second.current_end) == ("f1", "page_hinkley", None, None)


def test_concept_drift_is_cut_by_days_of_24_hours_rows_and_model(shelf: Shelf) -> None:
    for metric, moment in {
        "gone": shelf.now - 7 * DAY,
        "first": shelf.now - 7 * DAY + TICK,
        "last": shelf.now,
        "next": shelf.now + TICK,
    }.items():
        concept(shelf, metric, timestamp=min(moment, shelf.now), created_at=moment)
    concept(shelf, "b", version="2", created_at=shelf.now - HOUR)
    concept(shelf, "c", environment="staging", timestamp=shelf.now - 90 * DAY, created_at=shelf.now - 2 * HOUR)
    concept(shelf, "to come", timestamp=shelf.now + TICK)
    concept(shelf, "other", model_name="other")
    asked: list[tuple[Arguments, list[str]]] = [
        ({}, ["last", "b", "c", "first"]),
        ({"days": 7.5}, ["last", "b", "c", "first", "gone"]),
        ({"days": 0.5, "limit": 2}, ["last", "b"]),
        ({"version": "1"}, ["last", "c", "first"]),
        ({"version": "1", "environment": "production"}, ["last", "first"]),
    ]
    for arguments, metrics in asked:
        found = concept_drift_alerts(shelf.connection, "churn", **arguments)
        assert [row.metric for row in found] == metrics


def test_detectors_are_told_with_the_newest_test_of_each_metric(shelf: Shelf) -> None:
    found: list[int] = []
    for version, active in (("1", True), ("2", True), ("3", False)):
        row = shelf.connection.execute(
            "INSERT INTO outcome_tasks (model_name, version, environment, task, definition, active)"
            " VALUES ('churn', %s, 'production', 'binary', '{}', %s) RETURNING task_id",
            (version, active),
        ).fetchone()
        assert row is not None
        found.append(row[0])
    for task_id in found:
        shelf.connection.execute(
            "INSERT INTO concept_detectors (task_id, detector, metric_name, seen, score, last_at, drifted_at,"
            " direction, told_at) VALUES (%s, 'adwin', 'error_rate', 1200, 0.4, %s, %s, 'up', %s)",
            (task_id, shelf.now, shelf.now - DAY, shelf.now - HOUR),
        )
    for days, drifted in ((3, False), (2, True), (1, True), (0, False), (91, True)):
        concept(
            shelf,
            "accuracy",
            drift_detected=drifted,
            direction="down" if drifted else None,
            score=1.5 if drifted else 0.5,
            reference_values=28,
            current_values=7,
            current_window_end=shelf.now - days * DAY,
            timestamp=shelf.now - days * DAY,
        )
    concept(shelf, "f1", drift_detected=False, score=None, current_window_end=shelf.now)
    adwin, accuracy, f1, other = concept_detectors(shelf.connection, "churn")
    assert adwin == ConceptDetector(
        version="1",
        environment="production",
        detector="adwin",
        metric="error_rate",
        reason="",
        seen=1200,
        score=0.4,
        first_at=None,
        last_at=shelf.now,
        warned_at=None,
        drifted_at=shelf.now - DAY,
        direction="up",
        told_at=shelf.now - HOUR,
    )
    assert (accuracy.detector, accuracy.metric, accuracy.seen, accuracy.score) == ("t_test", "accuracy", 35, 0.5)
    assert (accuracy.last_at, accuracy.drifted_at) == (shelf.now, shelf.now - DAY)
    assert (accuracy.direction, accuracy.told_at) == ("down", shelf.now)
    assert (f1.score, f1.reason, f1.drifted_at) == (None, "too few values to compare", None)
    assert other.version == "2"
    assert [row.version for row in concept_detectors(shelf.connection, "churn", version="2")] == ["2"]
    assert concept_detectors(shelf.connection, "churn", environment="staging") == []


def test_performance_is_summed_up_by_utc_day(shelf: Shelf) -> None:
    draw = np.random.default_rng(6)
    days: dict[date, list[float]] = defaultdict(list)
    start = shelf.today - 29 * DAY
    for _ in range(300):
        moment, value = start + float(draw.random()) * (shelf.now - start), float(draw.random())
        performance(shelf, value, timestamp=moment)
        days[moment.date()].append(value)
    found = performance_trend(shelf.connection, "churn")
    assert [(row.day, row.samples) for row in found] == [(day, len(days[day])) for day in sorted(days)]
    assert [row.mean for row in found] == pytest.approx([np.mean(days[day]) for day in sorted(days)])
    assert [row.p95 for row in found] == pytest.approx([np.percentile(days[day], 95) for day in sorted(days)])


def test_performance_is_of_the_metric_the_model_and_whole_days(shelf: Shelf) -> None:
    for moment in (shelf.today - DAY - TICK, shelf.today - DAY, shelf.today, shelf.now + TICK):
        performance(shelf, 0.5, timestamp=moment)
    performance(shelf, 0.1, metric_name="f1")
    performance(shelf, 0.2, version="2")
    performance(shelf, 0.3, environment="staging")
    performance(shelf, 0.4, model_name="other")
    shelf.put("model_metrics", metric_name="accuracy", metric_value=0.9)  # logged by a service: another table
    ask = shelf.connection, "churn"
    assert [row.samples for row in performance_trend(*ask, days=2)] == [1, 3]
    assert [row.mean for row in performance_trend(*ask, days=1, version="2")] == [0.2]
    assert [row.mean for row in performance_trend(*ask, days=1, environment="staging")] == [0.3]
    assert [row.mean for row in performance_trend(*ask, metric="f1")] == [0.1]
    assert performance_trend(*ask, metric="recall") == []


def test_a_performance_that_is_no_number_is_no_sample(shelf: Shelf) -> None:
    for value in (math.nan, -math.inf, 1e308, -1e308):
        performance(shelf, value)
    nothing = PerformanceDay(day=shelf.today.date(), mean=None, p95=None, samples=0)
    assert performance_trend(shelf.connection, "churn") == [nothing]
    performance(shelf, 0.75)
    assert performance_trend(shelf.connection, "churn") == [
        PerformanceDay(day=shelf.today.date(), mean=0.75, p95=0.75, samples=1)
    ]


def test_active_alerts_come_by_severity_and_then_the_newest_first(shelf: Shelf) -> None:
    model_alert(shelf, "i")
    model_alert(shelf, "w", "warning", triggered_at=shelf.now - 900 * DAY)
    model_alert(shelf, "old c", "critical", triggered_at=shelf.now - DAY)
    model_alert(shelf, "new c", "critical")
    model_alert(shelf, "solved", "critical", resolved=True, resolved_at=shelf.now)
    found = active_alerts(shelf.connection, "churn")
    assert [row.message for row in found] == ["new c", "old c", "w", "i"]
    assert [row.message for row in active_alerts(shelf.connection, "churn", limit=2)] == ["new c", "old c"]


def test_an_active_alert_is_told_whole(shelf: Shelf) -> None:
    details = {"metric": "accuracy", "value": 0.5, "seen": [1, None]}
    alert_id = model_alert(
        shelf,
        "accuracy below 0.8",
        "warning",
        details=details,
        value=0.75,
        threshold=0.8,
        acknowledged=True,
        acknowledged_at=shelf.now - HOUR,
        acknowledged_by="ann",
    )
    assert active_alerts(shelf.connection, "churn") == [
        ActiveAlert(
            alert_id=alert_id,
            version="1",
            environment="production",
            alert_type="metric_threshold",
            severity="warning",
            message="accuracy below 0.8",
            details=details,
            value=0.75,
            threshold=0.8,
            triggered_at=shelf.now,
            acknowledged=True,
            acknowledged_at=shelf.now - HOUR,
            acknowledged_by="ann",
        )
    ]


def test_active_alerts_are_those_of_the_model_and_environment(shelf: Shelf) -> None:
    model_alert(shelf, "other", model_name="other")
    model_alert(shelf, "b", version="2")
    model_alert(shelf, "c", environment="staging")
    model_alert(shelf, "d")
    asked: list[tuple[Arguments, str]] = [({}, "dcb"), ({"environment": "production"}, "db"), ({"version": "2"}, "b")]
    for of, messages in asked:
        assert [row.message for row in active_alerts(shelf.connection, "churn", **of)] == list(messages)


def test_the_history_of_alerts_has_what_began_in_the_days_ended_or_not(shelf: Shelf) -> None:
    model_alert(shelf, "too old", triggered_at=shelf.now - 31 * DAY)
    model_alert(shelf, "to come", triggered_at=shelf.now + HOUR)
    model_alert(shelf, "other", model_name="other")
    model_alert(shelf, "fires", triggered_at=shelf.now - DAY)
    ended = model_alert(
        shelf,
        "ended",
        "critical",
        triggered_at=shelf.now - 29 * DAY,
        labels={"feature": "age"},
        value=math.nan,
        threshold=0.2,
        acknowledged=True,
        acknowledged_at=shelf.now - 28 * DAY,
        acknowledged_by="ann",
        resolved=True,
        resolved_at=shelf.now - 27 * DAY,
        resolution="by hand",
        resolved_by="bob",
    )
    fires, last = alert_history(shelf.connection, "churn")
    assert (fires.message, fires.resolved, fires.resolved_at) == ("fires", False, None)
    assert last == PastAlert(
        alert_id=ended,
        version="1",
        environment="production",
        alert_type="metric_threshold",
        severity="critical",
        message="ended",
        labels={"feature": "age"},
        value=None,
        threshold=0.2,
        triggered_at=shelf.now - 29 * DAY,
        acknowledged=True,
        acknowledged_at=shelf.now - 28 * DAY,
        acknowledged_by="ann",
        suppressed=False,
        resolved=True,
        resolved_at=shelf.now - 27 * DAY,
        resolution="by hand",
        resolved_by="bob",
    )
    assert [row.message for row in alert_history(shelf.connection, "churn", days=2)] == ["fires"]
    assert [row.message for row in alert_history(shelf.connection, "churn", limit=1)] == ["fires"]
    assert alert_history(shelf.connection, "churn", version="2") == []
