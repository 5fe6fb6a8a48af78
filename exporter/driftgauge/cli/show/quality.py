"""`driftgauge show quality`: what the checks of rows and features found."""

from __future__ import annotations

import typer

from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Hours, Json
from driftgauge.cli.show.reading import reader


def show_quality(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    hours: Hours = 24,
    json: Json = False,
) -> None:
    """Show what the checks of a model's rows and features found last, faults first.

    Of features: values that are missing, of another type, never seen or out of range; of free texts, how many are
    distinct. Of rows: how many repeat another, and for how long, in seconds, there was none.
    """
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import name_model, print_rows

    with reader(ctx) as connection:
        found = queries.data_quality(connection, model, version=version, environment=environment, hours=hours)
    if json:
        print_json(found)
        return
    name = name_model(model, version, environment)
    print_rows(found, views.QUALITY, nothing=f"no checks of {name} in the last {hours:g} hours")
