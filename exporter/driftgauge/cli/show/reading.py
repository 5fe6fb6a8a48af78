"""The connection by which `driftgauge show` asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from driftgauge.cli.context import load

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from driftgauge.queries import Connection


def reader(ctx: typer.Context) -> AbstractContextManager[Connection]:
    """Return a connection that only reads, to the database of the configuration."""
    from driftgauge.app import reading

    return reading.reader(load(ctx))
