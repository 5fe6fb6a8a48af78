from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from driftgauge.demo.flights import FEATURES, Flights
from driftgauge.demo.traffic import (
    MOST_DAYS,
    WEEK,
    Batch,
    Parts,
    PredictionRow,
    answer,
    history,
    part,
    request,
    turned_out,
)
from driftgauge.errors import BadInput

if TYPE_CHECKING:
    from driftgauge.demo.model import DelayModel


@pytest.fixture(scope="session")
def rows(parts: Parts, model: DelayModel) -> list[PredictionRow]:
    return history(parts, model, rng=np.random.default_rng(5))


@pytest.mark.parametrize(
    "end",
    [
        datetime(2026, 11, 23, tzinfo=UTC),
        datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2027, 3, 3, 12, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("days", [1, 28, MOST_DAYS])
def test_the_shift_is_whole_weeks_and_the_history_ends_at_the_end(flights: Flights, end: datetime, days: int) -> None:
    parts = part(flights, end=end, days=days, rng=np.random.default_rng(1))
    assert parts.shift % WEEK == timedelta()
    for share in (parts.history, parts.winter):
        shifted = share.scheduled + np.timedelta64(parts.shift)
        first, last = (moment.replace(tzinfo=UTC) for moment in (shifted.min().item(), shifted.max().item()))
        assert end - timedelta(days=days) <= first
        assert end - timedelta(hours=8) < last < end  # nothing takes off at night


def test_the_next_flight_comes_after_the_end(flights: Flights, parts: Parts, end: datetime) -> None:
    shifted = flights.scheduled + np.timedelta64(parts.shift)
    taken = len(parts.history) + len(parts.winter)
    before = (shifted < np.datetime64(end.replace(tzinfo=None))) & (
        shifted >= np.datetime64((end - timedelta(days=28)).replace(tzinfo=None))
    )
    assert taken == before.sum()


@pytest.mark.parametrize("days", [0, -3, MOST_DAYS + 1])
def test_a_history_that_the_data_lack_is_refused(flights: Flights, end: datetime, days: int) -> None:
    with pytest.raises(BadInput, match=rf"no history of {days} days: ask for 1 to {MOST_DAYS}"):
        part(flights, end=end, days=days, rng=np.random.default_rng(1))


def test_history_rows_are_in_order_of_time_and_keys(rows: list[PredictionRow], parts: Parts) -> None:
    assert len(rows) == len(parts.history) > 15_000
    assert all(a.timestamp <= b.timestamp for a, b in pairwise(rows))
    assert all(a.id.int >> 80 <= b.id.int >> 80 for a, b in pairwise(rows))
    assert len({row.id for row in rows}) == len(rows)
    assert {(row.id.version, row.id.variant) for row in rows} == {(7, "specified in RFC 4122")}


def test_history_keeps_each_flights_own_schedule(rows: list[PredictionRow]) -> None:
    assert all(row.timestamp.tzinfo is UTC for row in rows)
    local_days = {(row.timestamp - timedelta(hours=5)).strftime("%a") == row.features["day_of_week"] for row in rows}
    assert local_days == {True}


def test_rows_hold_plain_json_values_and_no_nan(rows: list[PredictionRow]) -> None:
    kinds = {"category": {str}, "integer": {int}, "number": {float}}
    seen: dict[str, set[type]] = {name: set() for name in FEATURES}
    for row in rows:
        assert json.loads(json.dumps(row.features, allow_nan=False)) == row.features
        json.dumps(row.prediction_result, allow_nan=False)
        for name, value in row.features.items():
            seen[name].add(type(value))
        assert (type(row.latency_ms), type(row.confidence)) == (float, float)
    assert {name: types - {type(None)} for name, types in seen.items()} == {
        name: kinds[kind] for name, kind in FEATURES.items()
    }
    assert type(None) in seen["pressure"]
    assert type(None) not in seen["carrier"]


def test_the_history_says_nothing_that_outcomes_would_be_missed_for(rows: list[PredictionRow]) -> None:
    assert {(row.predicted_label, row.predicted_score) for row in rows} == {(None, None)}
    assert all(row.prediction_result and 0 <= float(str(row.prediction_result["probability"])) <= 1 for row in rows)


def test_the_answer_agrees_with_its_score(parts: Parts, model: DelayModel, rng: np.random.Generator) -> None:
    for row in answer(request(parts.winter, rng=rng), model, times=parts.winter.scheduled, rng=rng):
        assert row.predicted_score is not None
        assert row.predicted_label == ("late" if row.predicted_score >= 0.5 else "on_time")
        assert row.confidence == max(row.predicted_score, 1 - row.predicted_score)
        assert row.prediction_result == {"late": row.predicted_label == "late", "probability": row.predicted_score}
        assert (row.model_name, row.version, row.environment) == ("flight-delay", "2013.1", "production")
        assert row.status == "success"


def test_healthy_latencies_have_a_median_of_35_ms_and_a_tail(rows: list[PredictionRow]) -> None:
    latencies = np.array([row.latency_ms for row in rows])
    assert 34 < np.median(latencies) < 36
    assert 90 < np.quantile(latencies, 0.99) < 110


def test_the_same_seed_gives_the_same_history(parts: Parts, model: DelayModel, rows: list[PredictionRow]) -> None:
    assert history(parts, model, rng=np.random.default_rng(5)) == rows


def test_a_failed_request_has_inputs_and_no_answer(parts: Parts, model: DelayModel, rng: np.random.Generator) -> None:
    healthy = request(parts.winter.take(np.arange(2)), rng=rng)
    batch = Batch(features=healthy.features, latency_ms=healthy.latency_ms, failed=np.array([True, False]))
    failed, fine = answer(batch, model, times=parts.winter.scheduled[:2], rng=rng)
    assert failed.status == "error"
    assert failed.features["carrier"]
    assert (failed.prediction_result, failed.predicted_label, failed.predicted_score, failed.confidence) == (None,) * 4
    assert (fine.status, fine.predicted_label is None) == ("success", False)


@pytest.mark.parametrize(("late", "label"), [(1.0, "late"), (0.0, "on_time"), (np.nan, None)])
def test_a_flight_that_came_in_has_an_outcome(
    parts: Parts, model: DelayModel, rng: np.random.Generator, late: float, label: str | None
) -> None:
    [row] = answer(request(parts.winter.take(np.arange(1)), rng=rng), model, times=parts.winter.scheduled[:1], rng=rng)
    outcome = turned_out(row, late=late, after=timedelta(seconds=2), rng=rng)
    if label is None:
        assert outcome is None
        return
    assert outcome is not None
    assert (outcome.prediction_id, outcome.label, outcome.timestamp) == (
        row.id,
        label,
        row.timestamp + timedelta(seconds=2),
    )
    assert turned_out(row._replace(predicted_label=None), late=late, after=timedelta(), rng=rng) is None


def test_no_requests_give_no_rows(parts: Parts, model: DelayModel, rng: np.random.Generator) -> None:
    nobody = parts.winter.take(np.arange(0))
    assert answer(request(nobody, rng=rng), model, times=nobody.scheduled, rng=rng) == []
