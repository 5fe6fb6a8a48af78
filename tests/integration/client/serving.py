"""A service that is going to be killed: logs without end, and tells each row's id and when it was logged."""

from __future__ import annotations

import os
import sys
import time

from driftgauge.client import PredictionLogger

REST = 0.01  # seconds


def main(dsn: str, spool: str, burst: int) -> None:
    logger = PredictionLogger(dsn, model="churn", spool=spool, write_timeout=1, on_sigterm=False)
    row = 0
    while True:
        told: list[str] = []
        for _ in range(burst):
            row += 1
            key = logger.log_prediction({"row": row, "pid": os.getpid()}, latency_ms=1)
            told.append(f"{key.hex} {time.monotonic()}\n")
        os.write(1, "".join(told).encode())
        time.sleep(REST)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
