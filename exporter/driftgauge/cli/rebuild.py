"""`driftgauge rebuild`: recount the rows after a restore."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Annotated

import typer

from driftgauge.cli.context import load
from driftgauge.errors import BadInput


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("rebuild", epilog="Example: driftgauge rebuild --yes")(rebuild)


def rebuild(
    ctx: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Recount the rows that are here, after a restore has parted them from the roll-ups.

    These are predictions, outcomes and explanations. References stay, and so does the history whose rows retention has
    dropped. Counters dip until the recount is done.
    """
    from rich.console import Console

    from driftgauge.app.rebuilding import run_rebuild

    settings = load(ctx)
    if not yes:
        if not sys.stdin.isatty():
            raise BadInput("rebuild replaces roll-ups; add --yes to do it without being asked")
        typer.confirm(
            f"Replace the roll-ups in schema {settings.database.schema_name} by a recount of its rows?", abort=True
        )
    console = Console(stderr=True)
    with console.status("recounting …") if console.is_terminal else nullcontext():
        done = run_rebuild(settings)
    if done is None:
        typer.echo("nothing was rolled up yet: nothing to rebuild")
        return
    typer.echo(f"recounted {done.rollup.rows:,} rows from {done.reset.floor:%Y-%m-%d} on; what lies before stays")
    if any(part.held_by is not None or part.skipped for part in (done.rollup, done.join, *done.attributions)):
        typer.echo("others hold the rest up; the exporter, or the next driftgauge run, goes on with it", err=True)
