"""Log predictions as a service does, beside the naive way and beside the bare COPY of the same rows."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import psycopg
from psycopg import sql

from cost import measure
from driftgauge.client import PredictionLogger
from driftgauge.client.finishing import finished
from driftgauge.client.identifiers import new_id
from driftgauge.client.rows import PREDICTIONS
from report import Report

PACED: Final = 10_000
NAIVE: Final = 300
SUSTAINED: Final = 200_000
COPY_ROWS: Final = 5_000
ROUNDS: Final = 15
ROUND_SECONDS: Final = 1.0
AIM_P50_US, AIM_P99_US, AIM_ROWS, AIM_LOSS = 5.0, 50.0, 40_000, 0.10
INSERT: Final = """
INSERT INTO driftgauge.prediction_logs (model_name, version, features, predicted_score, latency_ms)
VALUES ('bench', '1', %s, %s, %s)
"""

Features = dict[str, object]


def run(dsn: str, report: Report) -> None:
    """Measure the call, the stream and the service, each alone."""
    rng = random.Random(7)  # noqa: S311 - no secret
    requests = [_features(rng) for _ in range(1_000)]
    report.say(f"client: {PACED:,} predictions at about 1,000 a second, then {NAIVE} the naive way …")
    logger = PredictionLogger(dsn, model="bench", version="1", on_sigterm=False)

    def call(place: int) -> None:
        logger.log_prediction(requests[place % 1_000], latency_ms=1.5, score=0.5)

    loops = _loops_of_a_millisecond()
    busy = _timed(call, PACED, between=lambda: _work(loops))
    _settled(logger)
    idle = _timed(call, PACED, between=lambda: time.sleep(0.001))
    _settled(logger)
    again = _timed(call, PACED, between=lambda: None)
    _settled(logger)
    encoding = _timed(lambda place: orjson.dumps(requests[place % 1_000]), PACED, between=lambda: _work(loops))
    naive = _timed(lambda place: _naively(dsn, requests[place % 1_000]), NAIVE, between=lambda: _work(loops))
    report.table(
        "client_call",
        f"One call of log_prediction with {len(requests[0])} features, database up, about 1,000 calls a second",
        [
            _call_row("driftgauge, the service works in between", busy)
            | {"aim p50 ≤": AIM_P50_US, "p99 ≤": AIM_P99_US},
            _call_row("driftgauge, the service sleeps in between", idle) | {"aim p50 ≤": None, "p99 ≤": None},
            _call_row("driftgauge, one call after the other", again) | {"aim p50 ≤": None, "p99 ≤": None},
            _call_row("only encoding the features, works", encoding) | {"aim p50 ≤": None, "p99 ≤": None},
            _call_row("a connection and an INSERT each, works", naive) | {"aim p50 ≤": None, "p99 ≤": None},
        ],
    )
    report.say(f"client: {SUSTAINED:,} predictions as fast as they are stored, beside the bare COPY …")
    copied = _copied(dsn, requests)
    stored, cpu = _sustained(logger, requests)
    report.table(
        "client_stream",
        f"{SUSTAINED:,} predictions through one logger, alone on the machine",
        [
            {"what": "bare COPY of such rows, made beforehand", "rows/s": copied, "aim ≥": None, "of the COPY": None},
            {"what": "driftgauge", "rows/s": stored, "aim ≥": AIM_ROWS, "of the COPY": stored / copied},
            {"what": "  … its CPU, µs a row", "rows/s": cpu, "aim ≥": None, "of the COPY": None},
        ],
    )
    report.say(f"client: a service that predicts for 1 ms at a time, {ROUNDS} rounds with and without logging …")
    without, with_logging, loss = _service(logger, requests, loops)
    report.table(
        "client_service",
        "A service that predicts for 1 ms at a time (medians of rounds in turn, and of each pair's loss)",
        [
            {"what": "without logging", "predictions/s": without, "loss": None, "aim ≤": None},
            {"what": "with", "predictions/s": with_logging, "loss": loss, "aim ≤": AIM_LOSS},
        ],
    )
    logger.close(60)


def _features(rng: random.Random) -> Features:
    numeric: Features = {f"feature_{place}": rng.gauss(0, 1) for place in range(20)}
    return numeric | {f"category_{place}": rng.choice(["alpha", "beta", "gamma"]) for place in range(5)}


def _timed(call: Callable[[int], object], calls: int, *, between: Callable[[], object]) -> list[float]:
    """Return the microseconds of each call, with something else in between."""
    took: list[float] = []
    for place in range(calls):
        began = time.perf_counter_ns()
        call(place)
        took.append((time.perf_counter_ns() - began) / 1_000)
        between()
    return took


def _call_row(what: str, took: list[float]) -> dict[str, Any]:
    return {"what": what, "p50 µs": _quantile(took, 0.5), "p99 µs": _quantile(took, 0.99), "largest µs": max(took)}


def _naively(dsn: str, features: Features) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(INSERT, (orjson.dumps(features).decode(), 0.5, 1.5))


def _copied(dsn: str, requests: list[Features]) -> float:
    """Return how many rows a second COPY alone stores, in transactions of `COPY_ROWS`."""
    statement = sql.SQL("COPY driftgauge.{} ({}) FROM STDIN").format(
        sql.Identifier(PREDICTIONS.name), sql.SQL(", ").join(map(sql.Identifier, PREDICTIONS.columns))
    )
    documents = [orjson.dumps(features) for features in requests]
    head, answer = ("bench", "1", "production", datetime.now(UTC)), (None, None, None, 0.5, None, 1.5, "success")
    rows = [
        finished((PREDICTIONS.name, (new_id().int, *head, documents[place % 1_000], *answer, None, None, None), 0))
        for place in range(SUSTAINED)
    ]
    began = time.perf_counter()
    with psycopg.connect(dsn, autocommit=True) as connection:
        for start in range(0, SUSTAINED, COPY_ROWS):
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows[start : start + COPY_ROWS]:
                    copy.write_row(row)
    return SUSTAINED / (time.perf_counter() - began)


def _sustained(logger: PredictionLogger, requests: list[Features]) -> tuple[float, float]:
    """Return rows stored a second, and CPU microseconds of this process a row; the queue is never let run full."""

    def log() -> None:
        for place in range(SUSTAINED):
            if not place % 1_000:
                while logger.stats().queued > 4 * COPY_ROWS:
                    time.sleep(0.005)
            logger.log_prediction(requests[place % 1_000], latency_ms=1.5, score=0.5)
        _settled(logger)

    before = logger.stats().stored
    cost = measure(log)
    if logger.stats().stored - before != SUSTAINED:
        raise SystemExit(f"client: {logger.stats()} after {SUSTAINED:,} predictions")
    return SUSTAINED / cost.wall, cost.client / SUSTAINED * 1e6


def _service(logger: PredictionLogger, requests: list[Features], loops: int) -> tuple[float, float, float]:
    """Return predictions a second without and with logging, and the share lost."""

    def serve(*, logged: bool) -> float:
        done = 0
        end = time.perf_counter() + ROUND_SECONDS
        while time.perf_counter() < end:
            features: Any = requests[done % 1_000]
            if logged:
                with logger.predict(features) as call:
                    call.prediction = _work(loops)
            else:
                _work(loops)
            done += 1
        return done / ROUND_SECONDS

    rounds = [(serve(logged=False), serve(logged=True)) for _ in range(ROUNDS)]
    _settled(logger)
    return (
        statistics.median(plain for plain, _ in rounds),
        statistics.median(logged for _, logged in rounds),
        statistics.median(1 - logged / plain for plain, logged in rounds),
    )


def _work(loops: int) -> float:
    total = 0.0
    for number in range(loops):
        total += number * 0.5
    return total


def _loops_of_a_millisecond() -> int:
    began = time.perf_counter()
    _work(1_000_000)
    return int(1_000_000 / (time.perf_counter() - began) / 1_000)


def _settled(logger: PredictionLogger) -> None:
    if not logger.flush(60):
        raise SystemExit(f"client: not stored within a minute: {logger.stats()}")


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]
