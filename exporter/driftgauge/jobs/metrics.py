"""Tell the latest value of each metric that services log about their models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.job import model_labels
from driftgauge.model.identity import ModelKey
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database
from driftgauge.store.metrics import LoggedMetrics, read_latest_metrics

STALE_AFTER: Final = timedelta(days=28)
"""A metric that was not logged for so long is told no more."""

MOST_METRICS: Final = 50
"""Metrics of a model that are told, the first by name."""

MOST_COUNTED: Final = 1_000
"""Metrics of a model that are looked at at all: somebody writes an id into the name."""


class MetricsJob:
    """Reads the latest values."""

    name = "metrics"

    def __init__(self, database: Database) -> None:
        """Take where they are."""
        self._database = database

    def run(self) -> tuple[AnySample, ...]:
        """Read them all, by one query."""
        with self._database.transaction(read_only=True) as connection:
            since = read_now(connection) - STALE_AFTER
            found = read_latest_metrics(connection, since=since, most=MOST_METRICS, counted=MOST_COUNTED)
        return tuple(sample for key, logged in sorted(found.items()) for sample in _samples(key, logged))


def _samples(key: ModelKey, logged: LoggedMetrics) -> Iterator[AnySample]:
    for metric in logged.metrics:
        yield Sample("ml_metric_value", model_labels(key, metric.name, metric.unit), metric.value)
    yield Sample("ml_metrics_left_out", model_labels(key), float(logged.left_out))
