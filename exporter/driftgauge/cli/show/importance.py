"""`driftgauge show importance`: how much each feature matters, and how that differs from before."""

from __future__ import annotations

from typing import Annotated

import typer

from driftgauge.cli.context import load
from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Json, Limit
from driftgauge.cli.show.reading import reader


def show_importance(  # noqa: PLR0913 - an option each
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    against: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Compare what was logged last with this version's, now.")
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Show what was logged instead, the newest first.")] = False,
    days: Annotated[float, typer.Option(metavar="D", help="With --history: how many days to go back.")] = 30,
    limit: Limit = 1_000,
    json: Json = False,
) -> None:
    """Show how much each feature matters to each version of a model, and how that differs from before.

    A version's first importances are held against those of the version before, later ones against the last of its own.
    A feature that one side lacks has appeared or vanished; it is not taken as 0. Days and the limit are for --history.
    """
    from driftgauge import queries
    from driftgauge.app.judging_settings import importance_rules
    from driftgauge.cli import importance_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import name_model, print_rows
    from driftgauge.errors import BadInput

    if history and against is not None:
        raise BadInput("--history shows what was logged, --against compares; give one of them")
    settings = load(ctx)
    of = {"version": version, "environment": environment}
    span = settings.importance.span
    name = name_model(model, version, environment)
    with reader(ctx) as connection:
        if history:
            logged = queries.importance_history(connection, model, days=days, limit=limit, span=span, **of)
            if json:
                print_json(logged)
                return
            print_rows(logged, views.ENTRY, nothing=f"no importances of {name} in the last {days:g} days")
            return
        found = queries.importance_drift(
            connection, model, against=against, rules=importance_rules(settings, model), span=span, **of
        )
    if json:
        print_json(found)
    else:
        views.print_importance(model, name, found)
