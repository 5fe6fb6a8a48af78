"""The lock horizon: which ingest numbers are final, so that no row is missed or counted twice.

A row's number is drawn after its transaction has taken a row-exclusive lock on the table, and the lock is released
after the commit is visible. So once every transaction that held such a lock *after* the sequence was read has ended,
all rows numbered at or below that reading are either visible for good or will never exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from driftgauge.store.execute import Connection, fetch_all, fetch_one

PREDICTIONS: Final = "prediction_logs"
OUTCOMES: Final = "prediction_outcomes"
SHAP_VALUES: Final = "shap_values"
LIME_WEIGHTS: Final = "lime_explanations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The last ingest number of a log table given out at a moment, by a server that runs since `server_start`."""

    table: str
    high: int
    read_at: datetime
    server_start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Rows numbered at or below the mark are final when none of `holders` runs any more.

    A restart renames prepared transactions and may take numbers back, so a horizon ends with its server.
    """

    mark: Mark
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A transaction that holds the horizon back; `pid` is None for a prepared one."""

    pid: int | None
    application_name: str | None
    query_start: datetime | None
    waited_seconds: float


def read_mark(connection: Connection, table: str = PREDICTIONS) -> Mark:
    """Read the last ingest number of a log table given out."""
    row = fetch_one(connection, "rollup/read_high", table=table)
    assert row is not None  # noqa: S101 - there is nothing to select from
    return Mark(table=table, high=row.high, read_at=row.read_at, server_start=row.server_start)


def read_horizon(connection: Connection, table: str = PREDICTIONS) -> Horizon:
    """Read the sequence, then the transactions that may still commit below it: in this order, or rows are lost."""
    mark = read_mark(connection, table)
    holders = tuple(row.holder for row in fetch_all(connection, "rollup/read_holders", table=table))
    return Horizon(mark=mark, holders=holders)


def read_remaining(connection: Connection, horizon: Horizon) -> list[Holder]:
    """Return the holders that still run, the longest-running first; none means that the horizon is final."""
    if not horizon.holders:
        return []
    rows = fetch_all(
        connection, "rollup/read_remaining_holders", holders=list(horizon.holders), table=horizon.mark.table
    )
    return [
        Holder(
            pid=row.pid,
            application_name=row.application_name,
            query_start=row.query_start,
            waited_seconds=row.waited_seconds,
        )
        for row in rows
    ]
