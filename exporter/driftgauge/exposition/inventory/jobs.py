"""How the exporter's jobs run, and what they ask of Postgres."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import counter, gauge

JOBS: Final = (
    counter("driftgauge_job_runs_total", "Runs of a job that have ended, failed ones included.", "job"),
    counter("driftgauge_job_failures_total", "Runs of a job that failed.", "job"),
    counter(
        "driftgauge_job_errors_total",
        "Runs of a job that failed, by class of SQLSTATE (`none` where Postgres reported nothing).",
        "job",
        "sqlstate_class",
    ),
    counter("driftgauge_job_missed_total", "Runs of a job that were due but not started.", "job"),
    counter("driftgauge_job_database_seconds_total", "Time that the runs of a job have waited for Postgres.", "job"),
    gauge(
        "driftgauge_job_database_threshold_ratio",
        "From how many seconds a second on, of all jobs together, somebody should look.",
    ),
    gauge("driftgauge_job_duration_seconds", "How long the last run of a job took.", "job"),
    gauge("driftgauge_job_last_success_timestamp_seconds", "When a job last succeeded, unix time.", "job"),
    gauge("driftgauge_job_interval_seconds", "How often a job is due.", "job"),
)
