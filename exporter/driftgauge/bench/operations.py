"""What logging takes from an operation: predicting one by one, scoring a batch, training."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from driftgauge.bench.logging_costs import Request, make_requests, settle
from driftgauge.bench.place import FEATURES, Place
from driftgauge.bench.plan import Plan
from driftgauge.client import PredictionLogger
from driftgauge.costs.figures import OperationCost
from driftgauge.costs.spread import spread

Floats = npt.NDArray[np.float64]
BATCH: Final = 1_000
TRAINING_ROWS: Final = 20_000
STEP: Final = 0.1
MIDDLE: Final = 0.5
TRIES: Final = 200
METRICS: Final = ("loss", "accuracy", "gradient")


class Network:
    """A small network, whose arithmetic is what a service does with its time."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Draw the weights."""
        self.first: Floats = rng.normal(size=(FEATURES[0], 256)) / 10
        self.second: Floats = rng.normal(size=256) / 10

    def score(self, rows: Floats) -> Floats:
        """Return the scores of some rows."""
        hidden = np.maximum(rows @ self.first, 0.0)
        return 1.0 / (1.0 + np.exp(-(hidden @ self.second)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    """One operation: `run` does it so many times, and logs or does not."""

    name: str
    unit: str
    times: int
    units_a_time: int
    run: Callable[[int, bool], None]


def measure_operations(place: Place, plan: Plan, logger: PredictionLogger) -> tuple[OperationCost, ...]:
    """Do each operation in rounds, without logging and with it in turn."""
    rng = np.random.default_rng(7)
    network, requests = Network(rng), make_requests()
    return tuple(
        _measure(place, plan, logger, operation)
        for operation in (
            _prediction(plan, network, requests, logger),
            _inference(plan, network, rng, logger),
            _training(plan, rng, logger),
        )
    )


def _measure(place: Place, plan: Plan, logger: PredictionLogger, operation: _Operation) -> OperationCost:
    pairs: list[tuple[float, float]] = []
    units = operation.times * operation.units_a_time
    with place.steps.step("operations", f"{operation.name}, {units:,} {operation.unit} with and without logging"):
        for number in range(plan.rounds + 1):
            rates: dict[bool, float] = {}
            for logged in (False, True) if number % 2 else (True, False):
                began = time.perf_counter()
                operation.run(operation.times, logged)
                rates[logged] = units / (time.perf_counter() - began)
                settle(logger)
            if number:
                pairs.append((rates[False], rates[True]))
    return OperationCost(
        operation=operation.name,
        unit=operation.unit,
        without=spread(plain for plain, _ in pairs),
        logged=spread(logged for _, logged in pairs),
        loss=spread(1 - logged / plain for plain, logged in pairs),
    )


def _prediction(plan: Plan, network: Network, requests: list[Request], logger: PredictionLogger) -> _Operation:
    """Predict one row a time, for about as long as was asked for."""
    row = np.ones((1, FEATURES[0]))
    began = time.perf_counter()
    for _ in range(TRIES):
        network.score(row)
    repeats = max(round(plan.prediction_milliseconds / 1000 / ((time.perf_counter() - began) / TRIES)), 1)

    def run(times: int, logged: bool) -> None:  # noqa: FBT001 - passed by the one caller
        for number in range(times):
            request = requests[number % len(requests)]
            started = time.perf_counter()
            score: Floats = network.score(row)
            for _ in range(repeats - 1):
                score = network.score(row)
            if logged:
                logger.log_prediction(request, score=float(score[0]), latency_ms=(time.perf_counter() - started) * 1000)

    return _Operation(name="prediction", unit="predictions", times=plan.predictions, units_a_time=1, run=run)


def _inference(plan: Plan, network: Network, rng: np.random.Generator, logger: PredictionLogger) -> _Operation:
    """Score a batch a time; all of its rows are logged by one call."""
    batch: Floats = rng.normal(size=(BATCH, FEATURES[0]))
    names = [f"feature_{place}" for place in range(1, FEATURES[0] + 1)]

    def run(times: int, logged: bool) -> None:  # noqa: FBT001 - passed by the one caller
        for _ in range(times):
            started = time.perf_counter()
            scores = network.score(batch)
            if logged:
                latency = (time.perf_counter() - started) * 1000 / BATCH
                logger.log_predictions(batch, names=names, score=scores, latency_ms=latency)

    return _Operation(name="inference", unit="rows", times=plan.batches, units_a_time=BATCH, run=run)


def _training(plan: Plan, rng: np.random.Generator, logger: PredictionLogger) -> _Operation:
    """Train a logistic regression for some epochs; three metrics are logged after each."""
    rows: Floats = rng.normal(size=(TRAINING_ROWS, FEATURES[0]))
    labels: Floats = (rows[:, 0] + rng.normal(size=TRAINING_ROWS) > 0).astype(np.float64)

    def run(times: int, logged: bool) -> None:  # noqa: FBT001 - passed by the one caller
        weights: Floats = np.zeros(FEATURES[0])
        for _ in range(times):
            scores: Floats = 1.0 / (1.0 + np.exp(-(rows @ weights)))
            gradient: Floats = rows.T @ (scores - labels) / TRAINING_ROWS
            weights -= STEP * gradient
            if logged:
                error = float(np.mean((scores - labels) ** 2))
                right = float(np.mean((scores > MIDDLE) == (labels > MIDDLE)))
                found = (error, right, float(np.mean(gradient**2)))
                for name, value in zip(METRICS, found, strict=True):
                    logger.log_metric(name, value)

    return _Operation(name="training", unit="epochs", times=plan.epochs, units_a_time=1, run=run)
