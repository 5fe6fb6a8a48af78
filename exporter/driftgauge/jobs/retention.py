"""Keep what is needed: partitions ahead of the traffic, days compacted, the old dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from driftgauge.exposition.samples import AnySample
from driftgauge.model.window import floor_to
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database
from driftgauge.store.profiles import DAY, compact_days
from driftgauge.store.references import Layouts
from driftgauge.store.retention import (
    create_partitions,
    delete_results,
    delete_rollups,
    drop_partitions,
    has_uncounted_rows,
)
from driftgauge.store.watermarks import try_rollup_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionOptions:
    """How long things are kept, and how far ahead partitions are made."""

    predictions: timedelta
    rollups: timedelta
    results: timedelta
    partitions_ahead: timedelta


class RetentionJob:
    """Creates, compacts and drops, each in a short transaction of its own."""

    name = "retention"

    def __init__(self, database: Database, options: RetentionOptions) -> None:
        """Take what to keep."""
        self._database = database
        self.options = options

    def run(self) -> tuple[AnySample, ...]:
        """Do every step once."""
        with self._database.transaction() as connection:
            now = read_now(connection)
            create_partitions(connection, since=now, until=now + self.options.partitions_ahead)
        with self._database.transaction() as connection:
            if try_rollup_lock(connection):
                compact_days(connection, Layouts(), before=floor_to(now, DAY) - DAY)
        with self._database.transaction() as connection:
            before = now - self.options.predictions
            if try_rollup_lock(connection) and not has_uncounted_rows(connection, before=before):
                drop_partitions(connection, before=before)
        with self._database.transaction() as connection:
            delete_rollups(connection, before=now - self.options.rollups)
            delete_results(connection, before=now - self.options.results)
        return ()
