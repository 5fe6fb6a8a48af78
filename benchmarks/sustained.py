"""10,000 predictions a second for minutes: client, Postgres and exporter together on one machine, and nothing lost."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, field
from typing import Final

import psycopg

from driftgauge.client import PredictionLogger
from exporting import Exporter, process_seconds, running_exporter, server_seconds
from report import Report

RATE: Final = 10_000
SECONDS: Final = 600
TICK: Final = 0.01
EVERY: Final = 15.0  # seconds of rollup.every, by default
AIM_CYCLES: Final = 2.0
MODEL: Final = "sustained"
SETTLE: Final = 120.0


@dataclass(slots=True)
class Seen:
    """What was looked at each second."""

    lags: list[float] = field(default_factory=list[float])
    queued: list[int] = field(default_factory=list[int])


def run(dsn: str, report: Report, *, seconds: int = SECONDS) -> None:
    """Log at the rate, look at the exporter each second, and count in the end."""
    report.say(f"sustained: {RATE:,} predictions a second of 25 features for {seconds} s …")
    with psycopg.connect(dsn, autocommit=True) as connection, running_exporter(dsn, {}) as exporter:
        [[directory]] = connection.execute("SHOW data_directory").fetchall()
        began = time.perf_counter()
        before = _cpu(exporter, directory)
        seen = Seen()
        logger = PredictionLogger(dsn, model=MODEL, version="1", on_sigterm=False)
        sent = _log(logger, exporter, seen, seconds)
        took = time.perf_counter() - began
        logger.close(60)
        stats = logger.stats()
        counted, waited = _counted(exporter, sent)
        spent = {who: now - before[who] for who, now in _cpu(exporter, directory).items()}
        [[stored]] = connection.execute(
            "SELECT count(*) FROM driftgauge.prediction_logs WHERE model_name = %s", (MODEL,)
        ).fetchall()
        peak = exporter.peak()
    report.table(
        "sustained",
        f"{sent:,} predictions in {took:.0f} s ({sent / took:,.0f} a second), two cores for all three",
        [
            {"what": "sent", "figure": sent, "aim": None},
            {"what": "stored", "figure": stored, "aim": sent},
            {"what": "counted on /metrics", "figure": counted, "aim": sent},
            {"what": "dropped by the client", "figure": sum(stats.dropped.values()), "aim": 0},
            {"what": "most that waited in the client's queue", "figure": max(seen.queued), "aim": None},
            {"what": "longest lag of the roll-up, s", "figure": max(seen.lags), "aim": AIM_CYCLES * EVERY},
            {"what": "until the last was counted, s", "figure": waited, "aim": AIM_CYCLES * EVERY},
            *(
                {"what": f"CPU of {who}, µs a prediction", "figure": seconds_ / sent * 1e6, "aim": None}
                for who, seconds_ in spent.items()
            ),
            {"what": "exporter's most memory, MB", "figure": peak, "aim": None},
        ],
    )


def _cpu(exporter: Exporter, directory: str) -> dict[str, float]:
    return {
        "the client": process_seconds(os.getpid()),
        "the exporter": exporter.cpu(),
        "Postgres": server_seconds(directory),
    }


def _log(logger: PredictionLogger, exporter: Exporter, seen: Seen, seconds: int) -> int:
    rng = random.Random(11)  # noqa: S311 - no secret
    requests = [
        {f"feature_{place}": rng.gauss(0, 1) for place in range(20)}
        | {f"category_{place}": rng.choice(["alpha", "beta", "gamma"]) for place in range(5)}
        for _ in range(1_000)
    ]
    began = looked = time.perf_counter()
    sent = 0
    while (now := time.perf_counter()) - began < seconds:
        due = int((now - began) * RATE)
        while sent < due:
            logger.log_prediction(requests[sent % 1_000], latency_ms=1.5, score=0.5)
            sent += 1
        if now - looked >= 1:
            looked = now
            seen.lags.append(max(exporter.values("driftgauge_rollup_lag_seconds", "table").values(), default=0.0))
            seen.queued.append(logger.stats().queued)
        time.sleep(TICK)
    return sent


def _counted(exporter: Exporter, sent: int) -> tuple[int, float]:
    """Wait until as many predictions as were sent are on /metrics; return how many are, and how long it took."""
    began = time.perf_counter()
    counted = 0
    while counted < sent and time.perf_counter() - began < SETTLE:
        counted = int(exporter.values("ml_predictions_total", "model").get(MODEL, 0))
        time.sleep(0.2)
    return counted, time.perf_counter() - began
