"""Rules against given metrics, in one call: what holds is an alert in model_alerts for as long as it does."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from driftgauge.alerting.condition import evaluate, given_values
from driftgauge.model.identity import ModelKey
from driftgauge.queries.asking import MOST_ROWS, named
from driftgauge.queries.connecting import one_transaction
from driftgauge.store.alert_rules import read_rules
from driftgauge.store.execute import Connection
from driftgauge.store.rule_alerts import end_orphans, raise_alert, resolve_alert, wait_for_rules_lock

LOCK_PATIENCE: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAlert:
    """The alert of a rule that holds; `raised` tells whether this call has raised it."""

    alert_id: int
    rule_id: int
    alert_type: str
    severity: str
    message: str
    value: float
    raised: bool


@contextmanager
def connect(dsn: str | None = None, *, schema: str = "driftgauge") -> Generator[Connection]:
    """Yield a connection in one transaction that may write alerts; it ends with the block.

    Parameters
    ----------
    dsn
        As of `driftgauge.queries.connect`.
    schema
        Where driftgauge's tables are.

    Raises
    ------
    ConfigError, DatabaseUnreachable, SchemaMismatch, MissingPrivilege
        As of `driftgauge.queries.connect`.
    """
    with one_transaction(dsn, schema=schema, statement_timeout=LOCK_PATIENCE, read_only=False) as connection:
        yield connection


def evaluate_alert_rules(
    connection: Connection,
    model: str,
    metrics: Mapping[str, float],
    *,
    version: str = "unversioned",
    environment: str = "production",
) -> list[RuleAlert]:
    """Evaluate a model's rules in force against given metrics, and return the alerts of those that hold.

    An alert is raised once and lasts while its rule holds: a call by whose metrics it does not ends it, and one without
    the metric leaves it as it is. Alerts of this version whose rule was removed, disabled or changed since end, too. A
    rule holds at once, whatever its `for` says: a single call has no history.

    Until its transaction ends, another call for the same version waits, so that no alert is raised twice; after half a
    minute its statement is cancelled. Use a transaction for each model: two that evaluate several in different orders
    would wait for each other.

    Parameters
    ----------
    connection
        From `connect`.
    model
        Its name.
    metrics
        Values by name, of performance as well; `drift_detected` is whether any feature drifted, and
        `drift_detected.<feature>` whether that one did. What is missing or not finite raises nothing.
    version, environment
        What the metrics are of. Rules are of one environment.

    Raises
    ------
    BadInput
        If a name is empty or could not be anyone's.
    """
    key = ModelKey(
        model=named("model", model), version=named("version", version), environment=named("environment", environment)
    )
    values = given_values(metrics)
    wait_for_rules_lock(connection, key)
    end_orphans(connection, key)
    alerts: list[RuleAlert] = []
    for rule in read_rules(connection, model=key.model, environment=key.environment, limit=MOST_ROWS).read:
        if rule.condition is None:
            continue
        found = evaluate(rule.condition, values)
        if found.holds is False:
            resolve_alert(connection, rule, key)
        if not found.holds or found.value is None:
            continue
        message = f"{rule.condition}: {found.value:g}"
        alert_id, raised = raise_alert(connection, rule, key, message=message, value=found.value)
        alerts.append(
            RuleAlert(
                alert_id=alert_id,
                rule_id=rule.rule_id,
                alert_type=rule.alert_type,
                severity=rule.severity,
                message=message,
                value=found.value,
                raised=raised,
            )
        )
    return alerts
