"""Where growth is measured: a schema that is dropped in the end, and the cost of what is done in it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg import sql

from cost import Cost, measure
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.reference_setting import freeze_span, put_in_force
from driftgauge.jobs.rollup import Rollup
from driftgauge.model.window import TimeWindow, closed_window
from driftgauge.store.database import Database
from driftgauge.store.migrations import migrate
from driftgauge.store.predictions import ModelFilter, RowSpan

HOUR: Final = timedelta(hours=1)
WORKERS: Final = "driftgauge growth"
"""The name of the connections whose cost counts; the one that makes rows has another."""
STATEMENT_TIMEOUT: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A migrated schema, what the exporter's jobs enter it with, and a connection that makes rows in it."""

    schema: str
    connection: psycopg.Connection[Any]
    database: Database
    foreign: Database

    def cost(self, action: Callable[[], object]) -> Cost:
        """Return what an action costs this process and all its backends, but the one that makes rows."""
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
        pids = [int(pid) for (pid,) in self.connection.execute(query, (WORKERS,)).fetchall()]
        return measure(action, backend_pid=pids)

    def freeze(self, model: str, *, window: TimeWindow) -> None:
        """Freeze a reference of a model's rows in a window, and put it in force for all its versions."""
        only = ModelFilter(model=model)
        frozen = freeze_span(self.database, RowSpan(only=only, window=window), options=FeatureOptions(), bucket=HOUR)
        put_in_force(self.database, only, frozen, RollupOptions())

    def freeze_last(self, model: str, *, days: int) -> None:
        """Freeze a reference of so many days, up to the last hour that has ended."""
        self.freeze(model, window=closed_window(datetime.now(UTC), width=timedelta(days=days), bucket=HOUR))

    def vacuum(self) -> None:
        """Let the planner know of all rows, as autovacuum does in time: it would do so while something is measured."""
        self.connection.execute("VACUUM (ANALYZE)")


def drain(rollup: Rollup) -> int:
    """Roll up all there is, and return how many rows that were."""
    rows, held = 0, True
    while held:
        done = rollup.run()
        rows += done.rows
        held = done.held_by is not None
    return rows


@contextmanager
def open_place(dsn: str, schema: str) -> Generator[Place]:
    """Make a schema, yield it, and drop it with all that was measured on."""
    migrate(dsn, schema)
    database = Database(lambda: dsn, schema=schema, statement_timeout=STATEMENT_TIMEOUT, application_name=WORKERS)
    foreign = Database(lambda: dsn, schema="pg_catalog", application_name=WORKERS, foreign=True)
    name = sql.Identifier(schema)
    with psycopg.connect(dsn, autocommit=True, application_name=f"{WORKERS}, rows") as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(name))
        try:
            yield Place(schema=schema, connection=connection, database=database, foreign=foreign)
        finally:
            database.close()
            foreign.close()
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(name))


@contextmanager
def without_autovacuum(dsn: str) -> Generator[None]:
    """Keep autovacuum from working beside what is measured, and from being counted with it."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("ALTER SYSTEM RESET autovacuum")
            connection.execute("SELECT pg_reload_conf()")
