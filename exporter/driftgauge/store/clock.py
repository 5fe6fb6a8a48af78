"""The database's clock: the one that windows are cut by, whatever the exporter's own says."""

from __future__ import annotations

from datetime import datetime

from driftgauge.store.execute import Connection, fetch_one


def read_now(connection: Connection) -> datetime:
    """Return the time of the current transaction."""
    row = fetch_one(connection, "clock/read_now")
    assert row is not None  # noqa: S101 - a SELECT without FROM has its one row
    return row.now
