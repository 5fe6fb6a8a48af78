"""A service whose database is down: logs far more than memory may hold, and tells how much it took."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from driftgauge.client import PredictionLogger

AWAY = "host=127.0.0.1 port=1 user=nobody connect_timeout=1"
WARM_UP = 100


def resident() -> int:
    """Return the bytes that this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


def kinds(row: int) -> dict[str, dict[str, object]]:
    """Return what to log, by kind: few bytes, a usual row, and text that takes more memory than it has characters."""
    return {
        "small": {"features": {"a": row}},
        "usual": {
            "features": {f"feature_{number}": row * 1.1 + number for number in range(20)},
            "prediction": "late",
            "score": row / 7,
            "confidence": row / 9,
            "user_id": f"user {row}",
            "segment": f"segment {row}",
        },
        "long": {"features": {"text": f"{row}" + "x" * 20_000}},
        "emoji": {"features": {"a": row}, "prediction": f"{row}" + "\U0001f600" * 2_000, "user_id": f"{row}é"},
    }


def flood(logger: PredictionLogger, kind: str, rows: int) -> None:
    for row in range(rows):
        if kind == "explained" and row % 2:
            continue  # each of the others makes two rows
        if kind == "explained":
            logger.log_shap_values(uuid4(), {"age": row * 1.5}, base_value=row / 3, feature_values={"age": row})
        else:
            logger.log_prediction(latency_ms=row * 0.5, **kinds(row)[kind])  # pyright: ignore[reportArgumentType] - any keywords


def told(logger: PredictionLogger) -> Iterator[tuple[str, object]]:
    stats = logger.stats()
    yield "accepted", stats.accepted
    yield "queued", stats.queued
    yield "spooled", stats.spooled
    yield "stored", stats.stored
    yield "dropped", {reason.value: rows for reason, rows in stats.dropped.items() if rows}


def main(kind: str, rows: int, spool: str | None) -> None:
    logger = PredictionLogger(AWAY, model="churn", queue_rows=10_000_000, spool=spool, on_sigterm=False)
    flood(logger, kind, WARM_UP)
    logger.flush(1)
    before = resident()
    flood(logger, kind, rows)
    grown = resident() - before
    print(json.dumps({"grown": grown, **dict(told(logger))}))  # noqa: T201 - how it answers
    logger.close(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
