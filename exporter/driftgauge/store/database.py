"""Connections to Postgres: everything runs in a transaction that sets its own schema and time limits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import psycopg
import psycopg_pool
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from driftgauge.errors import ConfigError, DatabaseUnreachable, DriftgaugeError
from driftgauge.store.faults import faults_named, unreachable

CONNECT_TIMEOUT: Final = 5
POOL_SIZE: Final = 3
# A longer attempt would back off for minutes and sleep through the database's return.
RECONNECT_TIMEOUT: Final = 10.0

# One round trip, and all of it ends with the transaction: a session setting would leak through PgBouncer.
SETTINGS: Final = """
SELECT
    set_config('search_path', quote_ident(%(schema)s) || ', pg_temp', true),
    set_config('TimeZone', 'UTC', true),
    set_config('statement_timeout', %(statement_timeout)s, true),
    set_config('lock_timeout', %(lock_timeout)s, true),
    set_config('transaction_read_only', %(read_only)s, true)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What a transaction runs under; a timeout of zero means none."""

    schema: str
    statement_timeout: timedelta = timedelta()
    lock_timeout: timedelta = timedelta()

    def apply(self, connection: psycopg.Connection, *, read_only: bool = False) -> None:
        """Set them for the transaction that `connection` is in."""
        connection.execute(
            SETTINGS,
            {
                "schema": self.schema,
                "statement_timeout": _milliseconds(self.statement_timeout),
                "lock_timeout": _milliseconds(self.lock_timeout),
                "read_only": "on" if read_only else "off",
            },
        )


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
    ) -> None:
        """Connect to nothing yet: the first transaction does."""
        self.schema = schema
        self._conninfo = conninfo
        self._settings = SessionSettings(
            schema=schema,
            statement_timeout=statement_timeout,
            lock_timeout=lock_timeout,
        )
        self._busy: set[psycopg.Connection] = set()
        self._guard = threading.Lock()
        self._pool: psycopg_pool.ConnectionPool[psycopg.Connection] = psycopg_pool.ConnectionPool(
            lambda: _with_defaults(conninfo(), application_name),
            open=False,
            min_size=1,
            max_size=POOL_SIZE,
            timeout=CONNECT_TIMEOUT,
            reconnect_timeout=RECONNECT_TIMEOUT,
            name=application_name,
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
            with faults_named(connection, conninfo, self.schema), connection.transaction():
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

    def _take(self, conninfo: str) -> psycopg.Connection:
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

    def _alive(self, connection: psycopg.Connection) -> bool:
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
            psycopg.connect(_with_defaults(conninfo, "driftgauge"), connect_timeout=2).close()
        except psycopg.Error as error:
            return unreachable(conninfo, error)
        with self._guard:
            busy = len(self._busy)
        if busy < POOL_SIZE:
            return DatabaseUnreachable("the database was away until this moment; driftgauge run tries again at once")
        return DatabaseUnreachable(f"all {POOL_SIZE} connections to the database are busy: a job has run for long")


@contextmanager
def connect_once(
    conninfo: str,
    *,
    application_name: str = "driftgauge",
    schema: str | None = None,
    read_only: bool = False,
) -> Generator[psycopg.Connection]:
    """Yield one autocommit connection for a one-shot command; `schema` words the errors and is not set.

    With `read_only`, a standby will do.

    Raises
    ------
    ConfigError
        If the DSN cannot be read; then the cause is left out, because it quotes the password.
    DatabaseUnreachable
        If no connection can be made.
    """
    try:
        connection = psycopg.connect(
            _with_defaults(conninfo, application_name, read_only=read_only), autocommit=True, prepare_threshold=None
        )
    except (errors.OperationalError, errors.ProgrammingError) as error:
        fault = unreachable(conninfo, error)
        raise fault from (None if isinstance(fault, ConfigError) else error)
    with connection, faults_named(connection, conninfo, schema):
        yield connection


def _with_defaults(conninfo: str, application_name: str, *, read_only: bool = False) -> str:
    """Return the conninfo with our settings wherever it says nothing itself."""
    defaults: dict[str, str | int] = {
        "application_name": application_name,
        "connect_timeout": CONNECT_TIMEOUT,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,  # a black hole is noticed in a minute, not in a quarter of an hour
        "target_session_attrs": "any" if read_only else "read-write",
    }
    return make_conninfo("", **{**defaults, **conninfo_to_dict(conninfo)})


def _milliseconds(span: timedelta) -> str:
    return str(int(span.total_seconds() * 1000))
