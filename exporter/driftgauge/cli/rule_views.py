"""How rules that people write are shown: how each stands, how many stand how, and what may be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import groupby
from typing import Final

import typer

from driftgauge.alerting.condition import parse_condition
from driftgauge.cli.output import moment
from driftgauge.cli.tables import print_rows
from driftgauge.errors import BadInput
from driftgauge.store.alert_rules import ListedRule

USUAL: Final = "production"
GRAVEST_FIRST: Final = ("firing", "pending", "ok", "no_data", "unevaluated", "left_out", "broken", "disabled")
WORDS: Final = {"no_data": "no data", "left_out": "left out", "unevaluated": "not evaluated"}

Line = tuple[ListedRule, ...]
"""A rule of versions of which it stands alike."""


def print_rules(
    found: Sequence[ListedRule], hints: Sequence[str], *, nothing: str, limit: int, each_version: bool
) -> None:
    """Print a table of rules, how many there are in each state, and the hints; each version on a line if asked for."""
    lines = [(rule,) for rule in found] if each_version else _lines(found)
    print_rows(lines, _columns(found), nothing=nothing)
    if not found:
        return
    if len(found) == limit:
        typer.echo(f"the first {limit:,} of rules and versions; there may be more: --limit")
    typer.echo(_summary(found))
    for hint in hints:
        typer.echo(hint)
    in_force = [rule for rule in found if rule.state not in {"disabled", "broken"}]
    if in_force and all(rule.state == "unevaluated" for rule in in_force):
        last = max((rule.last_run_at for rule in in_force if rule.last_run_at is not None), default=None)
        since = "yet" if last is None else f"since {moment(last)}"
        typer.echo(f"none of these was evaluated {since}: is driftgauge run running?")


def says(document: object) -> str:
    """Return a condition as people read it, or what is wrong with it."""
    try:
        return str(parse_condition(document))
    except BadInput as error:
        return str(error)


def record(rule: ListedRule, hint: str | None) -> dict[str, object]:
    """Return a rule for programs."""
    return {
        "id": rule.rule_id,
        "model": rule.model,
        "environment": rule.environment,
        "version": rule.version,
        "alert_type": rule.alert_type,
        "severity": rule.severity,
        "condition": rule.document,
        "state": rule.state,
        "value": rule.value,
        "holding_since": rule.holding_since,
        "evaluated_at": rule.evaluated_at,
        "in_force_since": rule.in_force_since,
        "last_run_at": rule.last_run_at,
        "hint": hint,
        "created_by": rule.created_by,
        "created_at": rule.created_at,
    }


def _lines(found: Sequence[ListedRule]) -> list[Line]:
    """Return the rules, those of one rule that are in one state together, the gravest state first."""
    lines: list[Line] = []
    for _, group in groupby(found, key=lambda rule: rule.rule_id):
        by_state: dict[str, list[ListedRule]] = {}
        for rule in group:
            by_state.setdefault(rule.state, []).append(rule)
        lines += [tuple(by_state[state]) for state in GRAVEST_FIRST if state in by_state]
    return lines


def _columns(found: Sequence[ListedRule]) -> dict[str, Callable[[Line], str]]:
    """Return what is shown of rules; what is as usual of all of them is not."""
    columns: dict[str, Callable[[Line], str]] = {
        "id": lambda line: str(line[0].rule_id),
        "state": lambda line: WORDS.get(line[0].state, line[0].state),
        "severity": lambda line: line[0].severity,
        "model": lambda line: line[0].model,
    }
    if any(rule.environment != USUAL for rule in found):
        columns["environment"] = lambda line: line[0].environment
    columns |= {
        "version": lambda line: line[0].version or "" if len(line) == 1 else f"{len(line)} of them",
        "condition": lambda line: says(line[0].document),
        "value": _values,
        "holds since": _since,
    }
    if any(rule.alert_type != rule.document.get("type") for rule in found):
        columns["type"] = lambda line: line[0].alert_type if line[0].alert_type != line[0].document.get("type") else ""
    return columns


def _values(line: Line) -> str:
    """Return what is compared, or from where to where it goes."""
    values = [rule.value for rule in line if rule.value is not None]
    if not values:
        return ""
    ends = dict.fromkeys((_figure(min(values)), _figure(max(values))))
    return " to ".join(ends)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e9 else f"{value:.4g}"  # noqa: PLR2004 - as wide


def _since(line: Line) -> str:
    """Return since when a rule holds, of whichever version the longest."""
    return min((moment(rule.holding_since) for rule in line if rule.holding_since is not None), default="")


def _summary(found: Collection[ListedRule]) -> str:
    """Return how many rules are in each state; one counts as the gravest of its versions'."""
    gravest: dict[int, str] = {}
    for rule in found:
        gravest[rule.rule_id] = min(rule.state, gravest.get(rule.rule_id, rule.state), key=GRAVEST_FIRST.index)
    counts = Counter(gravest.values())
    states = [f"{counts[state]:,} {WORDS.get(state, state)}" for state in GRAVEST_FIRST if counts[state]]
    return f"{len(gravest):,} rule{'' if len(gravest) == 1 else 's'}: {', '.join(states)}"
