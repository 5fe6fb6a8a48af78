"""A service that forks while its threads log: its children log, too, and each process answers for its own rows."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType

from driftgauge.client import PredictionLogger

LONGEST = 60  # seconds that a child may take before it counts as deadlocked
TOGETHER = 4
ROWS = 50


def child(logger: PredictionLogger, number: int) -> None:
    """Log, and end with 0 if all of it, and nothing else, is stored."""
    for row in range(ROWS):
        logger.log_prediction({"row": row}, latency_ms=1, segment=f"child {number}")
    logger.close(LONGEST / 2)
    stats = logger.stats()
    os._exit(0 if stats.accepted == stats.stored == ROWS else 3)


def late(number: int, frame: FrameType | None) -> None:
    """End at once, as a test that must not hang."""
    del number, frame
    os._exit(4)


def wait_for(children: list[int]) -> None:
    _, status = os.waitpid(children.pop(0), 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"a child ended with {code}")


def main(dsn: str, forks: int, spool: str | None) -> None:
    logger = PredictionLogger(dsn, model="churn", spool=spool, on_sigterm=False)
    ending = threading.Event()

    def serve() -> None:
        while not ending.wait(0.0005):
            logger.log_prediction({"a": 1}, latency_ms=1, segment="parent")
            logger.stats()

    threads = [threading.Thread(target=serve) for _ in range(3)]
    for thread in threads:
        thread.start()
    children: list[int] = []
    for number in range(forks):
        time.sleep(0.01)
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGALRM, late)
            signal.alarm(LONGEST)
            child(logger, number)
        children.append(pid)
        if len(children) == TOGETHER:
            wait_for(children)
    while children:
        wait_for(children)
    ending.set()
    for thread in threads:
        thread.join()
    logger.close(LONGEST)
    stats = logger.stats()
    print(stats.accepted, stats.stored)  # noqa: T201 - how it answers


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
