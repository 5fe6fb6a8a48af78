"""The watermark: up to which ingest number the roll-ups hold every row, and whose rows they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg import errors

from driftgauge.errors import ForeignRestore
from driftgauge.store.execute import Connection, execute, fetch_one

ROLLUP: Final = "rollup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """Rows numbered at or below `ingest_seq` are counted; days before `compacted_before` are kept as whole days.

    Rows of event times before `retention_floor` may be gone from the table (None: none ever were). Of the rows numbered
    up to `rebuilt_to`, those are counted already, although a rebuild has set `ingest_seq` back.
    """

    ingest_seq: int
    compacted_before: datetime
    retention_floor: datetime | None
    rebuilt_to: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the roll-up is: totals since the first row, and the age of the oldest reading not yet rolled up."""

    rows_processed: int
    rows_quarantined: int
    lag_seconds: float


def try_rollup_lock(connection: Connection) -> bool:
    """Take the roll-up lock until the transaction ends; False if another session has it."""
    row = fetch_one(connection, "rollup/try_lock")
    return row is not None and bool(row.locked)


def wait_for_rollup_lock(connection: Connection) -> None:
    """Take the roll-up lock until the transaction ends, waiting as long as the lock timeout allows."""
    execute(connection, "rollup/wait_lock")


def gain_rollup_lock(connection: Connection) -> bool:
    """Take the roll-up lock as above; False if another session has kept it for longer than a statement may wait."""
    try:
        with connection.transaction():
            wait_for_rollup_lock(connection)
    except (errors.LockNotAvailable, errors.QueryCanceled):
        return False
    return True


def lock_watermark(
    connection: Connection, high: int, *, profile_buckets_kept: timedelta = timedelta(days=1), job: str = ROLLUP
) -> Watermark:
    """Read the watermark and hold its row; start it at 0 if there is none, with days merged that are older than kept.

    Raises
    ------
    ForeignRestore
        If the roll-ups were made in another cluster, or `high` lies behind them: rows and roll-ups were restored
        from different places or times, and adding to them would count wrongly.
    """
    row = fetch_one(connection, "rollup/lock_watermark", job=job)
    if row is None:
        execute(connection, "rollup/create_watermark", job=job, profile_buckets_kept=profile_buckets_kept)
        row = fetch_one(connection, "rollup/lock_watermark", job=job)
    assert row is not None  # noqa: S101 - it was just written
    if row.system_identifier != row.cluster:
        raise ForeignRestore(
            f"the roll-ups were made in Postgres cluster {row.system_identifier}, this is {row.cluster}: "
            "the database was restored or copied; run 'driftgauge rebuild' to recount the rows that are here"
        )
    if row.ingest_seq > high:
        raise ForeignRestore(
            f"the roll-ups reach row {row.ingest_seq}, but the rows only {high}: "
            "the rows were restored from an older copy; run 'driftgauge rebuild' to recount the rows that are here"
        )
    return Watermark(
        ingest_seq=row.ingest_seq,
        compacted_before=row.compacted_before,
        retention_floor=row.retention_floor,
        rebuilt_to=row.rebuilt_to,
    )


def advance_watermark(
    connection: Connection, *, ingest_seq: int, processed: int, quarantined: int, job: str = ROLLUP
) -> None:
    """Record, in the roll-ups' own transaction, that every row up to `ingest_seq` is counted."""
    execute(
        connection,
        "rollup/advance_watermark",
        job=job,
        ingest_seq=ingest_seq,
        rows_processed=processed,
        rows_quarantined=quarantined,
    )


def complete_horizon(connection: Connection, read_at: datetime, *, job: str = ROLLUP) -> None:
    """Record that every row whose number was given out before `read_at` is counted, or will never exist."""
    execute(connection, "rollup/complete_horizon", job=job, read_at=read_at)


def read_progress(connection: Connection) -> Progress:
    """Read how far the roll-up is."""
    row = fetch_one(connection, "rollup/read_progress", job=ROLLUP)
    if row is None:
        return Progress(rows_processed=0, rows_quarantined=0, lag_seconds=0.0)
    return Progress(
        rows_processed=row.rows_processed, rows_quarantined=row.rows_quarantined, lag_seconds=row.lag_seconds
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledUp:
    """What the roll-ups hold: all rows logged before `horizon_at`, as whole days before `compacted_before`."""

    horizon_at: datetime
    compacted_before: datetime


def read_rolled_up(connection: Connection, *, job: str = ROLLUP) -> RolledUp | None:
    """Return what the roll-ups hold; None until they have caught up for the first time."""
    row = fetch_one(connection, "rollup/read_rolled_up", job=job)
    return RolledUp(horizon_at=row.horizon_at, compacted_before=row.compacted_before) if row else None
