"""Compose what `driftgauge rules` does from the settings: add, list, enable, disable, remove."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from driftgauge.alerting.condition import Condition, parse_condition
from driftgauge.alerting.names import Names, Place, doubts, needs, never_or_always, refusal
from driftgauge.app.referencing import patient_database
from driftgauge.config import Settings
from driftgauge.errors import BadInput, MissingPrivilege
from driftgauge.exposition.inventory import INVENTORY
from driftgauge.store.alert_rules import (
    ListedRule,
    NewRule,
    add_rule,
    find_missing_rules,
    list_rules,
    remove_rules,
    switch_rules,
)
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.inspection import Finding, FindingState
from driftgauge.store.rule_alerts import end_orphans
from driftgauge.store.rule_names import read_names

UNCHECKED: Final = "its names were not checked: this login may not read what models have logged"
MOST_CHECKED: Final = 10_000
MOST_TOLD: Final = 20
WITHOUT_DATA: Final = {"no_data": "has no data", "unevaluated": "may have no data"}
NOT_EVALUATED: Final = {
    "broken": "its condition says nothing",
    "left_out": "there are too many, and it is not among the oldest 1,000",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What may be wrong with a rule: why it has no data, or never any news."""

    rule_id: int
    text: str


def add(settings: Settings, rule: NewRule) -> tuple[int, list[str]]:
    """Add a rule and return its id, and what is likely wrong with it.

    Raises
    ------
    BadInput
        If its condition says nothing, or can never have a value.
    """
    condition, place = parse_condition(rule.condition), (rule.model, rule.environment)
    with patient_database(settings) as database:
        names = _known_names(database, [place])
        why = refusal(condition, names.metrics.get(place, {}) if names else (), INVENTORY)
        if why:
            raise BadInput(why)
        with database.transaction() as connection:
            rule_id = add_rule(connection, rule)
    return rule_id, [UNCHECKED] if names is None else list(doubts(condition, place, names))


def find(
    settings: Settings, *, model: str | None, states: Sequence[str] | None, limit: int
) -> tuple[list[ListedRule], list[Hint]]:
    """Return the rules of a model, or of all, the oldest first, and what may be wrong with those without data."""
    with patient_database(settings) as database:
        with database.transaction(read_only=True) as connection:
            found = list_rules(connection, model=model, states=states, limit=limit)
        return found, list(_hints(database, found))


def inspect_rules(settings: Settings) -> list[Finding]:
    """Return how the rules in force stand: those without data, and those that are not evaluated; nothing without rules.

    Those that are not in force are not told of, and not that an exporter is yet to run.
    """
    try:
        found, hints = find(settings, model=None, states=None, limit=MOST_CHECKED)
    except MissingPrivilege as error:  # the exporter itself does without the list
        detail, _, mend = str(error).partition("; ")
        return [Finding(check="rules", state=FindingState.OK, detail=f"not looked at: {detail}", mend=mend)]
    in_force = {rule.rule_id: rule for rule in found if rule.state != "disabled"}
    findings = [
        Finding(
            check="rules",
            state=FindingState.WARNING,
            detail=f"rule {rule.rule_id} of {rule.model} is not evaluated, as {NOT_EVALUATED[rule.state]}",
            mend=f"run: driftgauge rules disable {rule.rule_id}, or write it anew",
        )
        for rule in in_force.values()
        if rule.state in NOT_EVALUATED
    ]
    findings += [
        Finding(
            check="rules",
            state=FindingState.WARNING,
            detail=f"rule {hint.rule_id} of {in_force[hint.rule_id].model} {hint.text}",
            mend="see driftgauge rules list",
        )
        for hint in hints
        if hint.rule_id in in_force
    ]
    if in_force and not findings:
        many = f"{len(in_force):,} rule{' is' if len(in_force) == 1 else 's are'}"
        findings.append(Finding(check="rules", state=FindingState.OK, detail=f"{many} in force, and all names known"))
    if len(findings) > MOST_TOLD:
        more = f"{len(findings) - MOST_TOLD:,} more rules are like that"
        last = Finding(check="rules", state=FindingState.WARNING, detail=more, mend="see driftgauge rules list")
        findings = [*findings[:MOST_TOLD], last]
    return findings


def _known_names(database: Database, places: Collection[Place]) -> Names | None:
    """Return what rules can name; None where the login may not read what models log."""
    try:
        with database.transaction(read_only=True) as connection:
            return read_names(connection, places)
    except MissingPrivilege:
        return None


def _hints(database: Database, found: Collection[ListedRule]) -> Iterator[Hint]:
    """Yield what may be wrong with rules: those in force that say something."""
    rules = {rule.rule_id: rule for rule in found if rule.state not in {"disabled", "broken"}}
    with_data = {rule.rule_id for rule in found if rule.state not in WITHOUT_DATA}
    places = {(rule.model, rule.environment) for rule in rules.values() if rule.rule_id not in with_data}
    names = _known_names(database, places) if places else None
    for rule_id, rule in rules.items():
        condition = parse_condition(rule.document)
        if rule_id in with_data or names is None:
            said = list(never_or_always(condition))
            prefix = "may be mistaken"
        else:
            said = _misnamed(condition, (rule.model, rule.environment), names)
            prefix = WITHOUT_DATA[rule.state]
            if not said and rule.state == "no_data":
                said = [needs(condition)]
        if said:
            yield Hint(rule_id=rule_id, text=f"{prefix}: {'; '.join(said)}")


def _misnamed(condition: Condition, place: Place, names: Names) -> list[str]:
    why = refusal(condition, names.metrics.get(place, {}), INVENTORY)
    return [why] if why else list(doubts(condition, place, names))


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
