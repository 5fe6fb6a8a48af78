"""When, where and how figures were measured, and what they are held against."""

from __future__ import annotations

import inspect
import os
import platform
from datetime import UTC, datetime
from typing import Any, Final

from driftgauge import __version__
from driftgauge.bench.plan import Plan
from driftgauge.client import PredictionLogger
from driftgauge.config import Settings
from driftgauge.costs.figures import Circumstances
from driftgauge.store.trial_schema import read_server

SERVER: Final = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
"""How a Postgres of its own is set: with some memory, and durable as by default."""


def about(conninfo: str, plan: Plan, *, embedded: bool, quick: bool) -> dict[str, Any]:
    """Return what the document says of the measurement."""
    version, name = read_server(conninfo)
    load = os.getloadavg()[0]
    return {
        "at": datetime.now(UTC),
        "program": f"driftgauge {__version__}",
        "machine": {
            "architecture": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load": load,
        },
        "database": {"version": version.split()[0], "name": name, "embedded": embedded},
        "plan": {
            "quick": quick,
            "sizes": list(plan.sizes),
            "rounds": plan.rounds,
            "prediction_ms": plan.prediction_milliseconds,
            "batch_ms": plan.batch_milliseconds,
        },
    }


def circumstances(settings: Settings, *, expected_rate: float | None, expected_models: int | None) -> Circumstances:
    """Return what is expected and configured; the queue is the client's own."""
    queue = inspect.signature(PredictionLogger.__init__).parameters["queue_rows"].default
    return Circumstances(
        expected_rate=expected_rate,
        expected_models=expected_models,
        rollup_every=settings.rollup.every.total_seconds(),
        drift_every=settings.drift.every.total_seconds(),
        slice_rows=settings.rollup.slice_rows,
        max_series=settings.limits.max_series,
        queue_rows=int(queue),
    )
