"""Make the rows to measure on: 20 numeric and 5 categorical features, typed and as jsonb, the same values in both."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

NUMERIC: Final = tuple(f"feature_{place}" for place in range(20))
CATEGORICAL: Final = tuple(f"category_{place}" for place in range(5))

TYPED = sql.SQL(
    "CREATE TABLE driftgauge.typed AS SELECT {numeric}, {categorical}, "
    "now() - interval '20 hours' * (1 - place::float8 / {rows}) AS at FROM generate_series(1, {rows}) AS place"
)
LOGGED = sql.SQL(
    'INSERT INTO driftgauge.prediction_logs (model_name, latency_ms, confidence, features, "timestamp") '
    "SELECT 'bench', 5 + random() * 50, random(), to_jsonb(typed) - 'at', at FROM driftgauge.typed ORDER BY at"
)


def fill(connection: psycopg.Connection, *, rows: int, logged: bool = True) -> None:
    """Write the same rows into driftgauge.typed and, unless not `logged`, into driftgauge.prediction_logs."""
    numeric = [
        sql.SQL("sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS {}").format(sql.Identifier(name))
        for name in NUMERIC
    ]
    categorical = [
        sql.SQL("(ARRAY['alpha', 'beta', 'gamma', 'delta', 'epsilon'])[1 + floor(random() * 5)::int] AS {}").format(
            sql.Identifier(name)
        )
        for name in CATEGORICAL
    ]
    columns = {"numeric": sql.SQL(", ").join(numeric), "categorical": sql.SQL(", ").join(categorical)}
    connection.execute("DROP TABLE IF EXISTS driftgauge.typed")
    connection.execute(TYPED.format(**columns, rows=sql.Literal(rows)))
    connection.execute("VACUUM (ANALYZE) driftgauge.typed")
    if logged:
        connection.execute(LOGGED)
        connection.execute("VACUUM (ANALYZE) driftgauge.prediction_logs")


def typed_query() -> str:
    """Return the SELECT of the typed columns."""
    return f"SELECT {', '.join((*NUMERIC, *CATEGORICAL))} FROM driftgauge.typed"  # noqa: S608 - our own names


def plain_copy() -> sql.Composed:
    """Return the bare COPY of the typed columns."""
    names = sql.SQL(", ").join(sql.Identifier(name) for name in (*NUMERIC, *CATEGORICAL))
    return sql.SQL("COPY (SELECT {} FROM driftgauge.typed) TO STDOUT (FORMAT binary)").format(names)


def _extractions() -> list[sql.Composed]:
    return [
        *(sql.SQL("(features -> {})::float8").format(sql.Literal(name)) for name in NUMERIC),
        *(sql.SQL("features ->> {}").format(sql.Literal(name)) for name in CATEGORICAL),
    ]


def extracting_copy() -> sql.Composed:
    """Return the COPY that merely extracts the columns from jsonb."""
    return sql.SQL("COPY (SELECT {} FROM driftgauge.prediction_logs) TO STDOUT (FORMAT binary)").format(
        sql.SQL(", ").join(_extractions())
    )


def extracting_count() -> sql.Composed:
    """Return the query that extracts the columns and throws them away inside Postgres."""
    return sql.SQL("SELECT {} FROM driftgauge.prediction_logs").format(
        sql.SQL(", ").join(sql.SQL("count({})").format(expression) for expression in _extractions())
    )
