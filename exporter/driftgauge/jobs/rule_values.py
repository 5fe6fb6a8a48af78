"""What is known of the models that rules ask of: the versions that serve, and their figures of now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.alerting.condition import Basis, MetricThreshold, Values
from driftgauge.alerting.own_metrics import SCORE, silent_metrics, traffic_metrics
from driftgauge.alerting.serving import Version, newest_predictions, serving
from driftgauge.jobs.performance import KEPT_SHOWING
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow, closed_window
from driftgauge.store.alert_rules import AlertRule
from driftgauge.store.execute import Connection
from driftgauge.store.health import read_silence_limits, read_traffic, read_written
from driftgauge.store.rule_values import (
    DriftedFeatures,
    read_drifted_features,
    read_rule_metrics,
    read_rule_versions,
    read_scores,
)
from driftgauge.store.watermarks import read_rolled_up

SERVED_LATELY: Final = timedelta(days=28)
"""A version that has not predicted for so long is retired: no rule is evaluated of it."""
LIMITED_LATELY: Final = timedelta(days=2)
"""How long a version may be silent is told each hour; what is older is of a job that stands still."""
LOGGED_LATELY: Final = timedelta(days=1)
"""A logged metric, or a judged window, that is older says nothing of now.

One that was logged for each run of a training, as a version of its own, is not evaluated for weeks.
"""
SCORED_LATELY: Final = timedelta(hours=2)
TRAFFIC: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficOptions:
    """How wide the buckets are that traffic is kept by, and how far it may lie behind and still be of now."""

    bucket: timedelta
    fresh: timedelta


def read_serving(connection: Connection, rules: Collection[AlertRule], now: datetime) -> list[Version]:
    """Return the versions that rules are evaluated of: those that serve, or log metrics."""
    versions = read_rule_versions(connection, rules, since=now - SERVED_LATELY, logged_since=now - LOGGED_LATELY)
    predicting = [version.key for version in versions if version.last_at is not None]
    limits = read_silence_limits(connection, predicting, since=now - LIMITED_LATELY)
    known = {key: timedelta(seconds=limit) for key, limit in limits.items() if limit is not None}
    return serving(versions, known)


def read_values(
    connection: Connection,
    rules: Collection[AlertRule],
    versions: Collection[Version],
    now: datetime,
    traffic: TrafficOptions,
) -> dict[ModelKey, Values]:
    """Return what is known of versions, by one query a kind of thing; own figures hide logged metrics."""
    keys = [version.key for version in versions]
    asked = {
        (key, rule.condition.metric)
        for rule in rules
        if isinstance(rule.condition, MetricThreshold)
        for key in keys
        if (key.model, key.environment) == (rule.model, rule.environment)
    }
    logged = read_rule_metrics(connection, asked, since=now - LOGGED_LATELY)
    drift = read_drifted_features(connection, keys, since=now - LOGGED_LATELY)
    scores = read_scores(connection, keys, since=now - KEPT_SHOWING)
    served = _traffic(connection, versions, now, traffic)
    own = {key: {**dict(_own(drift.get(key), scores.get(key, {}))), **served.get(key, {})} for key in keys}
    for key, written in read_written(connection, keys).items():
        if now - written.at <= SCORED_LATELY:
            own[key]["ml_health_score"] = written.score
    return {
        key: Values(
            metrics={**logged.get(key, {}), **own[key]},
            drift=_drift(drift.get(key)),
            performance=scores.get(key, {}),
        )
        for key in keys
    }


def _traffic(
    connection: Connection, versions: Collection[Version], now: datetime, options: TrafficOptions
) -> dict[ModelKey, dict[str, float]]:
    """Return the figures of the last closed hour, of versions of which it is known to the end.

    The version that predicted last has none if it has not predicted in that hour: a figure of 0. Of another, nobody
    knows whether it should have.
    """
    rolled_up = read_rolled_up(connection)
    newest = newest_predictions(versions)
    windows: dict[TimeWindow, list[Version]] = {}
    for version in versions:
        known_to = version.read_to if version.read_to is not None else rolled_up and rolled_up.horizon_at
        if version.last_at is not None and known_to is not None and now - known_to <= options.fresh:
            window = closed_window(min(now, known_to), width=TRAFFIC, bucket=options.bucket)
            windows.setdefault(window, []).append(version)
    found: dict[ModelKey, dict[str, float]] = {}
    for window, of_window in windows.items():
        traffic = read_traffic(connection, [version.key for version in of_window], window)
        for version in of_window:
            key = version.key
            if key in traffic:
                found[key] = dict(traffic_metrics(traffic[key]))
            elif version.last_at == newest[key.model, key.environment]:
                found[key] = dict(silent_metrics())
    return found


def _own(drift: DriftedFeatures | None, scores: Mapping[Basis, Mapping[str, float]]) -> Iterator[tuple[str, float]]:
    """Yield the figures that other jobs have written, where they have any."""
    if drift is not None:
        for name, value in (
            ("ml_drifted_features_ratio", drift.drifted_share),
            ("ml_drifted_importance_ratio", drift.drifted_weight),
            ("ml_dataset_drift_score", drift.score),
        ):
            if value is not None:
                yield name, value
    for metric, value in scores.get(Basis.REALISED, {}).items():
        yield f"{SCORE}{metric}", value


def _drift(drift: DriftedFeatures | None) -> dict[str, float]:
    """Return how many features drifted, and whether each did; nothing where none could be judged."""
    if drift is None or not drift.judged:
        return {}
    return {**{name: float(name in drift.drifted) for name in drift.judged}, "": float(len(drift.drifted))}
