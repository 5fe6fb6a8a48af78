"""`driftgauge rules`: write rules about models, list how they stand, put them in force or out of it."""

from __future__ import annotations

import getpass
from enum import StrEnum
from typing import Annotated, Final

import typer

from driftgauge.alerting.own_metrics import OWN_METRICS
from driftgauge.cli.context import load
from driftgauge.errors import BadInput
from driftgauge.model.alert import Severity

_ADDING: Final = """\
A metric that your service logs, for ten minutes:
driftgauge rules add --model churn --severity warning --metric revenue --operator "<" --threshold 5 --for 10m

One of the exporter's own figures:
driftgauge rules add --model churn --severity critical --metric ml_error_ratio --operator ">" --threshold 0.05

Too little traffic, or none:
driftgauge rules add --model churn --severity critical --metric ml_predictions --operator "<" --threshold 100 --for 1h

Drift of a feature; of any without --feature:
driftgauge rules add --model churn --severity warning --drift --feature age

Performance by outcomes; by estimates before they come with --basis estimated:
driftgauge rules add --model churn --severity warning --performance accuracy --below 0.9

The exporter's own figures are {figures}.
"""
_EPILOG: Final = """\
Examples:

driftgauge rules add --model churn --severity critical --metric ml_error_ratio --operator ">" --threshold 0.05 --for 10m

driftgauge rules list --model churn --state firing

driftgauge rules disable 3

driftgauge rules add --help has an example for each kind of condition. Times are UTC.
"""
LONGEST_NAME: Final = 200
_METRIC, _DRIFT, _SCORE = "Of a metric", "Of drift", "Of performance"
Ids = Annotated[list[int], typer.Argument(metavar="ID…", help="As driftgauge rules list shows them.")]


class RuleState(StrEnum):
    """How a rule stands of a version."""

    FIRING = "firing"
    PENDING = "pending"
    OK = "ok"
    NO_DATA = "no_data"
    UNEVALUATED = "unevaluated"
    DISABLED = "disabled"
    BROKEN = "broken"
    LEFT_OUT = "left_out"


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    group = typer.Typer(no_args_is_help=True, epilog=_EPILOG, help="Write rules that raise alerts, and list them.")
    group.command("add", epilog=_ADDING.format(figures=", ".join(OWN_METRICS)))(add)
    group.command("list", epilog="Example: driftgauge rules list --model churn --state firing --state no_data")(
        list_rules
    )
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
    metric: Annotated[
        str | None, typer.Option(metavar="NAME", help="One that is logged, or an own figure.", rich_help_panel=_METRIC)
    ] = None,
    operator: Annotated[
        str | None, typer.Option(metavar="OP", help='">", "<", ">=", "<=", "==" or "!=".', rich_help_panel=_METRIC)
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(metavar="X", help="The rule holds on that side of it.", rich_help_panel=_METRIC)
    ] = None,
    drift: Annotated[
        bool, typer.Option("--drift", help="The rule holds while a feature is drifted.", rich_help_panel=_DRIFT)
    ] = False,
    feature: Annotated[
        str | None, typer.Option(metavar="NAME", help="This one; any unless given.", rich_help_panel=_DRIFT)
    ] = None,
    performance: Annotated[
        str | None, typer.Option(metavar="NAME", help="Such as accuracy, f1, roc_auc or r2.", rich_help_panel=_SCORE)
    ] = None,
    below: Annotated[
        float | None, typer.Option(metavar="X", help="The rule holds below it.", rich_help_panel=_SCORE)
    ] = None,
    basis: Annotated[
        str | None,
        typer.Option(
            metavar="B",
            help="realised: by outcomes, unless given; estimated: before they come.",
            rich_help_panel=_SCORE,
        ),
    ] = None,
    span: Annotated[
        str | None, typer.Option("--for", metavar="T", help="How long it must hold until it fires: 10m, 1h30m.")
    ] = None,
    alert_type: Annotated[
        str | None, typer.Option(metavar="NAME", help="What its alerts are called; the kind of condition unless given.")
    ] = None,
) -> None:
    """Add a rule, in force at once: of a metric, of drift, or of performance; one of the three.

    What can never have a value is refused. What nobody knows yet, such as a model that is still to come, is noted.
    """
    from driftgauge.alerting.condition import ConditionType
    from driftgauge.app import rules
    from driftgauge.cli.rule_views import says
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
    rule_id, notes = rules.add(
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
    typer.echo(f"rule {rule_id} is in force: {says(condition)}")
    for note in notes:
        typer.echo(f"note: {note}", err=True)


def list_rules(
    ctx: typer.Context,
    *,
    model: Annotated[
        str | None, typer.Option(metavar="M", help="Only of this model; of every one unless given.")
    ] = None,
    state: Annotated[list[RuleState] | None, typer.Option(help="Only in this state; may be given again.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", help="Show at most so many, the oldest first.")] = 1_000,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead.")] = False,
) -> None:
    """List rules, how each stands of the versions that serve, and what may be wrong with it.

    Versions of which a rule stands alike are one line, unless they are of the one --model.
    """
    from driftgauge.app import rules
    from driftgauge.cli.output import print_json
    from driftgauge.cli.rule_views import print_rules, record
    from driftgauge.queries.asking import at_most, named

    if model is not None:
        named("model", model)
    states = [one.value for one in state] if state else None
    found, hints = rules.find(load(ctx), model=model, states=states, limit=at_most(limit))
    if json:
        texts = {rule_id: hint.text for hint in hints for rule_id in hint.rule_ids}
        print_json([record(rule, texts.get(rule.rule_id)) for rule in found])
        return
    nothing = " ".join(["no rules", *([f"of {model}"] if model else []), *(["in that state"] if states else [])])
    print_rules(found, [str(hint) for hint in hints], nothing=nothing, limit=limit, each_version=model is not None)


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
