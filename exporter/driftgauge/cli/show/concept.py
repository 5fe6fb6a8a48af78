"""`driftgauge show concept`: how far the detectors are, and what drifted."""

from __future__ import annotations

from typing import Annotated

import typer

from driftgauge.cli.context import load
from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Json, Limit
from driftgauge.cli.show.reading import reader


def show_concept(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    days: Annotated[float, typer.Option(metavar="D", help="How many days of 24 hours to go back from now.")] = 7,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Show how far the detectors of a model's concept are, and the drifts that were found in the last days.

    A detector follows the errors of the predictions, each once its outcome is known; seen counts them. The t test holds
    the last days of a metric against those before. A drift is where the score comes to 1. Reference and current are the
    means before and after; when is the time of the predictions, found that of its finding.
    """
    from driftgauge import queries
    from driftgauge.cli import concept_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import name_model, print_rows

    with reader(ctx) as connection:
        detectors = queries.concept_detectors(connection, model, version=version, environment=environment)
        found = queries.concept_drift_alerts(
            connection, model, version=version, environment=environment, days=days, limit=limit
        )
    chosen = load(ctx).concept_of(model).detectors
    detectors = views.mark_left_out(detectors, chosen)
    if json:
        print_json({"detectors": detectors, "alerts": found})
        return
    name = name_model(model, version, environment)
    why = views.say_why_none_follows(name, chosen)
    print_rows(detectors, views.DETECTOR, nothing=why)
    if detectors and not any(row.detector in chosen for row in detectors):
        typer.echo(why)
    typer.echo()
    print_rows(found, views.CONCEPT, nothing=f"no concept drift of {name} in the last {days:g} days", limit=limit)
