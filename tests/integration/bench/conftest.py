"""What a database holds, to be compared before and after, and a bench that takes a moment."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from rich.console import Console

from driftgauge.app.interruption import Interruption
from driftgauge.app.steps import Steps
from driftgauge.bench.plan import Plan
from driftgauge.bench.run import run_bench
from driftgauge.costs.figures import Figures, TableRead

TINY: Final = Plan(
    sizes=(100, 2_500),
    rounds=1,
    calls=50,
    calls_by_hand=5,
    stream_rows=1_000,
    predictions=3,
    batches=1,
    epochs=1,
    batch_milliseconds=1.0,
    history_hours=72,
    rows_an_hour=20,
    others_hours=48,
    models=(1, 2),
    series=(100, 1_000),
    questions=2,
)

# Whatever somebody could find changed, but for what the server counts and how it places rows.
RELATIONS: Final = """
SELECT n.nspname, c.relname, c.relkind::text, c.relacl::text, c.relnatts
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname !~ '^pg_(toast|temp)'
ORDER BY 1, 2
"""
SCHEMAS: Final = "SELECT nspname, nspacl::text FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp' ORDER BY 1"
ROWS: Final = "SELECT t::text FROM {} AS t ORDER BY 1"
PLACE: Final = "SELECT last_value, is_called FROM {}"
ROLES: Final = """
SELECT r.rolname, s.setconfig::text, array_agg(g.rolname::text ORDER BY g.rolname::text)::text
FROM pg_roles AS r
LEFT JOIN pg_db_role_setting AS s ON r.oid = s.setrole
LEFT JOIN pg_auth_members AS m ON r.oid = m.member
LEFT JOIN pg_roles AS g ON m.roleid = g.oid
WHERE r.rolname ~ '^driftgauge_[a-z]+$' -- logins of tests have numbers
GROUP BY r.rolname, s.setconfig
ORDER BY 1
"""


def held_by(dsn: str) -> dict[str, Any]:
    """Return schemas, relations, roles, and every row of every table and sequence."""
    with psycopg.connect(dsn) as connection:
        relations = connection.execute(RELATIONS).fetchall()
        rows: dict[str, Any] = {}
        for schema, name, kind, *_ in relations:
            if schema in ("pg_catalog", "information_schema") or kind not in ("r", "S"):
                continue
            table = sql.Identifier(schema, name)
            statement = ROWS if kind == "r" else PLACE
            rows[f"{schema}.{name}"] = connection.execute(sql.SQL(statement).format(table)).fetchall()
        return {
            "schemas": connection.execute(SCHEMAS).fetchall(),
            "relations": relations,
            "roles": connection.execute(ROLES).fetchall(),
            "rows": rows,
        }


def measure(
    dsn: str,
    plan: Plan = TINY,
    *,
    tables: Callable[[], tuple[TableRead, ...]] = lambda: (),
    said: list[str] | None = None,
) -> Figures:
    """Run a whole bench in this process."""
    steps = Steps(Console(file=io.StringIO()), lambda: None)
    lines: list[str] = [] if said is None else said
    with Interruption() as interruption:
        return run_bench(lambda: dsn, plan, steps, interruption, say=lines.append, tables=tables)


@pytest.fixture
def owner_dsn(database: str) -> Iterator[str]:
    """The test's database, entered by a login that may create schemas in it, and has no other right."""
    user, password = f"bencher_{secrets.token_hex(4)}", secrets.token_hex(16)
    name = sql.Identifier(str(conninfo_to_dict(database)["dbname"]))
    login = sql.Identifier(user)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(login, sql.Literal(password)))
        connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(name, login))
        yield make_conninfo(database, user=user, password=password)
        connection.execute(sql.SQL("REVOKE CREATE ON DATABASE {} FROM {}").format(name, login))
        connection.execute(sql.SQL("DROP ROLE {}").format(login))
