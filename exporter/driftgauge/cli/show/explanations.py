"""`driftgauge show explanations`, `shap` and `lime`: how a model reasons, and how it did about one prediction."""

from __future__ import annotations

from typing import Annotated

import typer

from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Days, Hours, Json
from driftgauge.cli.show.reading import reader


def show_shap(
    ctx: typer.Context,
    prediction_id: Annotated[str, typer.Argument(metavar="PREDICTION_ID", help="prediction_logs.id, a UUID.")],
    *,
    json: Json = False,
) -> None:
    """Show what each feature added to a prediction, the largest SHAP value by magnitude first."""
    from driftgauge import queries
    from driftgauge.cli import explanation_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import print_rows

    with reader(ctx) as connection:
        found = queries.shap_values(connection, prediction_id)
    if json:
        print_json(found)
        return
    nothing = f"no SHAP values of prediction {prediction_id}: log them beside it, or look for the id in prediction_logs"
    print_rows(found, views.SHAP, nothing=nothing)


def show_lime(
    ctx: typer.Context,
    prediction_id: Annotated[str, typer.Argument(metavar="PREDICTION_ID", help="prediction_logs.id, a UUID.")],
    *,
    json: Json = False,
) -> None:
    """Show the weight of each feature in the local model around a prediction, the largest by magnitude first."""
    from driftgauge import queries
    from driftgauge.cli import explanation_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import print_rows

    with reader(ctx) as connection:
        found = queries.lime_weights(connection, prediction_id)
    if json:
        print_json(found)
        return
    nothing = (
        f"no LIME weights of prediction {prediction_id}: log them beside it, or look for the id in prediction_logs"
    )
    print_rows(found, views.LIME, nothing=nothing)


def show_explanations(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    hours: Hours = 24,
    trend: Annotated[
        bool, typer.Option("--trend", help="Show how many there were by day instead, and how complex.")
    ] = False,
    days: Days = 7,
    json: Json = False,
) -> None:
    """Show whether a model still reasons as it did, and what it makes of each feature, those that drifted first.

    Importance is the mean absolute attribution, before → now; mean keeps the signs, and positive is the share of
    attributions above 0. Without --version, each version is shown.
    """
    from driftgauge import queries
    from driftgauge.cli import explanation_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import name_model, print_rows

    with reader(ctx) as connection:
        if trend:
            by_day = queries.explanation_trend(connection, model, version=version, environment=environment, days=days)
            if json:
                print_json(by_day)
                return
            name = name_model(model, version, environment)
            nothing = f"no explanation of {name} tells its method in the last {days} days"
            print_rows(by_day, views.EXPLANATION_DAY, nothing=nothing)
            return
        found = queries.explanation_drift(connection, model, version=version, environment=environment, hours=hours)
    if json:
        print_json(found)
        return
    views.print_explanations(model, name_model(model, version, environment), found, hours)
