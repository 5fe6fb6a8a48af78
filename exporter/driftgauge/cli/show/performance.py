"""`driftgauge show performance`: how well a model did and was estimated to do."""

from __future__ import annotations

from typing import Annotated

import typer

from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Days, Json
from driftgauge.cli.show.reading import reader


def show_performance(  # noqa: PLR0913 - an option each
    ctx: typer.Context,
    *,
    model: Model,
    segment: Annotated[str, typer.Option(metavar="NAME", help="Show the cohorts of this segment only.")] = "",
    metric: Annotated[
        str | None, typer.Option(metavar="NAME", help="Show this metric, with reasons. [default: the main ones]")
    ] = None,
    version: Version = None,
    environment: Environment = None,
    days: Days = 30,
    trend: Annotated[
        bool, typer.Option("--trend", help="Show one metric by day instead, accuracy by default.")
    ] = False,
    json: Json = False,
) -> None:
    """Show how well a model did and was estimated to do, by cohort: the predictions of a day, unless set otherwise.

    Estimates are known when a cohort has closed, with where the realised value should lie. Realised values follow as
    outcomes arrive; they are judged once the cohort has matured.
    """
    from driftgauge import queries
    from driftgauge.cli import performance_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import name_model, print_rows
    from driftgauge.errors import BadInput

    if trend and segment:
        raise BadInput("--trend is of all rows of a model; leave out --segment")
    of = {"version": version, "environment": environment}
    name = name_model(model, version, environment, segment)
    with reader(ctx) as connection:
        if trend:
            metric = metric or "accuracy"
            by_day = queries.performance_trend(connection, model, metric=metric, days=days, **of)
            if json:
                print_json(by_day)
                return
            nothing = f"no {metric} of {name} in the last {days} days"
            print_rows(by_day, views.PERFORMANCE_DAY, nothing=nothing)
            return
        cohorts = queries.performance_cohorts(connection, model, segment=segment, metric=metric, days=days, **of)
    if json:
        print_json(cohorts)
    else:
        views.print_cohorts(model, name, cohorts, metric=metric, days=days)
