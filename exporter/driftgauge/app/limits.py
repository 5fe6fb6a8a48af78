"""The limits of the exporter itself, as series that its alerts compare with."""

from __future__ import annotations

from collections.abc import Iterator

from driftgauge.config.settings import Settings
from driftgauge.exposition.samples import Sample


def limit_samples(settings: Settings) -> Iterator[Sample]:
    """Yield what is configured of how far roll-ups may lag, alerts may wait, and the exporter may keep others busy."""
    answer = settings.acknowledgement
    yield Sample("driftgauge_rollup_lag_threshold_seconds", (), settings.rollup.lag_limit.total_seconds())
    for severity, longest in (("critical", answer.critical), ("warning", answer.warning)):
        yield Sample("driftgauge_alert_unacknowledged_threshold_seconds", (severity,), longest.total_seconds())
    yield Sample("driftgauge_process_cpu_threshold_ratio", (), settings.limits.cpu)
    yield Sample("driftgauge_job_database_threshold_ratio", (), settings.limits.database)
