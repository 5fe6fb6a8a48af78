"""What the drift tests found comes back: alerts of late, checks by day, and never a replay's."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, date
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest

from driftgauge.queries import DriftAlert, drift_alerts, drift_trend
from integration.queries.conftest import DAY, HOUR, TICK

if TYPE_CHECKING:
    from datetime import datetime

    from integration.queries.conftest import Arguments, Shelf


def result(shelf: Shelf, **columns: object) -> int:
    made = {
        "feature_name": "age",
        "statistical_test": "ks",
        "verdict": "drifted",
        "drift_detected": True,
        "timestamp": shelf.now,
        "window_end": shelf.now,
        "window_start": shelf.now - HOUR,
    }
    return shelf.put("data_drift_results", **(made | columns))


def alert(shelf: Shelf, raised_at: datetime, message: str = "", **columns: object) -> None:
    drifted = result(shelf, **({"feature_name": f"feature {uuid4()}"} | columns))
    shelf.put("drift_alerts", drift_result_id=drifted, severity="high", message=message, created_at=raised_at)


def test_a_drift_alert_tells_what_decided_it(shelf: Shelf) -> None:
    drifted = result(shelf, effect=0.4, threshold=math.inf, p_value=0.001, adjusted_p_value=0.01)
    shelf.put(
        "drift_alerts",
        drift_result_id=drifted,
        severity="medium",
        message="age drifted",
        created_at=shelf.now - HOUR,
        acknowledged=True,
    )
    [found] = drift_alerts(shelf.connection, "churn")
    assert found == DriftAlert(
        version="1",
        environment="production",
        segment="",
        severity="medium",
        message="age drifted",
        feature="age",
        test="ks",
        score=0.4,
        threshold=None,
        p_value=0.001,
        adjusted_p_value=0.01,
        acknowledged=True,
        raised_at=shelf.now - HOUR,
    )
    assert found.raised_at.tzinfo is UTC


def test_drift_alerts_come_newest_first_and_are_cut_by_hours_and_rows(shelf: Shelf) -> None:
    for message, moment in {
        "gone": shelf.now - DAY,
        "first": shelf.now - DAY + TICK,
        "last": shelf.now,
        "next": shelf.now + TICK,
    }.items():
        alert(shelf, moment, message, timestamp=shelf.now - 3 * DAY)  # when it was raised counts
    ask = shelf.connection, "churn"
    assert [found.message for found in drift_alerts(*ask)] == ["last", "first"]
    assert [found.message for found in drift_alerts(*ask, limit=1)] == ["last"]
    assert [found.message for found in drift_alerts(*ask, hours=25)] == ["last", "first", "gone"]


def test_a_replay_is_neither_an_alert_nor_a_check(shelf: Shelf) -> None:
    alert(shelf, shelf.now, replay_id=uuid4())
    assert drift_alerts(shelf.connection, "churn") == []
    assert drift_trend(shelf.connection, "churn") == []


def test_drift_alerts_are_those_of_the_model(shelf: Shelf) -> None:
    alert(shelf, shelf.now, "other", model_name="other")
    alert(shelf, shelf.now, "b", version="2")
    alert(shelf, shelf.now, "c", environment="staging")
    alert(shelf, shelf.now, "d")
    asked: list[tuple[Arguments, str]] = [
        ({}, "dcb"),
        ({"version": "1"}, "dc"),
        ({"environment": "production"}, "db"),
        ({"version": "1", "environment": "production"}, "d"),
    ]
    for of, messages in asked:
        assert [found.message for found in drift_alerts(shelf.connection, "churn", **of)] == list(messages)


def test_drift_checks_are_counted_by_utc_day(shelf: Shelf) -> None:
    draw = np.random.default_rng(4)
    days: dict[date, list[tuple[str, float | None]]] = defaultdict(list)
    start = shelf.today - 6 * DAY
    for place in range(200):
        moment = start + float(draw.random()) * (shelf.now - start)
        verdict = str(draw.choice(["stable", "drifted", "insufficient_data", "no_data"]))
        p = float(draw.random()) if place % 3 else None
        result(
            shelf,
            feature_name=f"f{place}",
            verdict=verdict,
            drift_detected=verdict == "drifted",
            p_value=p,
            timestamp=moment,
        )
        days[moment.date()].append((verdict, p))
    found = drift_trend(shelf.connection, "churn")
    assert [row.day for row in found] == sorted(days)
    for row in found:
        of_day = days[row.day]
        judged = [(verdict, p) for verdict, p in of_day if verdict in {"stable", "drifted"}]
        assert (row.checks, row.unjudged) == (len(judged), len(of_day) - len(judged))
        assert row.drifted == sum(verdict == "drifted" for verdict, _ in judged)
        made = [p for _, p in judged if p is not None]
        assert row.mean_p_value == (pytest.approx(np.mean(made)) if made else None)


def test_a_drift_trend_is_of_the_model_and_of_whole_days(shelf: Shelf) -> None:
    for moment in (shelf.today - DAY - TICK, shelf.today - DAY, shelf.today - TICK, shelf.today, shelf.now + TICK):
        result(shelf, feature_name=f"at {moment}", timestamp=moment)
    result(shelf, version="2")
    result(shelf, environment="staging")
    result(shelf, model_name="other")
    ask = shelf.connection, "churn"
    assert [row.drifted for row in drift_trend(*ask, days=2)] == [2, 3]
    assert [row.drifted for row in drift_trend(*ask, days=1, version="1")] == [2]
    assert [row.drifted for row in drift_trend(*ask, days=1, version="1", environment="production")] == [1]
