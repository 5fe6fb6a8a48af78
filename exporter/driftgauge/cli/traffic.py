"""`driftgauge traffic`: the demonstration's live flights, for a database and an exporter that run already."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from driftgauge.cli.context import load

_EPILOG = "Example: DRIFTGAUGE_DSN=postgresql://flights@db.example/ml driftgauge traffic --rate 50 --round 10m"
ROUND: Final = "30m"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("traffic", epilog=_EPILOG)(traffic)


def traffic(
    ctx: typer.Context,
    *,
    rate: Annotated[float, typer.Option(min=1, max=500, help="Predictions a second.")] = 20,
    length: Annotated[
        str, typer.Option("--round", metavar="SPAN", help="How long it takes from one healthy phase to the next.")
    ] = ROUND,
    heartbeat: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Touch this file whenever a batch has been stored: for a health check."),
    ] = None,
) -> None:
    """Log a model of real flights and its canary, with five incidents again and again, until Ctrl-C.

    A login in driftgauge_writer is enough. `driftgauge demo` brings its own database and exporter instead.
    """
    from driftgauge.app.interruption import Interruption
    from driftgauge.cli.durations import duration
    from driftgauge.demo.extra import require_traffic

    require_traffic()
    settings = load(ctx)
    span = duration(length, "--round")
    with Interruption() as interruption:
        with interruption.allowed():
            from rich.console import Console

            from driftgauge.demo.feeding import FeedOptions, Target, feed

        target = Target(dsn=settings.database.conninfo(), schema=settings.database.schema_name)
        options = FeedOptions(rate=rate, round=span, heartbeat=heartbeat)
        feed(options, target, Console(file=sys.stderr), interruption)
