"""`driftgauge show anomalies`: when metrics were not as usual."""

from __future__ import annotations

import typer

from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Hours, Json, Limit
from driftgauge.cli.show.reading import reader


def show_anomalies(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    hours: Hours = 24,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Show when a model's metrics were not as usual, and what each was in its last hour, the newest first.

    Metrics are the hourly predictions, mean latency, share of errors and mean confidence, and those that services log.
    """
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import name_model, print_rows

    with reader(ctx) as connection:
        found = queries.anomalies(connection, model, version=version, environment=environment, hours=hours, limit=limit)
    if json:
        print_json(found)
        return
    name = name_model(model, version, environment)
    nothing = f"no metric of {name} was judged in the last {hours:g} hours"
    print_rows(found, views.ANOMALY, nothing=nothing, limit=limit)
