"""How far rows are rolled up, logged ones and those of sources."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import counter, gauge, info

ROLLUPS: Final = (
    gauge(
        "driftgauge_rollup_lag_seconds",
        "Age of the first row that waits for the roll-up, 0 where none does.",
        "table",
        job="rollup",
    ),
    gauge("driftgauge_rollup_lag_threshold_seconds", "From what lag on somebody should look."),
    gauge(
        "driftgauge_rollup_blocker_seconds",
        "How long roll-ups have waited for the writer that holds the table.",
        "table",
        job="rollup",
    ),
    info(
        "driftgauge_rollup_blocker_info",
        "The writer that roll-ups wait for, while they do.",
        "table",
        "pid",
        "application_name",
        job="rollup",
    ),
    gauge(
        "driftgauge_rollup_blocker_query_start_timestamp_seconds",
        "When that writer began its current or last query, unix time.",
        "table",
        job="rollup",
    ),
    counter("driftgauge_rows_processed_total", "Rows rolled up.", "table", job="rollup"),
    counter("driftgauge_rows_quarantined_total", "Rows that could not be rolled up.", "table", "reason", job="rollup"),
    gauge(
        "driftgauge_outcomes_unmatched",
        "Outcomes that were read and have no prediction that could turn out right or wrong, or none yet.",
        job="outcomes",
    ),
)

SOURCES: Final = (
    counter(
        "driftgauge_source_late_rows_total",
        "Rows that became visible later than the source's lookback, found by the audit and counted then.",
        "source",
        job="sources",
    ),
    gauge(
        "driftgauge_source_models_refused",
        "Models that are left out of a source, because they are logged, or another source's, too; the log names them.",
        "source",
        job="sources",
    ),
    gauge(
        "driftgauge_source_read_timestamp_seconds",
        "Up to when a source is read, by its own clock, unix time.",
        "source",
        job="sources",
    ),
)
