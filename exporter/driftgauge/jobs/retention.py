"""Keep what is needed: partitions ahead of the traffic, days compacted, the old dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from driftgauge.errors import LogsInUse
from driftgauge.exposition.samples import AnySample
from driftgauge.model.window import floor_to
from driftgauge.store.attributions import (
    find_uncompacted_attributions,
    read_attributions_rolled_up,
    try_attributions_lock,
)
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database
from driftgauge.store.profiles import ATTRIBUTIONS, DAY, compact_days
from driftgauge.store.references import Layouts
from driftgauge.store.retention import (
    create_partitions,
    delete_results,
    delete_rollups,
    drop_partitions,
    find_uncompacted,
    gain_readers_locks,
)
from driftgauge.store.watermarks import read_rolled_up, try_rollup_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionOptions:
    """How long things are kept, and how far ahead partitions are made.

    `profile_buckets_kept` is how long a day's profile buckets are kept apart, before they become one.
    """

    predictions: timedelta
    rollups: timedelta
    results: timedelta
    partitions_ahead: timedelta
    profile_buckets_kept: timedelta = DAY


class RetentionJob:
    """Creates, compacts and drops, each in a short transaction of its own."""

    name = "retention"

    def __init__(self, database: Database, options: RetentionOptions) -> None:
        """Take what to keep."""
        self._database = database
        self.options = options
        self._put_off = False

    def run(self) -> tuple[AnySample, ...]:
        """Do every step once, whatever becomes of the others; then raise the first error, if there was any."""
        with self._database.transaction() as connection:
            now = read_now(connection)
        errors: list[Exception] = []
        for step in (
            self._create,
            self._compact,
            self._compact_attributions,
            self._drop,
            self._delete_rollups,
            self._delete_results,
        ):
            try:
                step(now)
            except Exception as error:  # noqa: BLE001 - the others must be done all the same; the first is raised below
                errors.append(error)
        if errors:
            raise errors[0]
        return ()

    def _create(self, now: datetime) -> None:
        with self._database.transaction() as connection:
            create_partitions(connection, since=now, until=now + self.options.partitions_ahead)

    def _compact(self, now: datetime) -> None:
        """Compact a day a transaction, oldest first: after an outage there are many.

        No day that the drift window may still end in is compacted, so none while the roll-up has not caught up.
        """
        layouts = Layouts()
        done = False
        while not done:
            with self._database.transaction() as connection:
                rolled_up = read_rolled_up(connection) if try_rollup_lock(connection) else None
                if rolled_up is None:
                    return
                before = floor_to(min(now, rolled_up.horizon_at) - self.options.profile_buckets_kept, DAY)
                day_end = find_uncompacted(connection, before=before)
                compact_days(connection, layouts, before=day_end)
                done = day_end == before

    def _compact_attributions(self, now: datetime) -> None:
        """Compact the days of attributions in the same way."""
        layouts = Layouts(ATTRIBUTIONS)
        done = False
        while not done:
            with self._database.transaction() as connection:
                rolled_up = read_attributions_rolled_up(connection) if try_attributions_lock(connection) else None
                if rolled_up is None:
                    return
                before = floor_to(min(now, rolled_up.horizon_at) - self.options.profile_buckets_kept, DAY)
                day_end = find_uncompacted_attributions(connection, before=before)
                compact_days(connection, layouts, before=day_end, room=ATTRIBUTIONS)
                done = day_end == before

    def _drop(self, now: datetime) -> None:
        """Drop old partitions while nobody reads the logs: after a long backlog perhaps at the next run only.

        Raises
        ------
        LogsInUse
            If that is so for the second time in a row.
        """
        with self._database.transaction() as connection:
            if gain_readers_locks(connection):
                self._put_off = False
                drop_partitions(connection, before=now - self.options.predictions)
                return
        if self._put_off:
            raise LogsInUse(
                "no old partition was dropped, twice in a row: a roll-up, or the join of outcomes, holds on to its "
                "rows; the next run tries again"
            )
        self._put_off = True

    def _delete_rollups(self, now: datetime) -> None:
        with self._database.transaction() as connection:
            delete_rollups(connection, before=now - self.options.rollups)

    def _delete_results(self, now: datetime) -> None:
        with self._database.transaction() as connection:
            delete_results(connection, before=now - self.options.results)
