"""How the server would run a shipped query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from driftgauge.store.catalog import query

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

Plan = dict[str, Any]


def explain(connection: psycopg.Connection, name: str, **params: object) -> Plan:
    """Return the plan of a shipped query with these very values, as it would run."""
    with connection.transaction(force_rollback=True):
        row = connection.execute(b"EXPLAIN (FORMAT JSON) " + query(name).sql, params).fetchone()
    assert row is not None
    return row[0][0]["Plan"]


def nodes(plan: Plan) -> Iterator[Plan]:
    """Yield every node of a plan."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def scanned(connection: psycopg.Connection, plan: Plan, *, least: int) -> set[str]:
    """Return the relations of at least so many rows that are read from end to end."""
    limited = any(node["Node Type"] == "Limit" for node in nodes(plan))  # then an index in order is left early
    whole = {
        str(node["Relation Name"])
        for node in nodes(plan)
        if "Relation Name" in node
        and (
            node["Node Type"] == "Seq Scan"
            or (node["Node Type"].startswith("Index") and "Index Cond" not in node and not limited)
        )
    }
    large = connection.execute(
        "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND reltuples >= %s", (list(whole), least)
    )
    return {name for (name,) in large}
