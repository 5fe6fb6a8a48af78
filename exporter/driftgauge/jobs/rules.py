"""Evaluate the rules that people wrote, by version of their model, and tell which have held for long enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from driftgauge.alerting.condition import evaluate
from driftgauge.exposition.samples import Sample
from driftgauge.jobs.job import model_labels
from driftgauge.jobs.rule_values import TrafficOptions, read_serving, read_values
from driftgauge.model.identity import ModelKey
from driftgauge.store.alert_rules import (
    Evaluated,
    Rules,
    forget_states,
    read_rules,
    write_run,
    write_states,
)
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database
from driftgauge.store.rule_alerts import end_orphans

MOST_RULES: Final = 1_000
"""As many rules are evaluated, the oldest."""
TOLERANCE: Final = timedelta(hours=1)
"""After a longer break of evaluations, nobody knows whether a rule held meanwhile: it starts over."""
OVERDUE: Final = 3
"""Multiples of the time between two evaluations after which the last one says nothing of now."""
SLOWNESS: Final = timedelta(minutes=1)
"""So long may an evaluation wait and take."""
GRAVEST_FIRST: Final = ("firing", "pending", "ok", "no_data")
STATES: Final = (*GRAVEST_FIRST, "broken", "left_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOptions:
    """How often rules are evaluated, and how they see traffic."""

    every: timedelta
    traffic: TrafficOptions

    @property
    def fresh(self) -> timedelta:
        """For how long an evaluation says how things are."""
        return OVERDUE * self.every + SLOWNESS


class RuleJob:
    """Evaluates every rule in force, and keeps in the database since when each holds."""

    name = "rules"

    def __init__(self, database: Database, options: RuleOptions) -> None:
        """Take how rules are evaluated."""
        self._database = database
        self.options = options

    def run(self) -> tuple[Sample, ...]:
        """Read what is known, evaluate each rule of each version, and write since when it holds.

        Alerts by given metrics whose rule is not in force any more, or another, end.
        """
        fresh = self.options.fresh
        with self._database.transaction(read_only=True) as connection:
            now = read_now(connection)
            rules = read_rules(connection, limit=MOST_RULES)
            versions = read_serving(connection, rules.read, now) if rules.read else []
            values = read_values(connection, rules.read, versions, now, self.options.traffic) if versions else {}
        versions_of: dict[tuple[str, str], list[ModelKey]] = {}
        for key in values:
            versions_of.setdefault((key.model, key.environment), []).append(key)
        found = [
            Evaluated(rule=rule, key=key, wait=rule.condition.wait, found=evaluate(rule.condition, values[key]))
            for rule in rules.read
            if rule.condition is not None
            for key in versions_of.get((rule.model, rule.environment), ())
        ]
        with self._database.transaction() as connection:
            forget_states(connection, found, before=now - fresh)
            fires = write_states(connection, found, tolerance=max(TOLERANCE, fresh))
            write_run(connection, rules, fresh=fresh)
            end_orphans(connection)
        return (*_samples(found, fires), *_counts(rules, found, fires))


def _samples(found: Collection[Evaluated], fires: Mapping[tuple[int, str], bool]) -> Iterator[Sample]:
    for one in found:
        rule, rule_id = one.rule, str(one.rule.rule_id)
        firing = fires.get((rule.rule_id, one.key.version), False)
        yield Sample(
            "ml_alert_rule_firing", model_labels(one.key, rule_id, rule.alert_type, rule.severity), float(firing)
        )
        if one.found.value is not None:
            yield Sample("ml_alert_rule_value", model_labels(one.key, rule_id), one.found.value)
        if rule.condition is not None and rule.condition.threshold is not None:
            yield Sample("ml_alert_rule_value_threshold", model_labels(one.key, rule_id), rule.condition.threshold)


def _counts(rules: Rules, found: Collection[Evaluated], fires: Mapping[tuple[int, str], bool]) -> Iterator[Sample]:
    """Yield how many rules are in each state; a rule counts once, as the gravest of its versions'."""
    of_versions: dict[int, set[str]] = {}
    for one in found:
        state = _state(one, firing=fires.get((one.rule.rule_id, one.key.version), False))
        of_versions.setdefault(one.rule.rule_id, set()).add(state)
    counts = Counter(
        "broken" if rule.condition is None else min(of_versions.get(rule.rule_id, {"no_data"}), key=GRAVEST_FIRST.index)
        for rule in rules.read
    )
    counts["left_out"] = rules.left_out
    for state in STATES:
        yield Sample("driftgauge_alert_rules", (state,), float(counts[state]))


def _state(one: Evaluated, *, firing: bool) -> str:
    if one.found.holds is None:
        return "no_data"
    if not one.found.holds:
        return "ok"
    return "firing" if firing else "pending"
