"""Compose what `driftgauge show` reads from the settings."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta

from driftgauge import queries
from driftgauge.config import Settings


def reader(settings: Settings) -> AbstractContextManager[queries.Connection]:
    """Return a connection to ask on: the settings' database, without a time limit, because somebody waits."""
    return queries.connect(
        settings.database.conninfo(),
        schema=settings.database.schema_name,
        statement_timeout=timedelta(),
    )
