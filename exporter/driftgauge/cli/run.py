"""`driftgauge run`: the exporter itself, or each of its jobs once."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated, Final

import typer

from driftgauge.cli.context import load
from driftgauge.errors import DriftgaugeError

if TYPE_CHECKING:
    from driftgauge.app.exporter import Exporter

STOP_SECONDS: Final = 8.0
SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("run", epilog="Example: driftgauge run --once | grep ml_feature_drift_score")(run)


def run(
    ctx: typer.Context,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Run each job once, write the metrics to standard output, and end.")
    ] = False,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT", help="Address to serve; port 0 takes any free one. [default: 127.0.0.1:9799]"
        ),
    ] = None,
) -> None:
    """Run the exporter: roll up new rows, judge drift, serve /metrics. SIGHUP reloads the configuration."""
    from driftgauge.app.memory import share_arenas

    share_arenas()  # before threads are started, which importing numpy does
    from driftgauge.app.exporter import Exporter

    exporter = Exporter(load(ctx, listen=listen))
    if once:
        try:
            typer.echo(exporter.run_once().decode(), nl=False)
        finally:
            exporter.stop()
        return
    _serve(ctx, exporter, listen)


def _serve(ctx: typer.Context, exporter: Exporter, listen: str | None) -> None:
    received: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in SIGNALS:
        signal.signal(number, lambda number, _frame: received.put(number))
    exporter.start()
    while (number := received.get()) == signal.SIGHUP:
        try:
            exporter.reload(load(ctx, listen=listen))
        except DriftgaugeError as error:
            exporter.reload_failed(error)
    for again in SIGNALS:
        signal.signal(again, signal.SIG_DFL)
    _stop_in_time(exporter)
    if number == signal.SIGINT:
        raise KeyboardInterrupt


def _stop_in_time(exporter: Exporter) -> None:
    """Stop, and leave without ceremony if that takes too long; a transaction left open is rolled back by Postgres."""
    leave = threading.Timer(STOP_SECONDS, lambda: os._exit(0))
    leave.daemon = True
    leave.start()
    exporter.stop()
    sys.stdout.flush()
