"""`driftgauge show alerts`: what waits to be resolved."""

from __future__ import annotations

import typer

from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Json, Limit
from driftgauge.cli.show.reading import reader


def show_alerts(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Show the alerts of a model that wait to be resolved, critical before warning before info."""
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import name_model, print_rows

    with reader(ctx) as connection:
        found = queries.active_alerts(connection, model, version=version, environment=environment, limit=limit)
    if json:
        print_json(found)
        return
    name = name_model(model, version, environment)
    numbers = ("value", "limit")  # left out where no alert has any: there is little room
    columns = {name: cell for name, cell in views.ALERT.items() if name not in numbers or any(map(cell, found))}
    print_rows(found, columns, nothing=f"no active alerts of {name}", limit=limit)
