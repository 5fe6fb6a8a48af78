"""`driftgauge show health`: how a model is, and what that follows from."""

from __future__ import annotations

from dataclasses import asdict

import typer

from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Days, Hours, Json
from driftgauge.cli.show.reading import reader


def show_health(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    hours: Hours = 24,
    days: Days = 7,
    json: Json = False,
) -> None:
    """Show how a model is, from 0 to 1, what that follows from, and its scores and health checks by day.

    The newest score that the exporter has written of each version and environment comes first, with what each component
    takes away of it, those that take most first. The classic score is the share of successful predictions of the last
    hours, times 0.8 if their mean latency is above 200 ms, times 0.7 if there were drift alerts, times 0.6 if the
    concept drifted. Without predictions there is none.
    """
    from driftgauge import queries
    from driftgauge.cli import health_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import name_model, print_rows

    with reader(ctx) as connection:
        health = queries.model_health(connection, model, version=version, environment=environment, hours=hours)
        latest = queries.latest_health(connection, model, version=version, environment=environment, hours=hours)
        scores = queries.health_score_trend(connection, model, version=version, environment=environment, days=days)
        trend = queries.health_trend(connection, model, version=version, environment=environment, days=days)
    if json:
        print_json(asdict(health) | {"latest": latest, "score_trend": scores, "trend": trend})
        return
    name = name_model(model, version, environment)
    views.print_scores(model, name, latest, hours)
    views.print_health(name, health, hours)
    print_rows(scores, views.HEALTH_SCORE_DAY, nothing=f"no scores in the last {days} days")
    typer.echo()
    print_rows(trend, views.HEALTH_DAY, nothing=f"no health checks in the last {days} days")
