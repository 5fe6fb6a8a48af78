"""What the exporter knows of its snapshot, its configuration and its process."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import counter, gauge, info

EXPORTER_ITSELF: Final = (
    gauge(
        "driftgauge_alert_unacknowledged_threshold_seconds",
        "How long an alert of a severity may wait until somebody says that they have seen it.",
        "severity",
    ),
    gauge("driftgauge_database_up", "Whether the last attempt to reach Postgres succeeded."),
    gauge("driftgauge_snapshot_render_seconds", "How long the snapshot before this one took to render."),
    gauge("driftgauge_config_last_reload_successful", "Whether the last load of the configuration succeeded."),
    gauge(
        "driftgauge_config_last_reload_success_timestamp_seconds",
        "When the configuration was last loaded, unix time.",
    ),
    counter(
        "driftgauge_webhook_requests_total",
        "Requests to the webhook of alerts, by the code that they were answered with.",
        "code",
    ),
    info("driftgauge_build_info", "The version of driftgauge that is running.", "version"),
    counter("process_cpu_seconds_total", "CPU time that the exporter has used."),
    gauge("driftgauge_process_cpu_threshold_ratio", "From what CPU time a second on somebody should look."),
    gauge("process_resident_memory_bytes", "Memory that the exporter holds."),
    # Last, as they are known when all others are written.
    gauge("driftgauge_series", "Series in this snapshot."),
    counter(
        "driftgauge_series_dropped_total",
        "Series left out of a snapshot or folded into `other`: not finite, duplicate or beyond limits.max_series. "
        "Every snapshot counts anew.",
        "family",
    ),
    counter(
        "driftgauge_label_values_sanitised_total",
        "Label values that had to be changed to be legal or short enough. Every snapshot counts anew.",
    ),
)
