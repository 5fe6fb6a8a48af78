"""Rules that people write: which there are, what is known of their models, and since when each one holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from driftgauge.alerting.condition import Basis, Condition, Evaluation, parse_condition
from driftgauge.errors import BadInput
from driftgauge.model.identity import ModelKey
from driftgauge.store.execute import Connection, execute, fetch_all, fetch_one


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRule:
    """A rule that somebody writes; `condition` is its document."""

    model: str
    environment: str
    alert_type: str
    severity: str
    condition: Mapping[str, object]
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """A rule in force, as its document is `written`; `condition` is None where that says nothing: see `problem`."""

    rule_id: int
    model: str
    environment: str
    alert_type: str
    severity: str
    written: str
    condition: Condition | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules in force, the oldest first, and how many more there are."""

    read: tuple[AlertRule, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRule:
    """A rule, and how it stands of a version; without one, nothing is known of any.

    `state` is `ok`, `pending`, `firing`, `no_data`, `disabled` or `broken`.
    """

    rule_id: int
    model: str
    environment: str
    alert_type: str
    severity: str
    document: Mapping[str, object]
    created_by: str
    created_at: datetime
    state: str
    version: str | None
    value: float | None
    holding_since: datetime | None
    evaluated_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What was found of a rule and a version."""

    rule: AlertRule
    key: ModelKey
    wait: timedelta
    found: Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftedFeatures:
    """The last judged window: how much of it drifted, and of the features that could be judged which did."""

    drifted_share: float | None
    drifted_weight: float | None
    score: float | None
    judged: frozenset[str]
    drifted: frozenset[str]


def add_rule(connection: Connection, rule: NewRule) -> int:
    """Add a rule and return its id."""
    row = fetch_one(
        connection,
        "rules/add",
        model_name=rule.model,
        environment=rule.environment,
        alert_type=rule.alert_type,
        severity=rule.severity,
        condition=orjson.dumps(dict(rule.condition)).decode(),
        created_by=rule.created_by,
    )
    assert row is not None  # noqa: S101 - it has just been inserted
    return row.id


def list_rules(connection: Connection, *, model: str | None, limit: int) -> list[ListedRule]:
    """Return the rules of a model, or of all, the oldest first; one a version of which something is known."""
    return [
        ListedRule(
            rule_id=row.rule_id,
            model=row.model_name,
            environment=row.environment,
            alert_type=row.alert_type,
            severity=row.severity,
            document=row.condition,
            created_by=row.created_by,
            created_at=row.created_at,
            state=row.state,
            version=row.version,
            value=row.value,
            holding_since=row.holding_since,
            evaluated_at=row.evaluated_at,
        )
        for row in fetch_all(connection, "rules/list", model_name=model, rows=limit)
    ]


def find_missing_rules(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Return the ids that no rule has."""
    return [row.id for row in fetch_all(connection, "rules/find_missing", ids=list(ids))]


def switch_rules(connection: Connection, ids: Sequence[int], *, enabled: bool) -> None:
    """Put rules in force or out of it."""
    execute(connection, "rules/switch", ids=list(ids), enabled=enabled)


def remove_rules(connection: Connection, ids: Sequence[int]) -> None:
    """Remove rules, and with them since when they hold."""
    execute(connection, "rules/remove", ids=list(ids))


def read_rules(
    connection: Connection, *, model: str | None = None, environment: str | None = None, limit: int
) -> Rules:
    """Return the rules in force, of a model and an environment or of all."""
    rows = fetch_all(connection, "rules/read_enabled", model_name=model, environment=environment, rows=limit)
    return Rules(read=tuple(_rule(row) for row in rows), left_out=rows[0].rules - len(rows) if rows else 0)


def read_rule_versions(connection: Connection, rules: Iterable[AlertRule], *, since: datetime) -> list[ModelKey]:
    """Return the versions of the models of rules that have predicted, or logged a metric, since a moment."""
    asked = sorted({(rule.model, rule.environment) for rule in rules})
    rows = fetch_all(
        connection,
        "rules/read_versions",
        model_names=[model for model, _ in asked],
        environments=[environment for _, environment in asked],
        since=since,
    )
    return sorted(_key(row) for row in rows)


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
        found.setdefault(_key(row), {})[row.metric_name] = row.value
    return found


def read_drifted_features(
    connection: Connection, keys: Collection[ModelKey], *, since: datetime
) -> dict[ModelKey, DriftedFeatures]:
    """Return the last judged window of models that ends after a moment."""
    return {
        _key(row): DriftedFeatures(
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
        found.setdefault(_key(row), {})[Basis(row.basis)] = scores
    return found


def write_states(
    connection: Connection, found: Collection[Evaluated], *, tolerance: timedelta
) -> dict[tuple[int, str], bool]:
    """Keep what was found of rules, and return which fire, by rule and version; those that have gone are left out.

    One that was not evaluated for as long as `tolerance` starts over: nobody knows whether it held meanwhile.
    """
    rows = fetch_all(
        connection,
        "rules/write_states",
        rule_ids=[one.rule.rule_id for one in found],
        versions=[one.key.version for one in found],
        conditions=[one.rule.written for one in found],
        waits=[one.wait for one in found],
        holds=[one.found.holds for one in found],
        held_values=[one.found.value for one in found],
        tolerance=tolerance,
    )
    return {(row.rule_id, row.version): row.fires for row in rows}


def forget_states(connection: Connection, *, before: datetime) -> None:
    """Forget the states of rules not in force, and of versions that were not evaluated since a moment."""
    execute(connection, "rules/forget_states", before=before)


def wait_for_rules_lock(connection: Connection) -> None:
    """Take the lock of the alerts that given metrics raise, until the transaction ends."""
    execute(connection, "rules/wait_lock")


def raise_alert(
    connection: Connection, rule: AlertRule, key: ModelKey, *, message: str, value: float
) -> tuple[int, bool]:
    """Raise the alert of a rule, unless it is raised; return its id, and whether that was still to be done."""
    rule_id = str(rule.rule_id)
    labels = {
        "model": key.model,
        "version": key.version,
        "environment": key.environment,
        "rule_id": rule_id,
        "alert_type": rule.alert_type,
        "severity": rule.severity,
    }
    row = fetch_one(
        connection,
        "rules/raise",
        **_key_params(key),
        alert_type=rule.alert_type,
        severity=rule.severity,
        message=message,
        labels=orjson.dumps(labels).decode(),
        details=f'{{"condition": {rule.written}}}',
        value=value,
        rule_id=rule_id,
    )
    assert row is not None  # noqa: S101 - it was there, or has just been inserted
    return row.id, row.raised


def resolve_alert(connection: Connection, rule: AlertRule, key: ModelKey) -> None:
    """End the alert that a rule has raised by given metrics, if there is one."""
    execute(connection, "rules/resolve", **_key_params(key), rule_id=str(rule.rule_id))


def _rule(row: Any) -> AlertRule:  # noqa: ANN401 - a named tuple of the query's own columns
    condition, problem = None, row.problem or ""
    if not problem:
        try:
            condition = parse_condition(row.condition)
        except BadInput as error:
            problem = str(error)
    return AlertRule(
        rule_id=row.id,
        model=row.model_name,
        environment=row.environment,
        alert_type=row.alert_type,
        severity=row.severity,
        written=row.written,
        condition=condition,
        problem=problem,
    )


def _key_params(key: ModelKey) -> dict[str, str]:
    return {"model_name": key.model, "version": key.version, "environment": key.environment}


def _params(keys: Iterable[ModelKey]) -> dict[str, list[str]]:
    asked: Sequence[ModelKey] = list(keys)
    return {
        "model_names": [key.model for key in asked],
        "versions": [key.version for key in asked],
        "environments": [key.environment for key in asked],
    }


def _key(row: Any) -> ModelKey:  # noqa: ANN401 - a named tuple of the query's own columns
    return ModelKey(model=row.model_name, version=row.version, environment=row.environment)
