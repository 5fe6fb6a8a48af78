"""`driftgauge alerts`: list what fires, acknowledge it, resolve it."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from driftgauge.cli.context import load
from driftgauge.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from driftgauge.store.alerts import HeldAlert, StoredAlert

_EPILOG: Final = """\
Examples:

driftgauge alerts list

driftgauge alerts ack 12 13 --for 8h --comment "the partner's feed is late, ticket 4711"

driftgauge alerts resolve 12

Times are UTC.
"""
LONGEST_NAME: Final = 200
LONGEST_COMMENT: Final = 2_000
LONGEST_DAYS: Final = 365

Ids = Annotated[list[int], typer.Argument(metavar="ID…", help="As driftgauge alerts list shows them.")]
By = Annotated[str | None, typer.Option(metavar="NAME", help="Who does it. [default: the user of this machine]")]


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    group = typer.Typer(no_args_is_help=True, epilog=_EPILOG, help="List the alerts that fire, acknowledge, resolve.")
    group.command("list", epilog="Example: driftgauge alerts list --model churn --all")(list_alerts)
    group.command("ack", epilog='Example: driftgauge alerts ack 12 --for 8h --comment "ticket 4711"')(ack)
    group.command("resolve", epilog="Example: driftgauge alerts resolve 12")(resolve)
    app.add_typer(group, name="alerts")


def list_alerts(
    ctx: typer.Context,
    *,
    model: Annotated[str | None, typer.Option(metavar="M", help="Only of this model. [default: every]")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that have ended, too, the newest first.")] = False,
    limit: Annotated[int, typer.Option(metavar="N", help="Show at most so many, the first in order.")] = 100,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead.")] = False,
) -> None:
    """List the alerts that have not ended, critical before warning before info."""
    from driftgauge.app import alerting
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import print_rows
    from driftgauge.queries.asking import at_most, named

    if model is not None:
        named("model", model)
    found = alerting.find_alerts(load(ctx), model=model, resolved=every, limit=at_most(limit))
    if json:
        print_json([_record(alert) for alert in found])
        return
    of = "" if model is None else f" of {model}"
    print_rows(found, _columns(), nothing=f"no {'' if every else 'active '}alerts{of}", limit=limit)


def ack(
    ctx: typer.Context,
    ids: Ids,
    *,
    span: Annotated[str, typer.Option("--for", metavar="T", help="How long nobody is told: 30m, 4h, 2d.")] = "4h",
    by: By = None,
    comment: Annotated[str, typer.Option(metavar="TEXT", help="Why; Alertmanager shows it.")] = "acknowledged",
    only_record: Annotated[
        bool, typer.Option("--only-record", help="Keep who acknowledged it, and silence nothing in Alertmanager.")
    ] = False,
) -> None:
    """Acknowledge alerts: silence them in Alertmanager for a while, and keep who did so and when.

    The silence ends when the alert does. Done again, it lasts anew.
    """
    from driftgauge.app import alerting
    from driftgauge.jobs.acknowledging import Acknowledgement

    given = Acknowledgement(
        by=_said("--by", by or getpass.getuser(), LONGEST_NAME),
        span=_span(span),
        comment=_said("--comment", comment, LONGEST_COMMENT),
    )
    for alert in alerting.acknowledge(load(ctx), _distinct(ids), given, only_record=only_record):
        typer.echo(_acknowledged(alert))


def resolve(ctx: typer.Context, ids: Ids, *, by: By = None) -> None:
    """Resolve alerts by hand: those that are none of Alertmanager's, or that it will not resolve.

    Alertmanager goes on telling of what still fires there.
    """
    from driftgauge.app import alerting

    who = _said("--by", by or getpass.getuser(), LONGEST_NAME)
    for alert, done in alerting.resolve(load(ctx), _distinct(ids), by=who):
        typer.echo(f"alert {alert.alert_id} ({alert.name}) is {'' if done else 'already '}resolved{_since(alert)}")


def _acknowledged(alert: HeldAlert) -> str:
    """Return what became of an alert, in a line."""
    from driftgauge.cli.output import moment

    name = f"alert {alert.alert_id} ({alert.name})"
    if alert.resolved:
        return f"{name} is already resolved{_since(alert)}: there is nothing to acknowledge"
    assert alert.acknowledged_at is not None  # noqa: S101 - it has just been written
    until = f", silenced until {moment(alert.silenced_until)}" if alert.silence_id and alert.silenced_until else ""
    return f"{name} is acknowledged by {alert.acknowledged_by} since {moment(alert.acknowledged_at)}{until}"


def _since(alert: HeldAlert) -> str:
    from driftgauge.cli.output import moment

    by = f" by {alert.resolved_by}" if alert.resolved_by else ""
    return by if alert.resolved_at is None else f"{by} since {moment(alert.resolved_at)}"


def _columns() -> dict[str, Callable[[StoredAlert], str]]:
    from driftgauge.cli.output import moment

    return {
        "id": lambda row: str(row.alert_id),
        "severity": lambda row: row.severity,
        "since": lambda row: moment(row.triggered_at),
        "alert": lambda row: row.name,
        "model": lambda row: row.key.model,
        "version": lambda row: row.key.version,
        "environment": lambda row: row.key.environment,
        "feature": lambda row: row.labels.get("feature", ""),
        "value": lambda row: _number(row.value),
        "limit": lambda row: _number(row.threshold),
        "state": _state,
        "message": lambda row: row.message,
    }


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _state(alert: StoredAlert) -> str:
    """Return what has become of an alert, in few words."""
    from driftgauge.cli.output import moment

    if alert.resolved:
        by = f" by {alert.resolved_by}" if alert.resolved_by else ""
        return f"resolved{by}" + ("" if alert.resolved_at is None else f" {moment(alert.resolved_at)}")
    if alert.acknowledged:
        return f"acknowledged by {alert.acknowledged_by or 'somebody'}"
    return "suppressed" if alert.suppressed else "fires"


def _record(alert: StoredAlert) -> dict[str, object]:
    return {
        "id": alert.alert_id,
        "alert": alert.name,
        "model": alert.key.model,
        "version": alert.key.version,
        "environment": alert.key.environment,
        "severity": alert.severity,
        "message": alert.message,
        "labels": alert.labels,
        "value": alert.value,
        "threshold": alert.threshold,
        "triggered_at": alert.triggered_at,
        "acknowledged": alert.acknowledged,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": alert.acknowledged_by,
        "suppressed": alert.suppressed,
        "silenced_until": alert.silenced_until,
        "resolved": alert.resolved,
        "resolved_at": alert.resolved_at,
        "resolution": alert.resolution,
        "resolved_by": alert.resolved_by,
    }


def _distinct(ids: list[int]) -> list[int]:
    """Return each id once.

    Raises
    ------
    BadInput
        If one cannot be any alert's.
    """
    for one in ids:
        if not 1 <= one < 1 << 63:
            raise BadInput(f"{one} is no id of an alert; driftgauge alerts list shows those there are")
    return list(dict.fromkeys(ids))


def _said(option: str, text: str, longest: int) -> str:
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise BadInput(f"{option}: expected 1 to {longest:,} characters on one line")
    return text.strip()


def _span(text: str) -> timedelta:
    from datetime import timedelta

    from driftgauge.config.durations import parse_duration

    try:
        span = parse_duration(text)
    except ValueError as error:
        raise BadInput(f"--for: {error}") from None
    if not timedelta(seconds=1) <= span <= timedelta(days=LONGEST_DAYS):
        raise BadInput(f"--for: {text} is out of bounds; choose 1s to {LONGEST_DAYS}d")
    return span
