"""What services logged comes back: metrics, health checks, SHAP values."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, date
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest

from driftgauge.errors import BadInput
from driftgauge.queries import HealthDay, Metric, health_trend, recent_metrics, shap_values
from integration.queries.conftest import DAY, HOUR, TICK

if TYPE_CHECKING:
    from integration.queries.conftest import Arguments, Shelf


def metric(shelf: Shelf, name: str, **columns: object) -> None:
    shelf.put("model_metrics", **({"metric_name": name, "metric_value": 1.5, "timestamp": shelf.now} | columns))


def names(found: list[Metric]) -> list[str]:
    return [row.name for row in found]


def check(shelf: Shelf, **columns: object) -> None:
    shelf.put("model_health_checks", **({"checked_at": shelf.now} | columns))


def test_metrics_come_newest_first_with_their_units(shelf: Shelf) -> None:
    metric(shelf, "old", timestamp=shelf.now - 2 * HOUR, metric_unit=None)
    metric(shelf, "new", timestamp=shelf.now - HOUR, metric_unit="EUR", version="2", environment="staging")
    found = recent_metrics(shelf.connection, "churn")
    assert found == [
        Metric(version="2", environment="staging", name="new", value=1.5, unit="EUR", timestamp=shelf.now - HOUR),
        Metric(version="1", environment="production", name="old", value=1.5, unit="", timestamp=shelf.now - 2 * HOUR),
    ]
    assert found[0].timestamp.tzinfo is UTC


def test_metrics_are_cut_by_hours_and_rows(shelf: Shelf) -> None:
    for name, moment in {
        "gone": shelf.now - DAY,
        "first": shelf.now - DAY + TICK,
        "last": shelf.now,
        "next": shelf.now + TICK,
    }.items():
        metric(shelf, name, timestamp=moment)
    assert names(recent_metrics(shelf.connection, "churn")) == ["last", "first"]
    assert names(recent_metrics(shelf.connection, "churn", limit=1)) == ["last"]
    assert names(recent_metrics(shelf.connection, "churn", hours=25)) == ["last", "first", "gone"]


def test_at_most_100_metrics_come_unless_more_are_wanted(shelf: Shelf) -> None:
    for place in range(120):
        metric(shelf, f"{place:03}", timestamp=shelf.now - place * TICK)
    assert names(recent_metrics(shelf.connection, "churn")) == [f"{place:03}" for place in range(100)]
    assert len(recent_metrics(shelf.connection, "churn", limit=1000)) == 120


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_metric_that_is_no_number_has_no_value(shelf: Shelf, value: float) -> None:
    metric(shelf, "odd", metric_value=value)
    assert [row.value for row in recent_metrics(shelf.connection, "churn")] == [None]


def test_metrics_are_those_of_the_model(shelf: Shelf) -> None:
    metric(shelf, "other", model_name="other")
    metric(shelf, "b", version="2")
    metric(shelf, "c", environment="staging")
    metric(shelf, "d")
    ask = shelf.connection, "churn"
    assert names(recent_metrics(*ask)) == ["b", "c", "d"]
    assert names(recent_metrics(*ask, version="1")) == ["c", "d"]
    assert names(recent_metrics(*ask, environment="production")) == ["b", "d"]
    assert names(recent_metrics(*ask, version="2", environment="staging")) == []


def test_health_is_summed_up_by_utc_day(shelf: Shelf) -> None:
    draw = np.random.default_rng(3)
    days: dict[date, list[tuple[str, float]]] = defaultdict(list)
    start = shelf.today - 6 * DAY
    for _ in range(200):
        moment = start + float(draw.random()) * (shelf.now - start)
        status, score = str(draw.choice(["healthy", "degraded"])), float(draw.random())
        check(shelf, checked_at=moment, status=status, health_score=score)
        days[moment.date()].append((status, score))
    found = health_trend(shelf.connection, "churn")
    assert [(row.day, row.checks, row.healthy) for row in found] == [
        (day, len(days[day]), sum(status == "healthy" for status, _ in days[day])) for day in sorted(days)
    ]
    assert [row.mean_score for row in found] == pytest.approx(
        [np.mean([score for _, score in days[day]]) for day in sorted(days)]
    )


def test_a_trend_begins_at_midnight_utc_and_ends_now(shelf: Shelf) -> None:
    for moment in (shelf.today - DAY - TICK, shelf.today - DAY, shelf.today - TICK, shelf.today, shelf.now + TICK):
        check(shelf, checked_at=moment)
    counts = [(row.day, row.checks) for row in health_trend(shelf.connection, "churn", days=2)]
    assert counts == [((shelf.today - DAY).date(), 2), (shelf.today.date(), 1)]
    assert [row.day for row in health_trend(shelf.connection, "churn", days=1)] == [shelf.today.date()]


def test_a_score_that_is_no_number_is_a_check_without_a_score(shelf: Shelf) -> None:
    for score in (math.nan, math.inf, 1e308, 1e308):
        check(shelf, health_score=score)
    without = HealthDay(day=shelf.today.date(), mean_score=None, healthy=4, checks=4)
    assert health_trend(shelf.connection, "churn") == [without]
    check(shelf, health_score=0.4, status="degraded")
    [day] = health_trend(shelf.connection, "churn")
    assert (day.mean_score, day.healthy, day.checks) == (0.4, 4, 5)


def test_health_checks_are_those_of_the_model(shelf: Shelf) -> None:
    for count, columns in ((8, {"model_name": "other"}), (4, {"version": "2"}), (2, {"environment": "staging"})):
        for _ in range(count):
            check(shelf, **columns)
    check(shelf)
    asked: list[tuple[Arguments, int]] = [
        ({}, 7),
        ({"version": "1"}, 3),
        ({"version": "1", "environment": "production"}, 1),
    ]
    for of, checks in asked:
        assert [row.checks for row in health_trend(shelf.connection, "churn", **of)] == [checks]
    assert health_trend(shelf.connection, "nobody") == []


def test_shap_values_come_by_magnitude(shelf: Shelf) -> None:
    wanted, other = uuid4(), uuid4()
    values = {"a": 0.1, "b": -0.9, "c": math.nan, "d": 0.5, "e": -math.inf, "f": -0.5}
    for feature, value in values.items():
        shelf.put(
            "shap_values",
            prediction_id=wanted,
            feature_name=feature,
            shap_value=value,
            feature_value="41" if feature == "b" else None,
            base_value=math.nan if feature == "a" else 0.25,
            timestamp=shelf.now - 300 * DAY,
        )
    shelf.put("shap_values", prediction_id=other, feature_name="z", shap_value=9)
    for asked in (wanted, str(wanted), str(wanted).upper()):
        found = shap_values(shelf.connection, asked)
        assert [row.feature for row in found] == ["b", "d", "f", "a", "c", "e"]
        assert [row.value for row in found] == [-0.9, 0.5, -0.5, 0.1, None, None]
        assert [row.base_value for row in found] == [0.25, 0.25, 0.25, None, 0.25, 0.25]
    first = shap_values(shelf.connection, wanted)[0]
    assert (first.model, first.version, first.environment, first.feature_value) == ("churn", "1", "production", "41")
    assert first.timestamp == shelf.now - 300 * DAY
    assert first.timestamp.tzinfo is UTC
    assert shap_values(shelf.connection, uuid4()) == []


@pytest.mark.parametrize("asked", ["", "42", "018f0000-0000-7000-8000-00000000000g", "'; DROP TABLE shap_values"])
def test_a_prediction_id_that_is_none_is_told(shelf: Shelf, asked: str) -> None:
    with pytest.raises(BadInput, match=r"is no UUID; give it as prediction_logs\.id has it"):
        shap_values(shelf.connection, asked)
