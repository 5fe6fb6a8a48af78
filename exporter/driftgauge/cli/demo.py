"""`driftgauge demo`: the whole path on real flights, on this machine alone."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from driftgauge.cli.logs import LogFormat, LogLevel, configure_logging

_EPILOG = "Example: driftgauge demo --seconds 90"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("demo", epilog=_EPILOG)(demo)


def demo(
    ctx: typer.Context,
    *,
    seconds: Annotated[
        float | None,
        typer.Option(metavar="N", help="End after N seconds of traffic, at least 60; else it goes on until Ctrl-C."),
    ] = None,
    json: Annotated[
        bool,
        typer.Option("--json", help="Write addresses, and what became of alerts, to standard output as lines of JSON."),
    ] = False,
    rate: Annotated[float, typer.Option(min=20, max=500, help="Predictions a second.")] = 60,
) -> None:
    """Watch a model of real flights and its canary: history, live traffic, and five incidents as they show on /metrics.

    Brings its own Postgres, Prometheus and Alertmanager where they are; downloads nothing and leaves nothing behind.
    With --seconds it ends with 1 if an expected signal did not show.
    """
    from driftgauge.app.interruption import Interruption
    from driftgauge.demo.extra import require_extra

    require_extra()
    level = ctx.find_root().get_parameter_source("log_level")
    if level is None or level.name == "DEFAULT":  # what the jobs tell is in the table
        configure_logging(LogFormat.CONSOLE, LogLevel.ERROR, _StandardError())
    with Interruption() as interruption:
        with interruption.allowed():
            import orjson
            from rich.console import Console

            from driftgauge.demo.run import DemoOptions, run_demo

        def announce(told: Mapping[str, object]) -> None:
            if json:
                typer.echo(orjson.dumps(told).decode())

        options = DemoOptions(seconds=seconds, rate=rate)
        typer.echo(run_demo(options, Console(file=sys.stderr), interruption, announce=announce))


class _StandardError(io.StringIO):
    """Standard error as it is at the moment: the live table puts itself in front of it, and prints above."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
