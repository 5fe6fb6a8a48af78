"""The books of loggers as metrics, for services that use prometheus_client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry

from driftgauge.client.logger import PredictionLogger

MODEL: Final = ("model", "version", "environment")


class LoggerCollector(Collector):
    """Tells, at each scrape, where the rows of some loggers are."""

    def __init__(self, *loggers: PredictionLogger) -> None:
        """Take the loggers; of two for one model, the second would hide the first."""
        self._loggers = loggers

    def describe(self) -> Iterator[Metric]:
        """Return nothing: names are the same for every collector, and are told when they are collected."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the families."""
        accepted = CounterMetricFamily("driftgauge_client_accepted_rows", "Rows logged.", labels=MODEL)
        stored = CounterMetricFamily("driftgauge_client_stored_rows", "Rows that Postgres has.", labels=MODEL)
        dropped = CounterMetricFamily(
            "driftgauge_client_dropped_rows", "Rows given up, by reason.", labels=(*MODEL, "reason")
        )
        queued = GaugeMetricFamily("driftgauge_client_queued_rows", "Rows that wait in memory.", labels=MODEL)
        spooled = GaugeMetricFamily("driftgauge_client_spooled_rows", "Rows that wait on disk.", labels=MODEL)
        for logger in self._loggers:
            stats = logger.stats()
            accepted.add_metric(logger.model, stats.accepted)
            stored.add_metric(logger.model, stats.stored)
            for reason, rows in stats.dropped.items():
                dropped.add_metric((*logger.model, reason.value), rows)
            queued.add_metric(logger.model, stats.queued)
            spooled.add_metric(logger.model, stats.spooled)
        yield from (accepted, stored, dropped, queued, spooled)


def export(*loggers: PredictionLogger, registry: CollectorRegistry = REGISTRY) -> LoggerCollector:
    """Register the loggers' books with prometheus_client, and return the collector, to unregister it by.

    Examples
    --------
    >>> from prometheus_client import generate_latest
    >>> registry = CollectorRegistry()
    >>> logger = PredictionLogger(model="churn", on_sigterm=False)
    >>> collector = export(logger, registry=registry)
    >>> "driftgauge_client_queued_rows{" in generate_latest(registry).decode()
    True
    """
    collector = LoggerCollector(*loggers)
    registry.register(collector)
    return collector
