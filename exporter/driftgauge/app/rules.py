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
from driftgauge.store.faults import EXPORTER, OPERATOR
from driftgauge.store.inspection import Finding, FindingState
from driftgauge.store.rule_alerts import end_orphans
from driftgauge.store.rule_names import read_names

UNCHECKED: Final = "its names were not checked: this login may not read what models have logged"
MOST_CHECKED: Final = 10_000
MOST_TOLD: Final = 20
MOST_NAMED: Final = 5
WITHOUT_DATA: Final = frozenset({"no_data", "unevaluated"})
NOT_EVALUATED: Final = {
    "broken": "as the condition says nothing",
    "left_out": "as there are too many, and they are not among the oldest 1,000",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What may be wrong with rules: why they have no data, or never any news."""

    rule_ids: tuple[int, ...]
    text: str

    def __str__(self) -> str:
        """Return it as people read it."""
        named = ", ".join(str(rule_id) for rule_id in self.rule_ids[:MOST_NAMED])
        more = f" and {len(self.rule_ids) - MOST_NAMED} more" if len(self.rule_ids) > MOST_NAMED else ""
        return f"rule{'' if len(self.rule_ids) == 1 else 's'} {named}{more}: {self.text}"


def add(settings: Settings, rule: NewRule) -> tuple[int, list[str]]:
    """Add a rule and return its id, and what is likely wrong with it.

    Raises
    ------
    BadInput
        If its condition says nothing, or can never have a value.
    """
    condition, place = parse_condition(rule.condition), (rule.model, rule.environment)
    with patient_database(settings, role=OPERATOR) as database:
        names = _known_names(database, [place])
        why = refusal(condition, names.metrics.get(place, {}) if names else (), INVENTORY)
        if why:
            raise BadInput(why)
        with database.transaction() as connection:
            rule_id = add_rule(connection, rule)
    return rule_id, [UNCHECKED] if names is None else list(doubts(condition, place, names))


def find(
    settings: Settings, *, model: str | None, states: Sequence[str] | None, limit: int, role: str = OPERATOR
) -> tuple[list[ListedRule], list[Hint]]:
    """Return the rules of a model, or of all, the oldest first, and what may be wrong with those without data."""
    with patient_database(settings, role=role) as database:
        with database.transaction(read_only=True) as connection:
            found = list_rules(connection, model=model, states=states, limit=limit)
        return found, list(_hints(database, found))


def inspect_rules(settings: Settings) -> list[Finding]:
    """Return how the rules in force stand: those without data, and those that are not evaluated; nothing without rules.

    Those that are not in force are not told of, and not that an exporter is yet to run.
    """
    try:
        found, hints = find(settings, model=None, states=None, limit=MOST_CHECKED, role=EXPORTER)
    except MissingPrivilege as error:  # the exporter itself does without the list
        detail, _, mend = str(error).partition("; ")
        return [Finding(check="rules", state=FindingState.OK, detail=f"not looked at: {detail}", mend=mend)]
    in_force = {rule.rule_id for rule in found if rule.state != "disabled"}
    lost = [
        Hint(rule_ids=rule_ids, text=f"not evaluated, {why}")
        for state, why in NOT_EVALUATED.items()
        if (rule_ids := tuple(sorted({rule.rule_id for rule in found if rule.state == state})))
    ]
    findings = [
        Finding(check="rules", state=FindingState.WARNING, detail=str(hint), mend="see driftgauge rules list")
        for hint in (*lost, *hints)
    ]
    if in_force and not findings:
        many = f"{len(in_force):,} rule{' is' if len(in_force) == 1 else 's are'}"
        findings.append(Finding(check="rules", state=FindingState.OK, detail=f"{many} in force, and all names known"))
    if len(findings) > MOST_TOLD:
        more = f"{len(findings) - MOST_TOLD:,} more kinds of fault"
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
    """Yield what may be wrong with rules, by what it is: of those in force that say something."""
    rules = {rule.rule_id: rule for rule in found if rule.state not in {"disabled", "broken"}}
    with_data = {rule.rule_id for rule in found if rule.state not in WITHOUT_DATA}
    places = {(rule.model, rule.environment) for rule in rules.values() if rule.rule_id not in with_data}
    names = _known_names(database, places) if places else None
    alike: dict[str, list[int]] = {}
    for rule_id, rule in rules.items():
        condition, prefix = parse_condition(rule.document), ""
        if rule_id in with_data:
            said = list(never_or_always(condition))
        elif names is None:
            said = [UNCHECKED]
        else:
            said = _misnamed(condition, (rule.model, rule.environment), names)
            if rule.state == "no_data":
                prefix = "no data: "
                said = said or [needs(condition)]
        if said:
            alike.setdefault(prefix + "; ".join(said), []).append(rule_id)
    for text, rule_ids in alike.items():
        yield Hint(rule_ids=tuple(rule_ids), text=text)


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
    with patient_database(settings, role=OPERATOR) as database, database.transaction() as connection:
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
    with patient_database(settings, role=OPERATOR) as database, database.transaction() as connection:
        _require(connection, ids)
        remove_rules(connection, ids)
        end_orphans(connection)


def _require(connection: Connection, ids: Sequence[int]) -> None:
    missing = find_missing_rules(connection, ids)
    if missing:
        raise BadInput(f"no rule has the id {', '.join(str(one) for one in missing)}; nothing was changed")
