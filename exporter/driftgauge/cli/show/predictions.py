"""`driftgauge show predictions`: how many there were, how they ended, and how long they took."""

from __future__ import annotations

import typer

from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Hours, Json
from driftgauge.cli.show.reading import reader


def show_predictions(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    hours: Hours = 24,
    json: Json = False,
) -> None:
    """Show how many predictions there were, how they ended, and how long they took.

    Latencies are exact. Those that cannot be right, such as NaN or a negative one, are left out of them.
    """
    from driftgauge import queries
    from driftgauge.cli.output import print_json
    from driftgauge.cli.prediction_views import print_predictions
    from driftgauge.cli.tables import name_model

    with reader(ctx) as connection:
        found = queries.prediction_summary(connection, model, version=version, environment=environment, hours=hours)
    if json:
        print_json(found)
    else:
        print_predictions(name_model(model, version, environment), found, hours)
