"""`driftgauge migrate`: bring the schema to this version."""

from __future__ import annotations

from typing import Annotated

import typer

from driftgauge.cli.context import load


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("migrate", epilog="Example: driftgauge --dsn postgresql://localhost/ml migrate --dry-run")(migrate)


def migrate(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be applied, and change nothing.")] = False,
) -> None:
    """Create or update the schema, its roles and partitions; safe to run again."""
    from driftgauge.store import migrations

    settings = load(ctx)
    applied = migrations.migrate(
        settings.database.conninfo(),
        settings.database.schema_name,
        dry_run=dry_run,
        report=typer.echo,
    )
    where = f"schema {settings.database.schema_name}"
    if not applied:
        typer.echo(f"{where} is current: nothing to do")
    elif dry_run:
        typer.echo(f"{where}: {len(applied)} migrations would be applied")
    else:
        typer.echo(f"{where}: {len(applied)} migrations applied")
