"""The alerts that rules raise by given metrics: once each, for as long as their rule holds and is in force."""

from __future__ import annotations

import orjson

from driftgauge.model.identity import ModelKey
from driftgauge.store.alert_rules import AlertRule
from driftgauge.store.execute import Connection, execute, fetch_all, fetch_one


def end_orphans(connection: Connection, key: ModelKey | None = None) -> int:
    """End the alerts by given metrics whose rule is not in force any more, or another; return how many those were.

    What another session is just about to end, or to acknowledge, is left to the next call.
    """
    of_all = {"model_name": None, "version": None, "environment": None}
    return len(fetch_all(connection, "rules/end_orphans", **(_key_params(key) if key else of_all)))


def wait_for_rules_lock(connection: Connection, key: ModelKey) -> None:
    """Take the lock of the alerts that given metrics of a model raise, until the transaction ends."""
    execute(connection, "rules/wait_lock", **_key_params(key))


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


def _key_params(key: ModelKey) -> dict[str, str]:
    return {"model_name": key.model, "version": key.version, "environment": key.environment}
