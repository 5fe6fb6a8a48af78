"""Run the named queries of sql/queries/ on a connection."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import orjson
import psycopg
from psycopg.rows import namedtuple_row

from driftgauge.store.catalog import query

Connection = psycopg.Connection[Any]


def fetch_all(connection: Connection, name: str, /, **params: object) -> list[Any]:
    """Run a query and return its rows as named tuples."""
    with connection.cursor(binary=True, row_factory=namedtuple_row) as cursor:
        return cursor.execute(query(name).sql, params).fetchall()


def stream(connection: Connection, name: str, /, *, chunk: int, **params: object) -> Generator[Any]:
    """Run a query and yield its rows, of which some `chunk` are here at a time.

    Who may stop before the end closes it, as its cursor must go before others use the connection.
    """
    with connection.cursor(name, binary=True, row_factory=namedtuple_row) as cursor:
        cursor.execute(query(name).sql, params)
        while rows := cursor.fetchmany(chunk):
            yield from rows


def fetch_one(connection: Connection, name: str, /, **params: object) -> Any | None:  # noqa: ANN401 - a named tuple of the query's own columns
    """Run a query and return its first row, if there is one."""
    with connection.cursor(binary=True, row_factory=namedtuple_row) as cursor:
        return cursor.execute(query(name).sql, params).fetchone()


def execute(connection: Connection, name: str, /, **params: object) -> int:
    """Run a command and return how many rows it touched."""
    return connection.execute(query(name).sql, params).rowcount


def execute_many(connection: Connection, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Run a command once for each row of params, in one round trip."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(query(name).sql, rows)


def execute_rows(connection: Connection, name: str, rows: Sequence[Mapping[str, object]], /, **params: object) -> None:
    """Run a command once for all rows, which it takes as one JSON array: the server plans it once, not once a row.

    JSON knows no NaN and no infinity: they go as texts, which `json_to_recordset` reads as the column's type does.
    """
    if rows:
        document = orjson.dumps([_sendable(row) for row in rows], option=orjson.OPT_SERIALIZE_NUMPY).decode()
        execute(connection, name, **params, rows=document)


def _sendable(row: Mapping[str, object]) -> dict[str, object]:
    return {
        column: str(value) if isinstance(value, float) and not math.isfinite(value) else value
        for column, value in row.items()
    }
