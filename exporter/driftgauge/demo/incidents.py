"""The scripted incidents: what each does to a batch, what must show, and when each happens in a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from driftgauge.demo.expectations import Expectation
from driftgauge.demo.flights import Column
from driftgauge.demo.model import CANARY_LACKS, CANARY_VERSION
from driftgauge.demo.traffic import Batch
from driftgauge.errors import BadInput

SLOWDOWN: Final = 6.0
ERROR_SHARE: Final = 0.2
MISSING_SHARE: Final = 0.6
LEAST_SECONDS: Final = 60

Change = Callable[[Batch, np.random.Generator], Batch]


class Season(StrEnum):
    """Which weeks of 2013 the flights come from."""

    WINTER = "winter"
    SUMMER = "summer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What goes wrong for a while.

    Each of `expected` must hold at some time after the incident starts, and never before;
    `forbidden` must not hold while it lasts.
    """

    name: str
    does: str
    change: Change
    season: Season = Season.WINTER
    expected: tuple[Expectation, ...] = ()
    forbidden: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One incident's time in a run, in seconds from its beginning."""

    incident: Incident
    start: float
    end: float


def unchanged(batch: Batch, _rng: np.random.Generator) -> Batch:
    """Return the batch as it is."""
    return batch


def slow(batch: Batch, _rng: np.random.Generator) -> Batch:
    """Return the batch with each request six times as slow."""
    return replace(batch, latency_ms=batch.latency_ms * SLOWDOWN)


def fail(batch: Batch, rng: np.random.Generator) -> Batch:
    """Return the batch with one request in five failing."""
    return replace(batch, failed=batch.failed | (rng.random(len(batch)) < ERROR_SHARE))


def lose_humidity(batch: Batch, rng: np.random.Generator) -> Batch:
    """Return the batch with the humidity missing in three requests of five."""
    lost = rng.random(len(batch)) < MISSING_SHARE
    return _with_feature(batch, "humid", np.where(lost, np.nan, batch.features["humid"].astype(np.float64)))


def celsius(batch: Batch, _rng: np.random.Generator) -> Batch:
    """Return the batch with the temperature in °C, where the model expects °F."""
    fahrenheit = batch.features["temp"].astype(np.float64)
    return _with_feature(batch, "temp", ((fahrenheit - 32) / 1.8).round(2))


def _with_feature(batch: Batch, name: str, column: Column) -> Batch:
    return replace(batch, features={**batch.features, name: column})


def _drifted(feature: str) -> Expectation:
    return Expectation(
        says=f"{feature} has drifted", metric="ml_feature_drifted", labels={"feature": feature}, above=0.5
    )


HEALTHY: Final = Incident(
    name="healthy",
    does="late-winter flights, as in the reference; a canary answers some",
    change=unchanged,
    expected=(
        Expectation(
            says=f"{CANARY_LACKS} no longer matters to the canary",
            metric="ml_feature_importance_drifted",
            labels={"version": CANARY_VERSION, "feature": CANARY_LACKS},
            above=0.5,
        ),
    ),
    forbidden=(Expectation(says="features have drifted", metric="ml_drifted_features_ratio", above=0.0),),
)
LATENCY: Final = Incident(
    name="latency",
    does=f"every request takes {SLOWDOWN:g} times as long",
    change=slow,
    expected=(
        Expectation(
            says="the mean latency is above 100 ms",
            metric="ml_prediction_latency_seconds_sum",
            per="ml_prediction_latency_seconds_count",
            above=0.1,
        ),
    ),
)
ERRORS: Final = Incident(
    name="errors",
    does=f"{ERROR_SHARE:.0%} of the requests fail",
    change=fail,
    expected=(
        Expectation(
            says="more than 10% of the predictions fail",
            metric="ml_predictions_total",
            labels={"status": "error"},
            per="ml_predictions_total",
            above=0.1,
        ),
    ),
)
MISSING: Final = Incident(
    name="missing feature",
    does=f"humid is missing in {MISSING_SHARE:.0%} of the requests",
    change=lose_humidity,
    expected=(
        Expectation(
            says="more than 5% of humid is missing",
            metric="ml_feature_missing_ratio",
            labels={"feature": "humid"},
            above=0.05,
        ),
        _drifted("humid"),
    ),
)
UNIT: Final = Incident(
    name="unit change",
    does="temp arrives in °C instead of °F",
    change=celsius,
    expected=(
        Expectation(
            says="more than 5% of temp lies outside the reference's range",
            metric="ml_feature_out_of_range_ratio",
            labels={"feature": "temp"},
            above=0.05,
        ),
        _drifted("temp"),
    ),
)
SEASON: Final = Incident(
    name="season",
    does="the flights of early summer: heat, storms, and a model that errs more often",
    change=unchanged,
    season=Season.SUMMER,
    expected=(
        Expectation(
            says="errors are more frequent, by ADWIN",
            metric="ml_concept_drift_detected",
            labels={"detector": "adwin"},
            above=0.5,
        ),
        Expectation(
            says="the Brier score of a cohort is beyond its limit",
            metric="ml_performance_degraded",
            labels={"metric": "brier", "basis": "realised"},
            above=0.5,
        ),
        _drifted("dewp"),
    ),
)
# The last phase gets the most time, as nothing comes after it in which its signal could still show; the unit change
# gets more than the others, as summer's heat shows in the same feature.
SHARES: Final = ((HEALTHY, 20), (LATENCY, 11), (ERRORS, 11), (MISSING, 12), (UNIT, 18), (SEASON, 28))


def timeline(seconds: float) -> tuple[Phase, ...]:
    """Return the phases of a run: one after the other, together `seconds` long.

    Raises
    ------
    BadInput
        If the run is too short for every signal to show.
    """
    if seconds < LEAST_SECONDS:
        raise BadInput(f"a demo of {seconds:g} seconds cannot show every incident: give it at least {LEAST_SECONDS}")
    whole = sum(share for _, share in SHARES)
    phases: list[Phase] = []
    passed = 0
    for incident, share in SHARES:
        phases.append(
            Phase(incident=incident, start=seconds * passed / whole, end=seconds * (passed + share) / whole),
        )
        passed += share
    return tuple(phases)


def phase_at(phases: Sequence[Phase], elapsed: float) -> Phase:
    """Return the phase at so many seconds from the beginning; a run that outlives its phases begins them anew."""
    elapsed %= phases[-1].end
    return next(phase for phase in phases if elapsed < phase.end)
