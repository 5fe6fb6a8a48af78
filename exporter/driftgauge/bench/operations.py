"""What logging takes from an operation: predicting one by one, scoring a batch, training."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from driftgauge.bench.logging_costs import Request, make_requests, settle
from driftgauge.bench.place import FEATURES, Place
from driftgauge.bench.plan import Plan
from driftgauge.bench.timing import seconds
from driftgauge.client import PredictionLogger
from driftgauge.costs.figures import OperationCost
from driftgauge.costs.spread import spread

T = TypeVar("T")
Floats = npt.NDArray[np.float64]
BATCH: Final = 1_000
TRAINING_ROWS: Final = 20_000
STEP: Final = 0.1
MIDDLE: Final = 0.5
TRIES: Final = 50
EPOCH_MILLISECONDS: Final = 50.0


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
    row: Floats = np.ones((1, FEATURES[0]))
    repeats = _repeats(lambda: network.score(row), plan.prediction_milliseconds)

    def run(times: int, logged: bool) -> None:  # noqa: FBT001 - passed by the one caller
        for number in range(times):
            started = time.perf_counter()
            score = _last(lambda: network.score(row), repeats)
            if logged:
                latency = (time.perf_counter() - started) * 1000
                logger.log_prediction(requests[number % len(requests)], score=float(score[0]), latency_ms=latency)

    return _Operation(name="prediction", unit="predictions", times=plan.predictions, units_a_time=1, run=run)


def _inference(plan: Plan, network: Network, rng: np.random.Generator, logger: PredictionLogger) -> _Operation:
    """Score a batch a time, for about as long as was asked for; all of its rows are logged by one call."""
    batch: Floats = rng.normal(size=(BATCH, FEATURES[0]))
    names = [f"feature_{place}" for place in range(1, FEATURES[0] + 1)]
    repeats = _repeats(lambda: network.score(batch), plan.batch_milliseconds)

    def run(times: int, logged: bool) -> None:  # noqa: FBT001 - passed by the one caller
        for _ in range(times):
            started = time.perf_counter()
            scores = _last(lambda: network.score(batch), repeats)
            if logged:
                latency = (time.perf_counter() - started) * 1000 / BATCH
                logger.log_predictions(batch, names=names, score=scores, latency_ms=latency)

    return _Operation(name="inference", unit="rows", times=plan.batches, units_a_time=BATCH, run=run)


def _training(plan: Plan, rng: np.random.Generator, logger: PredictionLogger) -> _Operation:
    """Train a logistic regression, many steps an epoch; three metrics are logged after each epoch."""
    regression = _Regression(rng)
    repeats = _repeats(regression.step, EPOCH_MILLISECONDS)

    def run(times: int, logged: bool) -> None:  # noqa: FBT001 - passed by the one caller
        regression.forget()
        for _ in range(times):
            loss = _last(regression.step, repeats)
            if logged:
                logger.log_metric("loss", loss)
                logger.log_metric("accuracy", regression.accuracy)
                logger.log_metric("steps", repeats)

    return _Operation(name="training", unit="epochs", times=plan.epochs, units_a_time=1, run=run)


class _Regression:
    """A logistic regression on rows that were drawn once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rows: Floats = rng.normal(size=(TRAINING_ROWS, FEATURES[0]))
        self._labels: Floats = (self._rows[:, 0] + rng.normal(size=TRAINING_ROWS) > 0).astype(np.float64)
        self._weights: Floats = np.zeros(FEATURES[0])
        self.accuracy = 0.0

    def forget(self) -> None:
        """Start anew."""
        self._weights = np.zeros(FEATURES[0])

    def step(self) -> float:
        """Go down the gradient, and return the loss."""
        scores: Floats = 1.0 / (1.0 + np.exp(-(self._rows @ self._weights)))
        errors: Floats = scores - self._labels
        self._weights = self._weights - STEP * (self._rows.T @ errors) / TRAINING_ROWS
        self.accuracy = float(np.mean(np.abs(errors) < MIDDLE))
        return float(np.mean(errors**2))


def _repeats(once: Callable[[], object], milliseconds: float) -> int:
    """Return how often something must be done to take so long; the quickest of some tries counts."""
    once()
    least = min(seconds(once) for _ in range(TRIES))
    return max(round(milliseconds / 1000 / least), 1)


def _last(once: Callable[[], T], times: int) -> T:
    """Do something so many times, at least once, and return the last result."""
    for _ in range(times - 1):
        once()
    return once()
