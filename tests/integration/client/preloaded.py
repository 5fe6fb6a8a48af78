"""A WSGI application whose logger is made before gunicorn forks its workers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from driftgauge.client import PredictionLogger

LOGGER = PredictionLogger(model="churn", close_timeout=20)
for _row in range(int(os.environ["ROWS_BEFORE_FORK"])):
    LOGGER.log_prediction({"row": _row}, latency_ms=1, segment="master")


def app(environ: dict[str, object], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Log a prediction, and answer with its id and the process that logged it."""
    key = LOGGER.log_prediction({"path": environ["PATH_INFO"]}, latency_ms=1, segment="worker")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{key.hex} {os.getpid()}".encode()]
