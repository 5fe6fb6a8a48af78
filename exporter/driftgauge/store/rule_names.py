"""What rules can name: the models that there are, the metrics that they log, their features, and what they predict."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from driftgauge.alerting.names import Names, Place
from driftgauge.model.identity import ModelKey
from driftgauge.performance.metric import Task
from driftgauge.store.clock import read_now
from driftgauge.store.cohorts import read_tasks
from driftgauge.store.execute import Connection
from driftgauge.store.health import read_last_predictions
from driftgauge.store.metrics import read_latest_metrics
from driftgauge.store.rule_values import read_drifted_features

KNOWN_LATELY: Final = timedelta(days=28)
MOST_METRICS: Final = 1_000
"""Metrics of a model that are looked at."""


def read_names(connection: Connection, asked: Collection[Place]) -> Names:
    """Return all models that predicted or logged metrics in the last 28 days, and what is known of those asked for."""
    since = read_now(connection) - KNOWN_LATELY
    logged = read_latest_metrics(connection, since=since, most=MOST_METRICS, counted=MOST_METRICS)
    keys = {*logged, *read_last_predictions(connection, since=since)}
    judged = read_drifted_features(connection, sorted(key for key in keys if _place(key) in asked), since=since)
    metrics: dict[Place, dict[str, datetime]] = {}
    for key, found in logged.items():
        known = metrics.setdefault(_place(key), {})
        for metric in found.metrics:
            known[metric.name] = max(metric.at, known.get(metric.name, metric.at))
    features: dict[Place, set[str]] = {}
    for key, window in judged.items():
        features.setdefault(_place(key), set()).update(window.judged, window.drifted)
    tasks: dict[Place, set[Task]] = {}
    for key, registered in read_tasks(connection).items():
        tasks.setdefault(_place(key), set()).add(registered.task.task)
    return Names(
        models=frozenset(map(_place, keys)),
        metrics=metrics,
        features={place: frozenset(found) for place, found in features.items()},
        tasks={place: frozenset(found) for place, found in tasks.items()},
    )


def _place(key: ModelKey) -> Place:
    return key.model, key.environment
