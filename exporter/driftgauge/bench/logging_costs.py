"""What logging costs the thread that logs, by the client and by hand, and how fast the client's rows are stored."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from driftgauge.bench.place import FEATURES, Place
from driftgauge.bench.plan import Plan
from driftgauge.bench.timing import microseconds_of_calls
from driftgauge.client import PredictionLogger
from driftgauge.costs.figures import ClientStream, LoggingCost, Way
from driftgauge.costs.spread import Spread, percentile, spread
from driftgauge.errors import SetupError
from driftgauge.store.trial_rows import Row, by_hand

MODEL: Final = "bench_logged"
VARIETY: Final = 1_000
MANY_ROWS, COPY_ROWS = 100, 1_000
"""As many rows has a call that inserts many, or copies."""
FLUSH_SECONDS: Final = 60.0
MOST_QUEUED: Final = 10_000
PAUSE_SECONDS: Final = 0.002

Request = dict[str, Any]


def make_requests() -> list[Request]:
    """Return requests with as many features as all that is measured has."""
    rng = random.Random(7)  # noqa: S311 - no secret
    numeric, categorical = FEATURES
    return [
        {f"feature_{place}": rng.gauss(0, 1) for place in range(1, numeric + 1)}
        | {f"category_{place}": rng.choice(["alpha", "beta", "gamma"]) for place in range(1, categorical + 1)}
        for _ in range(VARIETY)
    ]


def open_logger(place: Place) -> PredictionLogger:
    """Return a logger that writes into the place, with the client's own limits."""
    return PredictionLogger(place.conninfo, model=MODEL, schema=place.schema, on_sigterm=False)


def measure_logging(place: Place, plan: Plan, logger: PredictionLogger) -> tuple[LoggingCost, ...]:
    """Measure each way of logging: calls one after the other, in rounds."""
    requests = make_requests()
    found: list[LoggingCost] = []

    def nothing(number: int) -> None:
        del number

    def client(number: int) -> None:
        logger.log_prediction(requests[number % VARIETY], latency_ms=1.5, score=0.5)

    with place.steps.step("logging", "nothing, and by the client"):
        found.append(_measure(Way.NOTHING, nothing, plan.calls, 1, plan.rounds))
        found.append(_measure(Way.CLIENT, client, plan.calls, 1, plan.rounds, settle=lambda: settle(logger)))
    with by_hand(place.conninfo, place.schema) as writer:
        ways: list[tuple[Way, Callable[[int], object], int, int]] = [
            (Way.INSERT, lambda number: writer.insert_one(_row(requests[number % VARIETY])), plan.calls_by_hand, 1),
            (
                Way.EXECUTEMANY,
                lambda _: writer.insert_many([_row(one) for one in requests[:MANY_ROWS]]),
                max(plan.calls_by_hand // 10, 5),
                MANY_ROWS,
            ),
            (
                Way.COPY,
                lambda _: writer.copy([_row(one) for one in requests[:COPY_ROWS]]),
                max(plan.calls_by_hand // 20, 5),
                COPY_ROWS,
            ),
        ]
        for way, call, calls, rows in ways:
            with place.steps.step("logging", f"by {way}, {rows:,} rows a call"):
                found.append(_measure(way, call, calls, rows, plan.rounds))
    return tuple(found)


def measure_stream(place: Place, plan: Plan, logger: PredictionLogger) -> ClientStream:
    """Give the client rows as fast as its queue takes them, and see how fast Postgres has them.

    What it counts of rows dropped is of all that the logger was ever given.
    """
    requests = make_requests()
    rates: list[float] = []
    with place.steps.step("logging", f"{plan.stream_rows:,} rows until they are stored"):
        for _ in range(plan.rounds + 1):
            began, stored = time.perf_counter(), logger.stats().stored
            for number in range(plan.stream_rows):
                if not number % VARIETY:
                    _wait_for_room(logger)
                logger.log_prediction(requests[number % VARIETY], latency_ms=1.5, score=0.5)
            settle(logger)
            rates.append((logger.stats().stored - stored) / (time.perf_counter() - began))
    stats = logger.stats()
    return ClientStream(
        accepted=stats.accepted, stored=stats.stored, dropped=sum(stats.dropped.values()), rate=spread(rates[1:])
    )


def _wait_for_room(logger: PredictionLogger) -> None:
    """Let the queue never run full: what is measured is how fast rows are stored, not what a burst loses."""
    while logger.stats().queued > MOST_QUEUED:
        time.sleep(PAUSE_SECONDS)


def settle(logger: PredictionLogger) -> None:
    """Wait until all that was logged is stored.

    Raises
    ------
    SetupError
        If that takes longer than a minute.
    """
    if not logger.flush(FLUSH_SECONDS):
        waiting = logger.stats().queued
        raise SetupError(
            f"{waiting:,} logged rows are not stored after {FLUSH_SECONDS:g} s: see the server's load and its log"
        )


def _measure(
    way: Way,
    call: Callable[[int], object],
    calls: int,
    rows: int,
    rounds: int,
    *,
    settle: Callable[[], None] = lambda: None,
) -> LoggingCost:
    """Measure rounds of calls, after one that is not counted."""
    p50s: list[float] = []
    p99s: list[float] = []
    rates: list[float] = []
    for number in range(rounds + 1):
        took = microseconds_of_calls(call, calls)
        settle()
        if number:
            p50s.append(percentile(took, 0.5))
            p99s.append(percentile(took, 0.99))
            rates.append(_rate(took, rows))
    return LoggingCost(
        way=way, rows_a_call=rows, calls=calls, p50=spread(p50s), p99=spread(p99s), rate=Spread(rounds=tuple(rates))
    )


def _rate(took: Sequence[float], rows: int) -> float:
    return rows * len(took) / (sum(took) / 1e6)


def _row(request: Request) -> Row:
    """Return a row as a service makes it that writes by hand: encoding belongs to what it costs."""
    return MODEL, "by hand", orjson.dumps(request).decode(), 0.5, 1.5
