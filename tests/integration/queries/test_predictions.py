"""The summary of predictions is exact, of the model and hours asked for, and no odd latency spoils it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from driftgauge.queries import PredictionSummary, prediction_summary
from integration.queries.conftest import HOUR, TICK

if TYPE_CHECKING:
    from integration.queries.conftest import Shelf

ODD = (math.nan, math.inf, -math.inf, -0.001, 1e308, 1e308)


def log(shelf: Shelf, latencies: list[float], **columns: object) -> None:
    for latency in latencies:
        shelf.put("prediction_logs", **({"timestamp": shelf.now - HOUR, "latency_ms": latency} | columns))


def test_the_figures_are_those_of_numpy(shelf: Shelf) -> None:
    latencies = np.random.default_rng(5).lognormal(3, 1, 500)
    log(shelf, latencies[:450].tolist())
    log(shelf, latencies[450:490].tolist(), status="error")
    log(shelf, latencies[490:].tolist(), status="timeout")
    found = prediction_summary(shelf.connection, "churn")
    assert (found.total, found.success, found.error, found.timed) == (500, 450, 40, 500)
    assert found.success_rate == 0.9
    assert found.mean_latency_ms == pytest.approx(float(latencies.mean()), rel=1e-12)
    assert found.p95_latency_ms == pytest.approx(float(np.percentile(latencies, 95)), rel=1e-12)
    assert (found.min_latency_ms, found.max_latency_ms) == (latencies.min(), latencies.max())


@pytest.mark.parametrize("sane", [[], [0.0, 4.0, 10.0]])
def test_latencies_that_cannot_be_right_count_as_predictions_only(shelf: Shelf, sane: list[float]) -> None:
    log(shelf, [*sane, *ODD])
    found = prediction_summary(shelf.connection, "churn")
    assert (found.total, found.success, found.timed) == (len(sane) + len(ODD), len(sane) + len(ODD), len(sane))
    figures = (found.mean_latency_ms, found.p95_latency_ms, found.min_latency_ms, found.max_latency_ms)
    if sane:
        assert figures == pytest.approx((14 / 3, float(np.percentile(sane, 95)), 0, 10))
    else:
        assert figures == (None, None, None, None)


def test_no_predictions_are_none_and_no_rate(shelf: Shelf) -> None:
    found = prediction_summary(shelf.connection, "churn")
    assert found == PredictionSummary(
        total=0,
        success=0,
        error=0,
        timed=0,
        mean_latency_ms=None,
        p95_latency_ms=None,
        min_latency_ms=None,
        max_latency_ms=None,
    )
    assert found.success_rate is None


def test_the_hours_end_now_and_begin_just_after_their_start(shelf: Shelf) -> None:
    for place, moment in enumerate(
        (shelf.now - 3 * HOUR, shelf.now - 3 * HOUR + TICK, shelf.now, shelf.now + TICK, shelf.now + HOUR)
    ):
        log(shelf, [float(place)], timestamp=moment)
    found = prediction_summary(shelf.connection, "churn", hours=3)
    assert (found.total, found.min_latency_ms, found.max_latency_ms) == (2, 1, 2)
    assert prediction_summary(shelf.connection, "churn", hours=3.001).total == 3


def test_only_the_model_that_was_asked_for_is_counted(shelf: Shelf) -> None:
    log(shelf, [1.0] * 8, model_name="other")
    log(shelf, [1.0] * 4, version="2")
    log(shelf, [1.0] * 2, environment="staging")
    log(shelf, [1.0])
    ask = shelf.connection, "churn"
    assert prediction_summary(*ask).total == 7
    assert prediction_summary(*ask, version="1").total == 3
    assert prediction_summary(*ask, environment="production").total == 5
    assert prediction_summary(*ask, version="1", environment="production").total == 1
    assert prediction_summary(*ask, version="9").total == 0
