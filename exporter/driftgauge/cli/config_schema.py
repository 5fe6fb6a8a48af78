"""`driftgauge config-schema`: the JSON schema for editors, and the default file to start from."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("config-schema", epilog="Example: driftgauge config-schema --yaml > driftgauge.yml")(config_schema)


def config_schema(
    *,
    yaml: Annotated[bool, typer.Option("--yaml", help="Print the default driftgauge.yml instead.")] = False,
) -> None:
    """Print the JSON schema of driftgauge.yml, for editors."""
    from driftgauge.config.templates import default_file, json_schema

    typer.echo(default_file() if yaml else json_schema(), nl=False)
