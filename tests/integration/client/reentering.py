"""A service that logs where nobody expects it: in finalizers, and in signal handlers, in the midst of everything."""

from __future__ import annotations

import faulthandler
import gc
import json
import signal
import sys
import time
from types import FrameType

from driftgauge.client import PredictionLogger

DEADLOCKED = 100  # seconds
SIGNALS_EVERY = 0.0005  # seconds


class Node:
    """Part of a cycle, which only the garbage collector ends; logs then."""

    logged = 0

    def __init__(self, logger: PredictionLogger) -> None:
        self._logger = logger
        self._cycle = self

    def __del__(self) -> None:
        """Log, and look at the books, wherever the collector was called."""
        self._logger.log_prediction({"from": "finalizer"}, latency_ms=1)
        Node.logged += 1
        if Node.logged % 50 == 0:
            self._logger.stats()


def collect_often(logger: PredictionLogger, seconds: float) -> int:
    """Log beside finalizers that log; return how many rows that made."""
    gc.set_threshold(1)
    rows = 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        Node(logger)
        logger.log_prediction({"from": "main"}, latency_ms=1)
        rows += 1
        if rows % 20 == 0:
            logger.stats()
        if rows % 500 == 0 and not logger.flush(30):
            sys.exit("not flushed")
    gc.set_threshold(700)
    gc.collect()
    return rows + Node.logged


def interrupt_often(logger: PredictionLogger, seconds: float) -> int:
    """Log beside a signal handler that logs; return how many rows that made."""
    handled = 0

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal handled
        del number, frame
        logger.log_prediction({"from": "handler"}, latency_ms=1)
        handled += 1

    signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, SIGNALS_EVERY, SIGNALS_EVERY)
    rows = 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        logger.log_prediction({"from": "main"}, latency_ms=1)
        rows += 1
        logger.stats()
        if rows % 200 == 0 and not logger.flush(30):
            sys.exit("not flushed")
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    return rows + handled


def main(way: str, dsn: str, seconds: float, spool: str | None) -> None:
    faulthandler.dump_traceback_later(seconds + DEADLOCKED, exit=True)
    logger = PredictionLogger(dsn, model="churn", spool=spool, on_sigterm=False)
    rows = {"finalizers": collect_often, "signals": interrupt_often}[way](logger, seconds)
    flushed = logger.flush(60)
    stats = logger.stats()
    told = {"rows": rows, "flushed": flushed, "accepted": stats.accepted, "stored": stats.stored}
    print(json.dumps(told))  # noqa: T201 - how it answers
    logger.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else None)
