"""What is exported of how far a log table is read."""

from __future__ import annotations

from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.store.horizon import Holder


def progress_samples(
    table: str,
    *,
    processed: int,
    quarantined: int,
    lag_seconds: float,
    held_by: Holder | None,
    reason: str = "timestamp",
) -> list[AnySample]:
    """Return how far a table is read, and which writer holds that up, if one does; `reason` is that of quarantine."""
    samples: list[AnySample] = [
        Sample("driftgauge_rollup_lag_seconds", (table,), lag_seconds),
        Sample("driftgauge_rollup_blocker_seconds", (table,), held_by.waited_seconds if held_by else 0.0),
        Sample("driftgauge_rows_processed_total", (table,), float(processed)),
        Sample("driftgauge_rows_quarantined_total", (table, reason), float(quarantined)),
    ]
    if held_by is not None:
        pid, name = str(held_by.pid or "prepared"), held_by.application_name or ""
        samples.append(Sample("driftgauge_rollup_blocker_info", (table, pid, name), 1.0))
        if held_by.query_start is not None:
            start = held_by.query_start.timestamp()
            samples.append(Sample("driftgauge_rollup_blocker_query_start_timestamp_seconds", (table,), start))
    return samples
