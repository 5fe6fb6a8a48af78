"""Connections to Postgres: everything runs in a transaction that sets its own schema and time limits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Final

import psycopg
import psycopg_pool

from driftgauge.errors import DatabaseUnreachable, DriftgaugeError
from driftgauge.store.faults import EXPORTER, faults_named, unreachable
from driftgauge.store.metering import Meter, MeteredConnection
from driftgauge.store.session import CONNECT_TIMEOUT, SessionSettings, with_defaults

POOL_SIZE: Final = 18  # opened as they are needed: jobs run side by side, and each source is one
# A longer attempt would back off for minutes and sleep through the database's return.
RECONNECT_TIMEOUT: Final = 10.0


class Database:
    """A small pool of connections that comes back by itself when the database does.

    `conninfo` is asked at each connect, so that a rotated password is picked up.
    """

    def __init__(
        self,
        conninfo: Callable[[], str],
        *,
        schema: str,
        statement_timeout: timedelta = timedelta(seconds=60),
        lock_timeout: timedelta = timedelta(seconds=2),
        application_name: str = "driftgauge",
        foreign: bool = False,
        meter: Meter | None = None,
        role: str = EXPORTER,
    ) -> None:
        """Connect to nothing yet: the first transaction does.

        In a `foreign` database others write and we only read: a standby will do, and a transaction sees one moment.
        `meter` is told how long each thread waits for answers. Who lacks a right is told of the `role` that has all.
        """
        self.schema = schema
        self.meter = meter or Meter()
        self._role = role
        self._conninfo = conninfo
        self._settings = SessionSettings(
            schema=schema,
            statement_timeout=statement_timeout,
            lock_timeout=lock_timeout,
        )
        self._busy: set[psycopg.Connection] = set()
        self._guard = threading.Lock()
        self._pool: psycopg_pool.ConnectionPool[MeteredConnection] = psycopg_pool.ConnectionPool(
            lambda: with_defaults(conninfo(), application_name, read_only=foreign),
            connection_class=MeteredConnection,
            open=False,
            min_size=1,
            max_size=POOL_SIZE,
            timeout=CONNECT_TIMEOUT,
            reconnect_timeout=RECONNECT_TIMEOUT,
            name=application_name,
            configure=partial(_configure, foreign=foreign, meter=self.meter),
            # Nothing is prepared: PgBouncer may hand the next transaction to another server.
            kwargs={"autocommit": True, "prepare_threshold": None},
        )

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Generator[psycopg.Connection]:
        """Yield a connection inside a transaction on the schema; commit at the end, roll back on an error.

        Raises
        ------
        DatabaseUnreachable
            If no connection can be made, all are busy, or the connection is lost.
        SchemaMismatch, MissingPrivilege
            If a table is missing, or the role may not use it.
        """
        conninfo = self._conninfo()
        connection = self._take(conninfo)
        try:
            with faults_named(connection, conninfo, self.schema, self._role), connection.transaction():
                self._settings.apply(connection, read_only=read_only)
                yield connection
        finally:
            with self._guard:
                self._busy.discard(connection)
            self._pool.putconn(connection)

    def cancel(self, *, timeout: timedelta = timedelta(seconds=2)) -> None:
        """Cancel the statements that other threads are running, so that a shutdown need not wait for them."""
        with self._guard:
            busy = list(self._busy)
        for connection in busy:
            with suppress(psycopg.Error):  # it ended by itself, or the server is gone: nothing left to cancel
                connection.cancel_safe(timeout=timeout.total_seconds())

    def close(self) -> None:
        """Close the pool; transactions that still run close their connection when they end."""
        self._pool.close(timeout=CONNECT_TIMEOUT)

    def _take(self, conninfo: str) -> MeteredConnection:
        self._pool.open()
        try:
            connection = self._pool.getconn()
            if not self._alive(connection):  # whatever ended it has ended those beside it, too
                self._pool.drain()
                connection = self._pool.getconn()
        except psycopg_pool.PoolTimeout:
            raise self._reason(conninfo) from None
        with self._guard:
            self._busy.add(connection)
        return connection

    def _alive(self, connection: MeteredConnection) -> bool:
        """Ask the server for nothing; the pool's own check would then wait for seconds before it tries another."""
        try:
            psycopg_pool.ConnectionPool.check_connection(connection)
        except BaseException as error:
            self._pool.putconn(connection)
            if isinstance(error, psycopg.OperationalError):
                return False
            raise
        return True

    def _reason(self, conninfo: str) -> DriftgaugeError:
        """Ask for one connection beside the pool, which keeps libpq's reason to itself."""
        try:
            psycopg.connect(with_defaults(conninfo, "driftgauge"), connect_timeout=2).close()
        except psycopg.Error as error:
            return unreachable(conninfo, error)
        with self._guard:
            busy = len(self._busy)
        if busy < POOL_SIZE:
            return DatabaseUnreachable("the database was away until this moment; driftgauge run tries again at once")
        return DatabaseUnreachable(f"all {POOL_SIZE} connections to the database are busy: a job has run for long")


def _configure(connection: MeteredConnection, *, foreign: bool, meter: Meter) -> None:
    connection.meter = meter
    if foreign:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
