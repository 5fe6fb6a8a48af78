"""Rules that people write: which there are, what is known of their models, and since when each one holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from driftgauge.alerting.condition import Condition, Evaluation, parse_condition
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

    `state` is `ok`, `pending`, `firing`, `no_data`, `disabled`, `broken`, `left_out` or `unevaluated`: not since it was
    put `in_force_since`, or the `last_run_at` all is too long ago.
    """

    rule_id: int
    model: str
    environment: str
    alert_type: str
    severity: str
    document: Mapping[str, object]
    created_by: str
    created_at: datetime
    in_force_since: datetime
    state: str
    version: str | None
    value: float | None
    holding_since: datetime | None
    evaluated_at: datetime | None
    last_run_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What was found of a rule and a version."""

    rule: AlertRule
    key: ModelKey
    wait: timedelta
    found: Evaluation


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


def list_rules(
    connection: Connection, *, model: str | None, states: Sequence[str] | None = None, limit: int
) -> list[ListedRule]:
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
            in_force_since=row.in_force_since,
            state=row.state,
            version=row.version,
            value=row.value,
            holding_since=row.holding_since,
            evaluated_at=row.evaluated_at,
            last_run_at=row.last_run_at,
        )
        for row in fetch_all(connection, "rules/list", model_name=model, states=states and list(states), rows=limit)
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


def forget_states(connection: Connection, found: Collection[Evaluated], *, before: datetime) -> None:
    """Forget how all other rules and versions stand; those in force only if nobody evaluated them since a moment."""
    execute(
        connection,
        "rules/forget_states",
        rule_ids=[one.rule.rule_id for one in found],
        versions=[one.key.version for one in found],
        before=before,
    )


def write_run(connection: Connection, rules: Rules, *, fresh: timedelta) -> None:
    """Keep that rules were evaluated now, and for how long that says how they stand."""
    last = rules.read[-1].rule_id if rules.left_out else None
    execute(connection, "rules/write_run", fresh=fresh, evaluated_to=last)


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
