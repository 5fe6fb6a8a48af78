"""A service whose disk takes no more than a little, and whose database is away."""

from __future__ import annotations

import json
import resource
import sys
import time

from driftgauge.client import PredictionLogger
from integration.client.flooding import AWAY, told

ROWS = 2_000
ROOM = 100_000  # bytes that a file may have


def main(spool: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))
    logger = PredictionLogger(AWAY, model="churn", spool=spool, on_sigterm=False, close_timeout=1)
    for row in range(ROWS):
        logger.log_prediction({"row": row}, latency_ms=1)
        if row % 100 == 0:
            time.sleep(0.05)
    logger.close()
    print(json.dumps(dict(told(logger))))  # noqa: T201 - how it answers


if __name__ == "__main__":
    main(sys.argv[1])
