from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from driftgauge.demo.flights import FEATURES
from driftgauge.demo.incidents import (
    ERRORS,
    HEALTHY,
    LATENCY,
    LEAST_SECONDS,
    MISSING,
    SEASON,
    UNIT,
    Incident,
    Season,
    phase_at,
    timeline,
)
from driftgauge.demo.model import CANARY_VERSION
from driftgauge.demo.traffic import Batch, Parts, request
from driftgauge.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS_OF_A_BATCH = {"latency", "failed", *FEATURES}


@pytest.fixture
def batch(parts: Parts, rng: np.random.Generator) -> Batch:
    return request(parts.winter.take(np.arange(5_000)), rng=rng)


def everything(batch: Batch) -> dict[str, NDArray[np.generic]]:
    return {"latency": batch.latency_ms, "failed": batch.failed, **batch.features}


@pytest.mark.parametrize(
    ("incident", "changed"),
    [
        (HEALTHY, set[str]()),
        (LATENCY, {"latency"}),
        (ERRORS, {"failed"}),
        (MISSING, {"humid"}),
        (UNIT, {"temp"}),
        (SEASON, set[str]()),
    ],
    ids=lambda value: value.name if isinstance(value, Incident) else "",
)
def test_an_incident_changes_what_it_says_and_nothing_else(
    incident: Incident, changed: set[str], batch: Batch, rng: np.random.Generator
) -> None:
    before = {name: column.copy() for name, column in everything(batch).items()}
    after = everything(incident.change(batch, rng))
    assert set(after) == PARTS_OF_A_BATCH
    assert {name for name in after if not pd.Series(after[name]).equals(pd.Series(before[name]))} == changed
    for name, column in everything(batch).items():
        assert pd.Series(column).equals(pd.Series(before[name])), f"{name} was changed in place"


def test_latency_is_six_times_as_long(batch: Batch, rng: np.random.Generator) -> None:
    assert np.allclose(LATENCY.change(batch, rng).latency_ms / batch.latency_ms, 6)


def test_one_request_in_five_fails(batch: Batch, rng: np.random.Generator) -> None:
    assert 0.18 < ERRORS.change(batch, rng).failed.mean() < 0.22


def test_humidity_goes_missing_in_three_of_five_and_is_else_unchanged(batch: Batch, rng: np.random.Generator) -> None:
    before, after = (np.asarray(b.features["humid"], np.float64) for b in (batch, MISSING.change(batch, rng)))
    assert 0.58 < np.isnan(after).mean() < 0.63
    kept = ~np.isnan(after)
    assert np.array_equal(after[kept], before[kept])


def test_temperature_turns_celsius(batch: Batch, rng: np.random.Generator) -> None:
    before, after = (np.asarray(b.features["temp"], np.float64) for b in (batch, UNIT.change(batch, rng)))
    assert np.allclose(after * 1.8 + 32, before, atol=0.01, equal_nan=True)


def test_only_the_season_changes_the_flights(parts: Parts) -> None:
    assert SEASON.season is Season.SUMMER
    assert all(incident.season is Season.WINTER for incident in (HEALTHY, LATENCY, ERRORS, MISSING, UNIT))
    assert np.nanmin(np.asarray(parts.summer.features["temp"], np.float64)) > np.nanmax(
        np.asarray(parts.winter.features["temp"], np.float64)
    )


@pytest.mark.parametrize("seconds", [LEAST_SECONDS, 90, 97.3, 3_600])
def test_the_timeline_covers_the_run_without_gap_or_overlap(seconds: float) -> None:
    phases = timeline(seconds)
    assert phases[0].start == 0
    assert phases[-1].end == pytest.approx(seconds)
    assert [phase.end for phase in phases[:-1]] == [phase.start for phase in phases[1:]]
    assert all(phase.end - phase.start >= 0.1 * seconds for phase in phases)
    assert [phase.incident for phase in phases] == [HEALTHY, LATENCY, ERRORS, MISSING, UNIT, SEASON]


def test_every_incident_expects_a_signal_and_health_no_drift_but_that_of_the_canary() -> None:
    assert all(phase.incident.expected for phase in timeline(90))
    assert [expectation.labels["version"] for expectation in HEALTHY.expected] == [CANARY_VERSION]
    assert HEALTHY.forbidden


def test_no_two_incidents_expect_the_same_signal() -> None:
    signals = [
        (expectation.metric, tuple(expectation.labels.items()))
        for phase in timeline(90)
        for expectation in phase.incident.expected
    ]
    assert len(set(signals)) == len(signals)


def test_the_last_phase_is_long_enough_for_its_own_signal() -> None:
    *_, last = timeline(90)
    assert last.end - last.start >= 25


def test_a_run_that_is_too_short_is_refused() -> None:
    with pytest.raises(BadInput, match="a demo of 30 seconds cannot show every incident: give it at least 60"):
        timeline(30)


def test_the_phase_is_found_by_time_and_the_script_begins_anew() -> None:
    phases = timeline(100)
    assert [phase_at(phases, second).incident.name for second in (0, 19.9, 20, 50, 99.9)] == [
        "healthy",
        "healthy",
        "latency",
        "missing feature",
        "season",
    ]
    assert phase_at(phases, 100).incident is HEALTHY
    assert phase_at(phases, 225).incident is LATENCY
