"""Compose what `driftgauge rules` does from the settings: add, list, enable, disable, remove."""

from __future__ import annotations

from collections.abc import Sequence

from driftgauge.alerting.condition import parse_condition
from driftgauge.app.referencing import patient_database
from driftgauge.config import Settings
from driftgauge.errors import BadInput
from driftgauge.store.alert_rules import (
    ListedRule,
    NewRule,
    add_rule,
    find_missing_rules,
    list_rules,
    remove_rules,
    switch_rules,
)
from driftgauge.store.execute import Connection
from driftgauge.store.rule_alerts import end_orphans


def add(settings: Settings, rule: NewRule) -> int:
    """Add a rule and return its id.

    Raises
    ------
    BadInput
        If its condition says nothing.
    """
    parse_condition(rule.condition)
    with patient_database(settings) as database, database.transaction() as connection:
        return add_rule(connection, rule)


def find(settings: Settings, *, model: str | None, limit: int) -> list[ListedRule]:
    """Return the rules of a model, or of all, the oldest first."""
    with patient_database(settings) as database, database.transaction(read_only=True) as connection:
        return list_rules(connection, model=model, limit=limit)


def switch(settings: Settings, ids: Sequence[int], *, enabled: bool) -> None:
    """Put rules in force or out of it, all or none; alerts by given metrics of those out of it end.

    Raises
    ------
    BadInput
        If there is no such rule.
    """
    with patient_database(settings) as database, database.transaction() as connection:
        _require(connection, ids)
        switch_rules(connection, ids, enabled=enabled)
        end_orphans(connection)


def remove(settings: Settings, ids: Sequence[int]) -> None:
    """Remove rules, all or none; their alerts by given metrics end.

    Raises
    ------
    BadInput
        If there is no such rule.
    """
    with patient_database(settings) as database, database.transaction() as connection:
        _require(connection, ids)
        remove_rules(connection, ids)
        end_orphans(connection)


def _require(connection: Connection, ids: Sequence[int]) -> None:
    missing = find_missing_rules(connection, ids)
    if missing:
        raise BadInput(f"no rule has the id {', '.join(str(one) for one in missing)}; nothing was changed")
