"""`driftgauge show drift`: the last judged window, the alerts, and the checks by day."""

from __future__ import annotations

from typing import Annotated

import typer

from driftgauge.cli.options import Environment, Model, Version
from driftgauge.cli.show.options import Days, Hours, Json, Limit
from driftgauge.cli.show.reading import reader


def show_drift(  # noqa: PLR0913 - each is an option
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    segment: Annotated[str | None, typer.Option(metavar="NAME", help="Show the features of this segment only.")] = None,
    hours: Hours = 24,
    days: Days = 7,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Show the last judged window feature by feature, the drift alerts of the last hours, and the drift checks by day.

    Features that drifted come first, then by score times importance, where it was logged. Segments follow, a line each:
    name one to see its features and alerts. A check is one test on one feature in one window of all rows; unjudged are
    those without enough data. Replays are left out.
    """
    from driftgauge import queries
    from driftgauge.cli import drift_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.tables import name_model, print_rows

    with reader(ctx) as connection:
        latest = queries.latest_drift(
            connection, model, version=version, environment=environment, segment=segment, hours=hours
        )
        alerts = queries.drift_alerts(
            connection, model, version=version, environment=environment, segment=segment, hours=hours, limit=limit
        )
        trend = queries.drift_trend(connection, model, version=version, environment=environment, days=days)
    if json:
        whole = [one for one in latest if one.segment == (segment or "")]
        segments = [one for one in latest if one not in whole]
        print_json({"latest": whole, "segments": segments, "alerts": alerts, "trend": trend})
        return
    name = name_model(model, version, environment, segment)
    views.print_drift(model, name, latest, segment or "", hours)
    nothing = f"no drift alerts of {name} in the last {hours:g} hours"
    print_rows(alerts, views.DRIFT_ALERT, nothing=nothing, limit=limit)
    if segment:
        return
    typer.echo()
    print_rows(trend, views.DRIFT_DAY, nothing=f"no drift checks of {name} in the last {days} days")
