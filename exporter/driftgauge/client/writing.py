"""Write rows to Postgres: COPY, and where some are there already, INSERT that passes over them."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors, sql
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo

from driftgauge.client.finishing import finished
from driftgauge.client.lifecycle import last_fork
from driftgauge.client.rows import TABLES, Row, Table
from driftgauge.errors import BadInput, ConfigError
from driftgauge.store.faults import CONNECTION_STATES, quoted, unreachable
from driftgauge.store.session import SessionSettings, with_defaults

APPLICATION: Final = "driftgauge-client"
MOST_PARAMETERS: Final = 65_535  # of one statement, in the protocol
MOST_CONNECTS: Final = 5  # in a row, to have one during which the process does not fork
ROWS_AT_FAULT: Final = ("22", "23", "44", "54", "P0")
"""Classes of SQLSTATE that say something of the rows, not of the server: data, constraints, limits, triggers' own."""

_RV = TypeVar("_RV")


class Unavailable(Exception):
    """The rows could not be written now; later they may. The message has the reason, without a password.

    `slow` says that they took too long: fewer at a time may do.
    """

    def __init__(self, reason: str, *, slow: bool = False) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.slow = slow


class Refused(Exception):
    """At least one of the rows will never be written. The message has Postgres' reason."""


class Writer:
    """One connection that writes rows; opened when it is first needed, and again after a fault.

    `deadline` is the moment of `time.monotonic` at which every write ends, whatever its own time.
    """

    def __init__(self, conninfo: Callable[[], str], *, schema: str, timeout: timedelta) -> None:
        """Connect to nothing yet. `conninfo` is asked at each connect; a write takes at most about `timeout`."""
        self._conninfo = conninfo
        self._timeout = timeout
        self._settings = SessionSettings(schema=schema, statement_timeout=timeout, lock_timeout=timeout)
        self._connection: _Impatient | None = None
        self._socket: tuple[int, os.stat_result] | None = None
        self._fork = last_fork()
        self.deadline = float("inf")

    def write(self, rows: Sequence[Row]) -> None:
        """Write all rows in one transaction, those that are there already left as they are.

        Raises
        ------
        Refused
            If Postgres refuses at least one of them; then none was written.
        Unavailable
            If they could not be written now, or nobody knows whether they were.
        """
        by_table: dict[str, list[Row]] = {}
        for row in rows:
            by_table.setdefault(row[0], []).append(row)
        connection = self._open()
        connection.deadline = min(time.monotonic() + self._timeout.total_seconds(), self.deadline)
        try:
            try:
                self._transact(connection, by_table, _copy)
            except errors.UniqueViolation:
                self._transact(connection, by_table, _insert)
        except psycopg.Error as error:
            raise self._classified(connection, error) from error
        except (LookupError, TypeError, ValueError) as error:  # no table of ours, or no value of psycopg's
            self.close()
            raise Refused(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def disown(self) -> None:
        """Let go, in a forked child, of the parent's socket alone: neither libpq nor the server learns of it."""
        if self._socket is None:
            return
        descriptor, socket = self._socket
        try:
            if os.path.samestat(os.fstat(descriptor), socket):  # or the parent has closed it
                nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
                os.dup2(nowhere, descriptor, inheritable=False)
                os.close(nowhere)
        except OSError:
            pass  # it is closed, or no descriptor is left to do so: then it goes when the child ends

    def _transact(
        self,
        connection: _Impatient,
        by_table: dict[str, list[Row]],
        store: Callable[[_Impatient, str, Table, list[Row]], None],
    ) -> None:
        with connection.transaction():
            self._settings.apply(connection)
            for table, rows in by_table.items():
                # with the schema's name, or a login that may not enter it would be told that the table is missing
                store(connection, self._settings.schema, TABLES[table], rows)

    def _open(self) -> _Impatient:
        connection = self._connection
        if connection is not None and not connection.closed:
            return connection
        conninfo = self._ask_for_conninfo()
        connection = self._connect(conninfo)
        for _ in range(MOST_CONNECTS):
            if self._fork is last_fork():
                break
            self.close()  # a child has a socket of which it does not know: it would hold the session of this process
            connection = self._connect(conninfo)
        return connection

    def _connect(self, conninfo: str) -> _Impatient:
        self._fork = last_fork()
        try:
            self._connection = connection = _Impatient.connect(
                self._in_time(with_defaults(conninfo, APPLICATION)), autocommit=True, prepare_threshold=None
            )
            descriptor = connection.fileno()
        except psycopg.Error as error:
            fault = unreachable(conninfo, error)
            raise Unavailable(str(fault)) from (None if isinstance(fault, ConfigError) else error)
        self._socket = descriptor, os.fstat(descriptor)
        return connection

    def _in_time(self, conninfo: str) -> str:
        """Return a connection string that gives up at the deadline, or after two seconds, the least of psycopg's."""
        left = self.deadline - time.monotonic()
        return conninfo if math.isinf(left) else make_conninfo(conninfo, connect_timeout=max(int(left), 1))

    def _ask_for_conninfo(self) -> str:
        try:
            return self._conninfo()
        except BadInput as error:
            raise Unavailable(str(error)) from error
        except Exception as error:  # a stranger's function, whose words may hold a password
            raise Unavailable(f"the function that returns the DSN failed: {type(error).__name__}") from error

    def _classified(self, connection: _Impatient, error: psycopg.Error) -> Exception:
        reason = str(error).partition("\n")[0]
        state = error.sqlstate or ""
        if state.startswith(ROWS_AT_FAULT) or (not state and isinstance(error, psycopg.DataError)):
            return Refused(reason)
        user = quoted(connection.info.user) if not connection.closed else "the service's login"
        self.close()
        match error:
            case errors.InsufficientPrivilege():
                mend = f"run as an administrator: GRANT driftgauge_writer TO {user}"
            case errors.UndefinedTable() | errors.UndefinedColumn() | errors.InvalidSchemaName():
                mend = "the schema is missing or old; run: driftgauge migrate"
            case psycopg.OperationalError() if connection.late:
                seconds = self._timeout.total_seconds()
                return Unavailable(f"no answer within {seconds:g} s; see the server and the network", slow=True)
            case psycopg.OperationalError() if not state or state.startswith(CONNECTION_STATES):
                return Unavailable(str(unreachable(self._ask_for_conninfo(), error)))
            case _:
                mend = "the rows are tried again"
        return Unavailable(f"{reason}; {mend}", slow=isinstance(error, errors.QueryCanceled))


class _Impatient(psycopg.Connection[Any]):
    """A connection on which nothing waits beyond a deadline: a peer that fell silent must not hold up the rows."""

    deadline = float("inf")

    @property
    def late(self) -> bool:
        return time.monotonic() >= self.deadline

    def wait(self, gen: PQGen[_RV], interval: float = 0.1, timeout: float | None = None) -> _RV:
        left = max(self.deadline - time.monotonic(), 0.0)
        return super().wait(gen, interval, left if timeout is None else min(timeout, left))


def _copy(connection: _Impatient, schema: str, table: Table, rows: list[Row]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(schema, table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(finished(row))  # while the server works on those before it


def _insert(connection: _Impatient, schema: str, table: Table, rows: list[Row]) -> None:
    """Insert rows, many a statement: psycopg's pipelines (`executemany`) complain when their deadline cuts them off."""
    head = sql.SQL("INSERT INTO {} ({}) VALUES ").format(
        sql.Identifier(schema, table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    one = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(table.columns)))
    at_once = MOST_PARAMETERS // len(table.columns)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), at_once):
            some = rows[start : start + at_once]
            values = sql.SQL(", ").join([one] * len(some))
            cursor.execute(
                sql.SQL("{}{} ON CONFLICT DO NOTHING").format(head, values),
                [value for row in some for value in finished(row)],
            )
