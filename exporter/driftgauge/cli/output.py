"""What commands print: JSON for programs, tables and moments for people."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import orjson
import typer
from rich.console import Console

WIDTH: Final = 160


def print_json(value: object) -> None:
    """Print JSON; times are UTC, and what is no number is null."""
    option = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z
    typer.echo(orjson.dumps(value, option=option).decode())


def output_console() -> Console:
    """Return where tables go: as wide as the terminal, and wide enough where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)


def moment(at: datetime) -> str:
    """Return a moment in UTC as people read it.

    Examples
    --------
    >>> moment(datetime.fromisoformat("2026-03-01T12:34:56+00:00"))
    '2026-03-01 12:34Z'
    """
    return f"{at:%Y-%m-%d %H:%M}Z"
