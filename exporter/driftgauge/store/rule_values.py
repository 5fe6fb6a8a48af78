"""What rules that people write ask of: the versions of their models, and what others have found of these."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from driftgauge.alerting.condition import Basis
from driftgauge.alerting.serving import Version
from driftgauge.model.identity import ModelKey
from driftgauge.store.alert_rules import AlertRule
from driftgauge.store.execute import Connection, fetch_all
from driftgauge.store.keys import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftedFeatures:
    """The last judged window: how much of it drifted, and of the features that could be judged which did."""

    drifted_share: float | None
    drifted_weight: float | None
    score: float | None
    judged: frozenset[str]
    drifted: frozenset[str]


def read_rule_versions(
    connection: Connection, rules: Iterable[AlertRule], *, since: datetime, logged_since: datetime
) -> list[Version]:
    """Return the versions of the models of rules that have predicted since a moment, or logged since another."""
    asked = sorted({(rule.model, rule.environment) for rule in rules})
    found: dict[ModelKey, Version] = {}
    for row in fetch_all(
        connection,
        "rules/read_versions",
        model_names=[model for model, _ in asked],
        environments=[environment for _, environment in asked],
        since=since,
        logged_since=logged_since,
    ):
        if key_of(row) not in found or row.last_at is not None:  # it may have predicted, and logged metrics
            found[key_of(row)] = Version(key=key_of(row), last_at=row.last_at, read_to=row.read_to)
    return [found[key] for key in sorted(found)]


def read_rule_metrics(
    connection: Connection, asked: Collection[tuple[ModelKey, str]], *, since: datetime
) -> dict[ModelKey, dict[str, float]]:
    """Return the newest values since a moment of metrics that were logged of models."""
    pairs = sorted(asked)
    found: dict[ModelKey, dict[str, float]] = {}
    for row in fetch_all(
        connection,
        "rules/read_metrics",
        **_params([key for key, _ in pairs]),
        metric_names=[name for _, name in pairs],
        since=since,
    ):
        found.setdefault(key_of(row), {})[row.metric_name] = row.value
    return found


def read_drifted_features(
    connection: Connection, keys: Collection[ModelKey], *, since: datetime
) -> dict[ModelKey, DriftedFeatures]:
    """Return the last judged window of models that ends after a moment."""
    return {
        key_of(row): DriftedFeatures(
            drifted_share=row.drifted_share,
            drifted_weight=row.drifted_weight,
            score=row.score,
            judged=frozenset(row.judged),
            drifted=frozenset(row.drifted),
        )
        for row in fetch_all(connection, "rules/read_drift", **_params(keys), since=since)
    }


def read_scores(
    connection: Connection, keys: Collection[ModelKey], *, since: datetime
) -> dict[ModelKey, dict[Basis, dict[str, float]]]:
    """Return the metrics of the newest cohorts that matured, and of those that closed, since a moment."""
    found: dict[ModelKey, dict[Basis, dict[str, float]]] = {}
    for row in fetch_all(connection, "rules/read_performance", **_params(keys), since=since):
        scores = {name: told["value"] for name, told in row.scores.items() if told.get("value") is not None}
        found.setdefault(key_of(row), {})[Basis(row.basis)] = scores
    return found


def _params(keys: Iterable[ModelKey]) -> dict[str, list[str]]:
    asked: Sequence[ModelKey] = list(keys)
    return {
        "model_names": [key.model for key in asked],
        "versions": [key.version for key in asked],
        "environments": [key.environment for key in asked],
    }
