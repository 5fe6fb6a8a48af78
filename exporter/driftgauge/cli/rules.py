"""`driftgauge rules`: write rules about models, list how they stand, put them in force or out of it."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from driftgauge.cli.context import load
from driftgauge.errors import BadInput
from driftgauge.model.alert import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from driftgauge.store.alert_rules import ListedRule

_EPILOG: Final = """\
Examples:

driftgauge rules add --model churn --severity critical --metric ml_error_ratio --operator ">" --threshold 0.05 --for 10m

driftgauge rules add --model churn --severity warning --drift --feature age

driftgauge rules add --model churn --severity warning --performance accuracy --below 0.9

driftgauge rules list --model churn

Times are UTC.
"""
LONGEST_NAME: Final = 200
Ids = Annotated[list[int], typer.Argument(metavar="ID…", help="As driftgauge rules list shows them.")]


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    group = typer.Typer(no_args_is_help=True, epilog=_EPILOG, help="Write rules that raise alerts, and list them.")
    group.command("add", epilog=_EPILOG)(add)
    group.command("list", epilog="Example: driftgauge rules list --model churn")(list_rules)
    group.command("enable", epilog="Example: driftgauge rules enable 3")(enable)
    group.command("disable", epilog="Example: driftgauge rules disable 3 4")(disable)
    group.command("remove", epilog="Example: driftgauge rules remove 3")(remove)
    app.add_typer(group, name="rules")


def add(  # noqa: PLR0913 - each is an option
    ctx: typer.Context,
    *,
    model: Annotated[str, typer.Option(metavar="M", help="The model, by name.")],
    severity: Annotated[Severity, typer.Option(help="How grave it is when the rule holds.")],
    environment: Annotated[str, typer.Option(metavar="E", help="Its environment.")] = "production",
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="Compare this metric.")] = None,
    operator: Annotated[str | None, typer.Option(metavar="OP", help="With one of >, <, >=, <=, ==, !=.")] = None,
    threshold: Annotated[float | None, typer.Option(metavar="X", help="With this.")] = None,
    drift: Annotated[bool, typer.Option("--drift", help="Look whether a feature has drifted.")] = False,
    feature: Annotated[str | None, typer.Option(metavar="NAME", help="This one. [default: any]")] = None,
    performance: Annotated[str | None, typer.Option(metavar="NAME", help="Compare this metric of performance.")] = None,
    below: Annotated[float | None, typer.Option(metavar="X", help="It should not be below.")] = None,
    basis: Annotated[
        str | None, typer.Option(metavar="B", help="realised: by outcomes; estimated: before. [default: realised]")
    ] = None,
    span: Annotated[str | None, typer.Option("--for", metavar="T", help="How long it must hold: 10m, 1h30m.")] = None,
    alert_type: Annotated[
        str | None, typer.Option(metavar="NAME", help="What its alerts are called. [default: the kind of condition]")
    ] = None,
) -> None:
    """Add a rule, in force at once: of a metric, of drift, or of performance."""
    from driftgauge.alerting.condition import ConditionType
    from driftgauge.app import rules
    from driftgauge.queries.asking import named
    from driftgauge.store.alert_rules import NewRule

    kinds: dict[ConditionType, dict[str, object]] = {
        ConditionType.METRIC_THRESHOLD: {"metric": metric, "operator": operator, "threshold": threshold},
        ConditionType.DRIFT_DETECTED: {"drift": drift or None, "feature": feature},
        ConditionType.PERFORMANCE_BELOW: {"performance": performance, "below": below, "basis": basis},
    }
    chosen = [kind for kind, options in kinds.items() if any(value is not None for value in options.values())]
    if len(chosen) != 1:
        raise BadInput("give one of --metric with --operator and --threshold, --drift, or --performance with --below")
    given = {name: value for name, value in kinds[chosen[0]].items() if value is not None}
    required = {"metric", "operator", "threshold", "drift", "performance", "below"} & kinds[chosen[0]].keys()
    missing = [f"--{name}" for name in kinds[chosen[0]] if name in required - given.keys()]
    if missing:
        raise BadInput(f"{', '.join(missing)} is missing; see driftgauge rules add --help")
    given.pop("drift", None)
    renamed = {"performance": "metric", "below": "threshold"}
    condition: dict[str, object] = {"type": chosen[0].value}
    condition |= {renamed.get(name, name): value for name, value in given.items()}
    if span is not None:
        condition["for"] = span
    kind = chosen[0].value if alert_type is None else alert_type
    for option, name in (("--model", model), ("--environment", environment), ("--alert-type", kind)):
        if len(named(option, name)) > LONGEST_NAME or not name.isprintable():
            raise BadInput(f"{option}: expected 1 to {LONGEST_NAME} characters on one line")
    rule_id = rules.add(
        load(ctx),
        NewRule(
            model=model,
            environment=environment,
            alert_type=kind,
            severity=severity.value,
            condition=condition,
            created_by=getpass.getuser(),
        ),
    )
    typer.echo(f"rule {rule_id} is in force: {_says(condition)}")


def list_rules(
    ctx: typer.Context,
    *,
    model: Annotated[str | None, typer.Option(metavar="M", help="Only of this model. [default: every]")] = None,
    limit: Annotated[int, typer.Option(metavar="N", help="Show at most so many, the oldest first.")] = 1_000,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead.")] = False,
) -> None:
    """List rules, and how each stands of every version that has served lately."""
    from driftgauge.app import rules
    from driftgauge.cli.output import print_json
    from driftgauge.cli.show_views import print_rows
    from driftgauge.queries.asking import at_most, named

    if model is not None:
        named("model", model)
    found = rules.find(load(ctx), model=model, limit=at_most(limit))
    if json:
        print_json([_record(rule) for rule in found])
        return
    print_rows(found, _columns(), nothing="no rules" if model is None else f"no rules of {model}", limit=limit)


def enable(ctx: typer.Context, ids: Ids) -> None:
    """Put rules in force; how long they have held counts from then."""
    _switch(ctx, ids, enabled=True)


def disable(ctx: typer.Context, ids: Ids) -> None:
    """Take rules out of force; their alerts end."""
    _switch(ctx, ids, enabled=False)


def remove(ctx: typer.Context, ids: Ids) -> None:
    """Remove rules; the history of their alerts stays."""
    from driftgauge.app import rules

    chosen = _distinct(ids)
    rules.remove(load(ctx), chosen)
    for one in chosen:
        typer.echo(f"rule {one} is removed")


def _switch(ctx: typer.Context, ids: list[int], *, enabled: bool) -> None:
    from driftgauge.app import rules

    chosen = _distinct(ids)
    rules.switch(load(ctx), chosen, enabled=enabled)
    for one in chosen:
        typer.echo(f"rule {one} is {'in force' if enabled else 'disabled'}")


def _distinct(ids: list[int]) -> list[int]:
    """Return each id once.

    Raises
    ------
    BadInput
        If one cannot be any rule's.
    """
    for one in ids:
        if not 1 <= one < 1 << 63:
            raise BadInput(f"{one} is no id of a rule; driftgauge rules list shows those there are")
    return list(dict.fromkeys(ids))


def _says(document: object) -> str:
    """Return a condition as people read it, or what is wrong with it."""
    from driftgauge.alerting.condition import parse_condition

    try:
        return str(parse_condition(document))
    except BadInput as error:
        return str(error)


def _columns() -> dict[str, Callable[[ListedRule], str]]:
    return {
        "id": lambda row: str(row.rule_id),
        "severity": lambda row: row.severity,
        "model": lambda row: row.model,
        "environment": lambda row: row.environment,
        "version": lambda row: row.version or "",
        "type": lambda row: row.alert_type,
        "condition": lambda row: _says(row.document),
        "value": lambda row: "" if row.value is None else f"{row.value:.6g}",
        "state": _state,
    }


def _state(rule: ListedRule) -> str:
    """Return how a rule stands, in few words."""
    from driftgauge.cli.output import moment

    state = rule.state.replace("_", " ")
    return f"{state}, holds since {moment(rule.holding_since)}" if rule.holding_since is not None else state


def _record(rule: ListedRule) -> dict[str, object]:
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
        "created_by": rule.created_by,
        "created_at": rule.created_at,
    }
