"""How rules that people write are shown: a line for each version, how many stand how, and what may be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import typer

from driftgauge.alerting.condition import parse_condition
from driftgauge.cli.output import moment
from driftgauge.cli.show_views import print_rows
from driftgauge.errors import BadInput
from driftgauge.store.alert_rules import ListedRule

USUAL: Final = "production"
GRAVEST_FIRST: Final = ("firing", "pending", "ok", "no_data", "unevaluated", "left_out", "broken", "disabled")


def print_rules(found: Sequence[ListedRule], hints: Mapping[int, str], *, nothing: str, limit: int) -> None:
    """Print a table of rules, how many there are in each state, and the hints."""
    print_rows(found, _columns(found), nothing=nothing, limit=limit)
    if not found:
        return
    typer.echo(_summary(found))
    for rule_id, hint in hints.items():
        typer.echo(f"rule {rule_id} {hint}")
    runs = [rule.last_run_at for rule in found if rule.state == "unevaluated"]
    if len(runs) == sum(rule.state not in {"disabled", "broken"} for rule in found) and runs:
        last = max((at for at in runs if at is not None), default=None)
        since = "yet" if last is None else f"since {moment(last)}"
        typer.echo(f"no rule was evaluated {since}: is driftgauge run running?")


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


def _columns(found: Sequence[ListedRule]) -> dict[str, Callable[[ListedRule], str]]:
    """Return what is shown of rules; what is as usual of all of them is not."""
    columns: dict[str, Callable[[ListedRule], str]] = {
        "id": lambda row: str(row.rule_id),
        "state": _state,
        "severity": lambda row: row.severity,
        "model": lambda row: row.model,
    }
    if any(rule.environment != USUAL for rule in found):
        columns["environment"] = lambda row: row.environment
    columns |= {
        "version": lambda row: row.version or "",
        "condition": lambda row: says(row.document),
        "value": lambda row: "" if row.value is None else f"{row.value:.6g}",
        "": _since,
    }
    if any(rule.alert_type != rule.document.get("type") for rule in found):
        columns["type"] = lambda row: row.alert_type
    return columns


def _state(rule: ListedRule) -> str:
    return "not evaluated" if rule.state == "unevaluated" else rule.state.replace("_", " ")


def _since(rule: ListedRule) -> str:
    """Return since when a rule holds, or nobody has looked."""
    if rule.state == "unevaluated":
        if rule.evaluated_at is None:
            return ""
        held = "" if rule.holding_since is None else f", held since {moment(rule.holding_since)}"
        return f"since {moment(rule.evaluated_at)}{held}"
    return "" if rule.holding_since is None else f"holds since {moment(rule.holding_since)}"


def _summary(found: Sequence[ListedRule]) -> str:
    """Return how many rules are in each state; one counts as the gravest of its versions'."""
    gravest: dict[int, int] = {}
    for rule in found:
        place = GRAVEST_FIRST.index(rule.state)
        gravest[rule.rule_id] = min(place, gravest.get(rule.rule_id, place))
    counts = Counter(gravest.values())
    states = [
        f"{counts[place]:,} {state.replace('_', ' ')}" for place, state in enumerate(GRAVEST_FIRST) if counts[place]
    ]
    return f"{len(gravest):,} rule{'' if len(gravest) == 1 else 's'}: {', '.join(states)}".replace(
        "unevaluated", "not evaluated"
    )
