"""A service that forks a child which ends before it and one which outlives it; it tells which sockets they hold."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from driftgauge.client import PredictionLogger

ROWS = 50


def sockets() -> list[str]:
    """Return the sockets that this process holds."""
    found: list[str] = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            name = str(descriptor.readlink())
        except FileNotFoundError:  # the descriptor by which they are listed
            continue
        if name.startswith("socket:"):
            found.append(name)
    return found


def tell(**told: object) -> None:
    print(json.dumps({"pid": os.getpid(), "sockets": sockets(), **told}), flush=True)  # noqa: T201 - how it answers


def log(logger: PredictionLogger, segment: str) -> None:
    for row in range(ROWS):
        logger.log_prediction({"row": row}, latency_ms=1, segment=segment)


def main(dsn: str, fork_after: float) -> None:
    logger = PredictionLogger(dsn, model="churn", on_sigterm=False, close_timeout=30)
    log(logger, "parent")
    if fork_after:  # while it connects
        time.sleep(fork_after)
    else:
        logger.flush(30)
    before = sockets()
    if not fork_after:
        if not os.fork():
            log(logger, "short-lived child")
            return
        _, status = os.wait()
        assert not status
    if os.fork():
        log(logger, "parent")
        tell(who="parent", before=before, flushed=logger.flush(30), stored=logger.stats().stored)
        time.sleep(60)
    else:
        tell(who="child")
        sys.stdin.read()
        log(logger, "child")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
