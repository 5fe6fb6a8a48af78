"""`driftgauge show metrics`: what services logged, the newest first or by day."""

from __future__ import annotations

from typing import Annotated

import typer

from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Days, Hours, Json, Limit
from driftgauge.cli.show.reading import reader


def show_metrics(  # noqa: PLR0913 - each is an option
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="Show this metric by day instead.")] = None,
    hours: Hours = 24,
    days: Days = 30,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Show the metrics that services logged about a model, the newest first; or one of them by day.

    Hours and the limit are for the first, days for the second.
    """
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import name_model, print_rows

    name = name_model(model, version, environment)
    if metric is not None:
        with reader(ctx) as connection:
            trend = queries.metric_trend(
                connection, model, metric=metric, version=version, environment=environment, days=days
            )
        if json:
            print_json(trend)
            return
        print_rows(trend, views.METRIC_DAY, nothing=f"no {metric} of {name} in the last {days} days")
        return
    with reader(ctx) as connection:
        found = queries.recent_metrics(
            connection, model, version=version, environment=environment, hours=hours, limit=limit
        )
    if json:
        print_json(found)
        return
    print_rows(found, views.METRIC, nothing=f"no metrics of {name} in the last {hours:g} hours", limit=limit)
