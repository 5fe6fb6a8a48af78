"""`driftgauge report`: what is known of a model on one page, to send to a colleague."""

from __future__ import annotations

from typing import Annotated

import typer

from driftgauge.cli.context import load
from driftgauge.cli.files import require_writable, write_whole
from driftgauge.cli.options import Model

_EPILOG = """\
Examples:

driftgauge report --model churn

driftgauge report --model churn --version 3 --days 90 --html churn.html

driftgauge report --model churn --json | jq .summary

Times are UTC. The page needs pip install 'driftgauge[report]'; it is one file, and loads nothing.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("report", epilog=_EPILOG)(report)


def report(
    ctx: typer.Context,
    *,
    model: Model,
    version: Annotated[str | None, typer.Option(metavar="V", help="This version. [default: that served last]")] = None,
    environment: Annotated[
        str | None, typer.Option(metavar="E", help="This environment. [default: where it served last]")
    ] = None,
    hours: Annotated[
        float, typer.Option(metavar="H", help="How many hours back health, drift and checks are looked for.")
    ] = 24,
    days: Annotated[
        int, typer.Option(metavar="D", help="How many UTC days trends, cohorts and alerts have, today the last.")
    ] = 30,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write a page with tables and plots; - is standard output.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON instead.")] = False,
) -> None:
    """Sum up a model: health and why, drift, performance, concept drift, importances, explanations, quality, alerts.

    On the terminal in sentences, as a page with tables and plots, or as JSON. Of a model with several versions or
    environments it is about the one that served last, unless one is named.
    """
    from driftgauge.app.reading import reader
    from driftgauge.errors import BadInput
    from driftgauge.report.data import read_data
    from driftgauge.report.extra import require_extra
    from driftgauge.report.report import make_report

    if html is not None:
        if json:
            raise BadInput("--html and --json: choose one")
        require_extra()
        require_writable("--html", html)
    settings = load(ctx)
    with reader(settings) as connection:
        data = read_data(
            connection,
            model,
            chosen=settings.concept_of(model).detectors,
            span=settings.importance.span,
            version=version,
            environment=environment,
            hours=hours,
            days=days,
        )
    made = make_report(data)
    if html is not None:
        from driftgauge.report.page import render_page

        write_whole("--html", html, render_page(made))
    elif json:
        from driftgauge.cli.output import print_json
        from driftgauge.cli.report_views import record

        print_json(record(made))
    else:
        from driftgauge.cli.report_views import print_report

        print_report(made)
