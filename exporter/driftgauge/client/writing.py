"""Write rows to Postgres: COPY, and where some are there already, INSERT that passes over them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar, cast

import orjson
import psycopg
from psycopg import errors, sql
from psycopg.abc import PQGen

from driftgauge.client.rows import PREDICTIONS, TABLES, Row, Table
from driftgauge.client.values import encode, json_of_answer
from driftgauge.errors import BadInput, ConfigError
from driftgauge.store.faults import CONNECTION_STATES, unreachable
from driftgauge.store.session import SessionSettings, with_defaults

APPLICATION: Final = "driftgauge-client"
NUL: Final = "\x00"
ESCAPED_NUL: Final = b"\\u0000"
REPLACEMENT: Final = "\ufffd"
FEATURES: Final = PREDICTIONS.columns.index("features")
ANSWER: Final = PREDICTIONS.columns.index("prediction_result")  # the label and the value follow
HASH: Final = PREDICTIONS.columns.index("input_data_hash")  # the last
HASH_BYTES: Final = 16

ROWS_AT_FAULT: Final = ("22", "23", "54")
"""Classes of SQLSTATE that say something of the rows, not of the server: data, constraints, limits."""

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
    """One connection that writes rows; opened when it is first needed, and again after a fault."""

    def __init__(self, conninfo: Callable[[], str], *, schema: str, timeout: timedelta) -> None:
        """Connect to nothing yet. `conninfo` is asked at each connect; a write takes at most about `timeout`."""
        self._conninfo = conninfo
        self._timeout = timeout
        self._settings = SessionSettings(schema=schema, statement_timeout=timeout, lock_timeout=timeout)
        self._connection: _Impatient | None = None

    def write(self, rows: Sequence[Row]) -> None:
        """Write all rows in one transaction, those that are there already left as they are.

        Raises
        ------
        Refused
            If Postgres refuses at least one of them; then none was written.
        Unavailable
            If they could not be written now, or nobody knows whether they were.
        """
        by_table: dict[str, list[tuple[object, ...]]] = {}
        for table, values, _ in rows:
            by_table.setdefault(table, []).append(finished(table, values))
        connection = self._open()
        connection.deadline = time.monotonic() + self._timeout.total_seconds()
        try:
            try:
                self._transact(connection, by_table, _copy)
            except errors.UniqueViolation:
                self._transact(connection, by_table, _insert)
        except psycopg.Error as error:
            raise self._classified(connection, error) from error
        except (ValueError, TypeError, UnicodeError) as error:  # psycopg cannot write a value
            self.close()
            raise Refused(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _transact(
        self,
        connection: _Impatient,
        by_table: dict[str, list[tuple[object, ...]]],
        store: Callable[[_Impatient, Table, list[tuple[object, ...]]], None],
    ) -> None:
        with connection.transaction():
            self._settings.apply(connection)
            for table, rows in by_table.items():
                store(connection, TABLES[table], rows)

    def _open(self) -> _Impatient:
        if self._connection is None or self._connection.closed:
            conninfo = self._ask_for_conninfo()
            try:
                self._connection = _Impatient.connect(
                    with_defaults(conninfo, APPLICATION), autocommit=True, prepare_threshold=None
                )
            except psycopg.Error as error:
                fault = unreachable(conninfo, error)
                raise Unavailable(str(fault)) from (None if isinstance(fault, ConfigError) else error)
        return self._connection

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
        user = connection.info.user if not connection.closed else "the service's login"
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


def finished(table: str, values: tuple[object, ...]) -> tuple[object, ...]:
    r"""Return a row's values as they are written: JSON as text, without what Postgres cannot hold.

    Examples
    --------
    >>> finished("model_metrics", ("a\x00b", b'{"x":1}', 2.5))
    ('a�b', '{"x":1}', 2.5)
    """
    if table == PREDICTIONS.name and isinstance(features := values[FEATURES], bytes):
        answer, label, value = values[ANSWER : ANSWER + 3]
        values = (
            *values[:ANSWER],
            json_of_answer(label, value) if answer is None else answer,
            *values[ANSWER + 1 : HASH],
            hashlib.blake2b(features, digest_size=HASH_BYTES).hexdigest(),
        )
    return tuple([_FINISH[type(value)](value) if type(value) in _FINISH else value for value in values])


def _text(value: str) -> str:
    if not value.isascii():  # a lone surrogate has no UTF-8
        value = value.encode("utf-8", "replace").decode()
    return value.replace(NUL, REPLACEMENT) if NUL in value else value


def _json(value: bytes) -> str:
    if ESCAPED_NUL in value:
        value = encode(_without_nul(orjson.loads(value)))
    return value.decode()


def _without_nul(value: Any) -> Any:  # noqa: ANN401 - parsed JSON
    if isinstance(value, str):
        return value.replace(NUL, REPLACEMENT)
    if isinstance(value, list):
        return [_without_nul(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(item) for name, item in cast("dict[str, Any]", value).items()}
    return value


_FINISH: Final[dict[type, Callable[[Any], str]]] = {str: _text, bytes: _json}


def _copy(connection: _Impatient, table: Table, rows: list[tuple[object, ...]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _insert(connection: _Impatient, table: Table, rows: list[tuple[object, ...]]) -> None:
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        sql.SQL(", ").join([sql.Placeholder()] * len(table.columns)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
