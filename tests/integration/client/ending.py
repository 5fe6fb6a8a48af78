"""A service that ends, in the way that its first argument names, right after it has logged."""

from __future__ import annotations

import atexit
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from types import FrameType

from driftgauge.client import PredictionLogger

ROWS = 300
CHILDREN = 3
BEFORE_SIGNAL = 0.05  # seconds: less than the background rests


def log(logger: PredictionLogger, rows: int = ROWS) -> None:
    for row in range(rows):
        logger.log_prediction({"row": row}, latency_ms=1)


def by_returning(logger: PredictionLogger) -> None:
    log(logger)


def by_exit(logger: PredictionLogger) -> None:
    log(logger)
    sys.exit(7)


def by_an_exception(logger: PredictionLogger) -> None:
    log(logger)
    raise LookupError("nobody catches this")


def by_returning_with_rows_of_an_exit_handler(logger: PredictionLogger) -> None:
    log(logger, ROWS - 1)
    atexit.register(log, logger, 1)


def by_returning_from_a_thread(logger: PredictionLogger) -> None:
    threading.Thread(target=log, args=(logger,)).start()


def by_returning_where_no_thread_starts(logger: PredictionLogger) -> None:
    threading.Thread.start = no_thread
    log(logger)


def no_thread(self: threading.Thread) -> None:
    del self
    raise RuntimeError("can't start new thread")


def by_returning_with_more_loggers(logger: PredictionLogger) -> None:
    """Return while four loggers have rows that nobody takes."""
    for name in ("second", "third", "fourth"):
        log(PredictionLogger("host=127.0.0.1 port=1", model=name, close_timeout=2))
    log(logger)


def by_sigterm(logger: PredictionLogger) -> None:
    log(logger)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


def by_sigterm_amid_everything(logger: PredictionLogger) -> None:
    """Be told to end while the main thread looks at the books without rest."""
    log(logger)
    threading.Timer(BEFORE_SIGNAL, os.kill, (os.getpid(), signal.SIGTERM)).start()
    while True:
        logger.stats()


def by_sigterm_in_flush(logger: PredictionLogger) -> None:
    log(logger)
    threading.Timer(BEFORE_SIGNAL, os.kill, (os.getpid(), signal.SIGTERM)).start()
    while True:
        logger.flush(1)
        log(logger, 1)


def by_a_handler_of_its_own(logger: PredictionLogger) -> None:
    """Keep the handler that was there before the logger."""
    log(logger)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


def with_spawned_children(logger: PredictionLogger) -> None:
    log(logger)
    context = multiprocessing.get_context("spawn")
    run([context.Process(target=log_by_oneself, args=(sys.argv[2],)) for _ in range(CHILDREN)])


def with_forked_children(logger: PredictionLogger) -> None:
    log(logger)
    context = multiprocessing.get_context("fork")
    run([context.Process(target=log, args=(logger,)) for _ in range(CHILDREN)])


def run(children: Sequence[BaseProcess]) -> None:
    for child in children:
        child.start()
    for child in children:
        child.join()
    sys.exit(max(child.exitcode or 0 for child in children))


def with_a_forked_child_that_is_terminated(logger: PredictionLogger) -> None:
    log(logger)
    child = multiprocessing.get_context("fork").Process(target=log_and_wait, args=(logger,))
    child.start()
    time.sleep(1)
    child.terminate()
    child.join()
    sys.exit(0 if child.exitcode == -signal.SIGTERM else 9)


def log_by_oneself(dsn: str) -> None:
    log(PredictionLogger(dsn, model="churn"))


def log_and_wait(logger: PredictionLogger) -> None:
    log(logger)
    time.sleep(60)


def by_closing(logger: PredictionLogger) -> None:
    """Close within the time that was set, and tell what became of the rows."""
    log(logger)
    started = time.monotonic()
    logger.close()
    stats = logger.stats()
    told = {
        "took": time.monotonic() - started,
        "stored": stats.stored,
        "spooled": stats.spooled,
        "dropped": {reason.value: rows for reason, rows in stats.dropped.items() if rows},
    }
    print(json.dumps(told))  # noqa: T201 - how it answers


def handle(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(5)


def main() -> None:
    way, dsn, close_timeout, *spool = sys.argv[1:]
    if way == "by_a_handler_of_its_own":
        signal.signal(signal.SIGTERM, handle)
    logger = PredictionLogger(dsn, model="churn", close_timeout=float(close_timeout), spool=spool[0] if spool else None)
    globals()[way](logger)


if __name__ == "__main__":
    main()
