"""How Postgres would read the newest rows of a table: asked by EXPLAIN, which reads none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from psycopg import sql

from driftgauge.store.execute import Connection
from driftgauge.store.faults import quoted

SMALL_PART: Final = 0.2
"""An index would help if less than this share of the rows is wanted."""
MOST: Final = 0.5
"""A table is read whole if more than this share of its rows is, by its partitions."""

# By name, because a schema that may not be entered is an error to to_regclass.
READABLE: Final = """
SELECT bool_and(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) AND count(*) = 2
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname = %(schema)s AND c.relname IN ('prediction_logs', 'prediction_logs_ingest_seq')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRead:
    """The planner's rows of all that it would read, its cost, and whether it reads a table whole for a part of it."""

    rows: int
    cost: float
    whole: bool


def plan_newest(connection: Connection, relation: tuple[str, ...], time: str) -> PlannedRead:
    """Return how the rows of the newest hour of a relation would be read; it needs the right to SELECT from it."""
    return _plan(
        connection,
        sql.SQL("SELECT count(*) FROM {} WHERE {} >= now() - interval '1 hour'").format(
            sql.Identifier(*relation), sql.Identifier(time)
        ),
    )


def plan_arrived(connection: Connection, schema: str) -> PlannedRead | None:
    """Return how the predictions that arrived last would be read; None where nobody may know how many did."""
    readable = connection.execute(READABLE, {"schema": schema}).fetchone()
    if readable is None or not readable[0]:
        return None
    last = connection.execute(
        sql.SQL("SELECT last_value FROM {}").format(sql.Identifier(schema, "prediction_logs_ingest_seq"))
    ).fetchone()
    assert last is not None  # noqa: S101 - a sequence has its one row
    return _plan(
        connection,
        sql.SQL("SELECT count(*) FROM {} WHERE ingest_seq > {}").format(
            sql.Identifier(schema, "prediction_logs"), sql.Literal(max(last[0] - 1_000, 0))
        ),
    )


def _plan(connection: Connection, statement: sql.Composed) -> PlannedRead:
    found = connection.execute(sql.SQL("EXPLAIN (FORMAT JSON, VERBOSE) {}").format(statement)).fetchone()
    assert found is not None  # noqa: S101 - a plan is one row
    top: dict[str, Any] = found[0][0]["Plan"]
    scans = [node for node in _nodes(top) if "Relation Name" in node]
    sizes = [_rows(connection, node) for node in scans]
    whole = sum(
        rows
        for node, rows in zip(scans, sizes, strict=True)
        if node["Node Type"] in ("Seq Scan", "Parallel Seq Scan") and node["Plan Rows"] < SMALL_PART * rows
    )
    # A partition of a few rows is read whole although it has an index.
    return PlannedRead(rows=sum(sizes), cost=float(top["Total Cost"]), whole=whole > MOST * sum(sizes))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _nodes(part)


def _rows(connection: Connection, node: dict[str, Any]) -> int:
    """Return how many rows a scanned relation has, as the planner knows it."""
    found = connection.execute(
        "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(%s)",
        (f"{quoted(node['Schema'])}.{quoted(node['Relation Name'])}",),
    ).fetchone()
    return 0 if found is None else int(found[0])
