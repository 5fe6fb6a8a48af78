"""Evaluate the rules that people wrote, by version of their model, and tell which have held for long enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.alerting.condition import Basis, MetricThreshold, Values, evaluate
from driftgauge.alerting.own_metrics import SCORE, traffic_metrics
from driftgauge.exposition.samples import Sample
from driftgauge.jobs.job import model_labels
from driftgauge.jobs.performance import KEPT_SHOWING
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import closed_window
from driftgauge.store.alert_rules import (
    AlertRule,
    DriftedFeatures,
    Evaluated,
    Rules,
    forget_states,
    read_drifted_features,
    read_rule_metrics,
    read_rule_versions,
    read_rules,
    read_scores,
    write_states,
)
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.health import read_traffic, read_written
from driftgauge.store.watermarks import read_rolled_up

MOST_RULES: Final = 1_000
"""As many rules are evaluated, the oldest."""
SERVED_LATELY: Final = timedelta(days=28)
"""A version that has neither predicted nor logged a metric for so long is retired: no rule is evaluated of it."""
LOGGED_LATELY: Final = timedelta(days=1)
"""A logged metric, or a judged window, that is older says nothing of now."""
SCORED_LATELY: Final = timedelta(hours=2)
TRAFFIC: Final = timedelta(hours=1)
TOLERANCE: Final = timedelta(hours=1)
"""After a longer break of evaluations, nobody knows whether a rule held meanwhile: it starts over."""
FORGOTTEN: Final = timedelta(days=1)
GRAVEST_FIRST: Final = ("firing", "pending", "ok", "no_data")
STATES: Final = (*GRAVEST_FIRST, "broken", "left_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOptions:
    """How wide the buckets are that traffic is kept by."""

    traffic_bucket: timedelta


class RuleJob:
    """Evaluates every rule in force, and keeps in the database since when each holds."""

    name = "rules"

    def __init__(self, database: Database, options: RuleOptions) -> None:
        """Take how traffic is kept."""
        self._database = database
        self.options = options

    def run(self) -> tuple[Sample, ...]:
        """Read what is known, evaluate each rule of each version, and write since when it holds."""
        with self._database.transaction(read_only=True) as connection:
            now = read_now(connection)
            rules = read_rules(connection, limit=MOST_RULES)
            keys = read_rule_versions(connection, rules.read, since=now - SERVED_LATELY) if rules.read else []
            values = self._read(connection, rules.read, keys, now) if keys else {}
        found = [
            Evaluated(rule=rule, key=key, wait=rule.condition.wait, found=evaluate(rule.condition, values[key]))
            for rule in rules.read
            if rule.condition is not None
            for key in keys
            if (key.model, key.environment) == (rule.model, rule.environment)
        ]
        with self._database.transaction() as connection:
            forget_states(connection, before=now - FORGOTTEN)
            fires = write_states(connection, found, tolerance=TOLERANCE)
        return (*_samples(found, fires), *_counts(rules, found, fires))

    def _read(
        self, connection: Connection, rules: Collection[AlertRule], keys: Collection[ModelKey], now: datetime
    ) -> dict[ModelKey, Values]:
        """Return what is known of models, by one query a kind of thing; own figures hide logged metrics."""
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
        own = {key: dict(_own(drift.get(key), scores.get(key, {}))) for key in keys}
        rolled_up = read_rolled_up(connection)
        if rolled_up is not None:
            known_to = min(now, rolled_up.horizon_at)
            window = closed_window(known_to, width=TRAFFIC, bucket=self.options.traffic_bucket)
            for key, traffic in read_traffic(connection, keys, window).items():
                own[key].update(traffic_metrics(traffic))
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
