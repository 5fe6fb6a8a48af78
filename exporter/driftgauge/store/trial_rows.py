"""Rows to measure on, and the ways in which services write predictions by hand."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from driftgauge.store.execute import Connection
from driftgauge.store.session import connect_once

NUMERIC: Final = tuple(f"feature_{place}" for place in range(1, 21))
CATEGORICAL: Final = tuple(f"category_{place}" for place in range(1, 6))
COLUMNS: Final = ("model_name", "version", "features", "predicted_score", "latency_ms")

Row = tuple[str, str, str, float, float]
"""A prediction as `COLUMNS` has it, its features written as JSON."""

LOGGED: Final = """
INSERT INTO prediction_logs (model_name, version, latency_ms, confidence, features, "timestamp")
SELECT
    %(model)s, %(version)s, 5 + random() * 50, random(),
    (
        SELECT jsonb_object_agg('feature_' || number, random() * number + mod(place, 7))
        FROM generate_series(1, %(numeric)s) AS number
    ) || coalesce((
        SELECT jsonb_object_agg('category_' || number, 'level ' || mod(place + number, 5))
        FROM generate_series(1, %(categorical)s) AS number
    ), '{}'),
    now() - interval '1 hour' * (%(hours)s::float8 * (1 - place::float8 / %(rows)s))
FROM generate_series(1, %(rows)s) AS place
"""
TYPED: Final = (
    "CREATE TABLE {table} AS SELECT {features}, 5 + random() * 50 AS latency,"
    " now() - interval '1 hour' * ({hours}::float8 * (1 - place::float8 / {rows})) AS at"
    " FROM generate_series(1, {rows}) AS place"
)
COPIED: Final = (
    'INSERT INTO prediction_logs (model_name, version, latency_ms, features, "timestamp")'
    " SELECT {model}, {version}, latency, to_jsonb(made) - 'at' - 'latency', at FROM {table} AS made"
)


def log_made_rows(
    connection: Connection, *, model: str, version: str, features: tuple[int, int], rows: int, hours: float
) -> None:
    """Log predictions with so many numeric and categorical features, evenly over the hours before now."""
    numeric, categorical = features
    connection.execute(
        LOGGED,
        {
            "model": model,
            "version": version,
            "numeric": numeric,
            "categorical": categorical,
            "rows": rows,
            "hours": hours,
        },
    )


def make_typed_rows(connection: Connection, table: str, *, rows: int, hours: float) -> None:
    """Make a table with a column a feature, evenly over the hours before now, and an index on their times."""
    features = [
        *(
            sql.SQL("random() * {} + mod(place, 7) AS {}").format(sql.Literal(place), sql.Identifier(name))
            for place, name in enumerate(NUMERIC, start=1)
        ),
        *(
            sql.SQL("'level ' || mod(place + {}, 5) AS {}").format(sql.Literal(place), sql.Identifier(name))
            for place, name in enumerate(CATEGORICAL, start=1)
        ),
    ]
    connection.execute(
        sql.SQL(TYPED).format(
            table=sql.Identifier(table),
            features=sql.SQL(", ").join(features),
            rows=sql.Literal(rows),
            hours=sql.Literal(hours),
        )
    )
    connection.execute(sql.SQL("CREATE INDEX ON {} (at)").format(sql.Identifier(table)))


def log_typed_rows(connection: Connection, table: str, *, model: str, version: str) -> None:
    """Log the rows of such a table as predictions, with their features as jsonb."""
    connection.execute(
        sql.SQL(COPIED).format(model=sql.Literal(model), version=sql.Literal(version), table=sql.Identifier(table))
    )


def analyze(connection: Connection, *tables: str) -> None:
    """Let the planner know of new rows, as autovacuum does in time."""
    for table in tables:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def drop_typed_rows(connection: Connection, table: str) -> None:
    """Remove such a table."""
    connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """Writes predictions as a service does that has no client, on one connection that stays open."""

    connection: psycopg.Connection[Any]
    insert: sql.Composed
    into: sql.Composed

    def insert_one(self, row: Row) -> None:
        """Write one row, and wait until it is committed."""
        self.connection.execute(self.insert, row)

    def insert_many(self, rows: Sequence[Row]) -> None:
        """Write rows by one INSERT each, in one transaction and a pipeline."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(self.insert, rows)

    def copy(self, rows: Sequence[Row]) -> None:
        """Write rows by one COPY."""
        with self.connection.cursor() as cursor, cursor.copy(self.into) as copy:
            for row in rows:
                copy.write_row(row)


@contextmanager
def by_hand(conninfo: str, schema: str) -> Generator[ByHand]:
    """Yield what writes predictions into a schema."""
    table = sql.Identifier(schema, "prediction_logs")
    columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    values = sql.SQL(", ").join([sql.Placeholder()] * len(COLUMNS))
    with connect_once(conninfo, application_name="driftgauge bench", schema=schema) as connection:
        yield ByHand(
            connection=connection,
            insert=sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(table, columns, values),
            into=sql.SQL("COPY {} ({}) FROM STDIN").format(table, columns),
        )
