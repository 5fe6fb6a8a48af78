"""What is kept for how long: partitions ahead and behind, old roll-ups and results."""

from __future__ import annotations

from datetime import datetime

from psycopg.errors import LockNotAvailable, QueryCanceled

from driftgauge.store.attributions import wait_for_attributions_lock
from driftgauge.store.execute import Connection, execute, fetch_one
from driftgauge.store.outcomes import wait_for_outcomes_lock
from driftgauge.store.watermarks import wait_for_rollup_lock


def create_partitions(connection: Connection, *, since: datetime, until: datetime) -> int:
    """Create the missing partitions of a span; return how many."""
    row = fetch_one(connection, "retention/create_partitions", since=since, until=until)
    return int(row.made) if row else 0


def find_uncompacted(connection: Connection, *, before: datetime) -> datetime:
    """Return the end of the oldest day with buckets shorter than a day; `before` where no day before it has any."""
    row = fetch_one(connection, "retention/find_uncompacted", before=before)
    return row.day_end if row else before


def gain_readers_locks(connection: Connection) -> bool:
    """Take the locks of all that reads the logs, in the order in which all take them, until the transaction ends.

    False if another session keeps one for longer than a statement may wait.
    """
    try:
        with connection.transaction():
            wait_for_rollup_lock(connection)
            wait_for_outcomes_lock(connection)
            wait_for_attributions_lock(connection)
    except (LockNotAvailable, QueryCanceled):
        return False
    return True


def drop_partitions(connection: Connection, *, before: datetime) -> int:
    """Drop the partitions that end before a moment; return how many.

    The database refuses with SQLSTATE 55P03 while they hold rows that are not rolled up: those would never be counted.
    """
    row = fetch_one(connection, "retention/drop_partitions", before=before)
    return int(row.dropped) if row else 0


def delete_rollups(connection: Connection, *, before: datetime) -> int:
    """Delete old roll-ups, those of attributions, too, cohorts and the history of performance; the totals stay."""
    names = (
        *("retention/delete_traffic", "retention/delete_profiles"),
        *("retention/delete_performance", "retention/delete_attributions"),
    )
    return sum(execute(connection, name, before=before) for name in names)


def delete_results(connection: Connection, *, before: datetime) -> int:
    """Delete old results, with alerts of drift and what services reported; of importances the newest comparisons stay.

    What those were made from stays, too.
    """
    deleted = sum(
        execute(connection, name, before=before)
        for name in ("retention/delete_results", "retention/delete_importances")
    )
    row = fetch_one(connection, "retention/delete_reports", before=before)
    return deleted + (int(row.deleted) if row else 0)
