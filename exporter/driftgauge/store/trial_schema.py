"""A schema of driftgauge's for a while: made beside everything that is there, and removed without a trace."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import errors, sql

from driftgauge.errors import MissingPrivilege, SetupError
from driftgauge.store.execute import Connection, fetch_all, fetch_one
from driftgauge.store.faults import quoted
from driftgauge.store.migrations import build_schema
from driftgauge.store.session import connect_once

PREFIX: Final = "driftgauge_bench_"
PATTERN: Final = f"^{PREFIX}[0-9a-f]{{8}}$"
ROLES: Final = ("driftgauge_writer", "driftgauge_exporter", "driftgauge_grafana", "driftgauge_operator")
"""All that the migrations make."""
STATISTICS: Final = "pg_read_all_stats"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Role:
    """What the migrations may change of a role, which belongs to the whole cluster."""

    settings: frozenset[str]
    reads_statistics: bool


@contextmanager
def trial_schema(conninfo: str, say: Callable[[str], None]) -> Generator[str]:
    """Yield the name of a fresh schema with all migrations, and remove it; `say` is told of what others left.

    Roles that the migrations need and that were not there are removed, too, and those that were stay as they were. The
    session that holds the schema's lock lasts as long: a schema that nobody holds is one that was left behind.

    Raises
    ------
    MissingPrivilege
        If the login may not make a schema, or roles that are missing.
    SetupError
        If a publication would send what is measured to subscribers, which do not have these tables.
    """
    name = f"{PREFIX}{secrets.token_hex(4)}"
    with connect_once(conninfo, application_name="driftgauge bench", schema=name) as connection:
        _refuse_publications(connection)
        _tell_what_is_left(connection, say)
        fetch_one(connection, "bench/lock_schema", schema=name)
        before = {role: _read(connection, role) for role in ROLES}
        made = [role for role, found in before.items() if found is None]
        try:
            with connection.transaction():
                build_schema(connection, name)
                for role, found in before.items():
                    if found is not None:
                        _restore(connection, role, found)
        except errors.InsufficientPrivilege as error:
            raise _refusal(connection, error) from error
        try:
            yield name
        finally:
            _remove(conninfo, connection, name, made, say)


def _refuse_publications(connection: Connection) -> None:
    """Refuse a database all tables of which are replicated: a subscriber stops for good at a table that it lacks."""
    with connection.transaction():
        found = fetch_all(connection, "bench/list_publications")
    if found:
        raise SetupError(
            f"the publication {quoted(found[0].name)} is of all tables, those of a bench too, and subscribers stop at "
            "tables that they do not have; measure on a Postgres of its own: driftgauge bench --embedded"
        )


def _tell_what_is_left(connection: Connection, say: Callable[[str], None]) -> None:
    with connection.transaction():
        found = fetch_all(connection, "bench/list_schemas", pattern=PATTERN)
    for row in found:
        if row.is_left:
            say(f"a bench that was killed left the schema {row.name}; run: DROP SCHEMA {row.name} CASCADE")


def _read(connection: Connection, role: str) -> _Role | None:
    row = fetch_one(connection, "bench/read_role", role=role)
    return None if row is None else _Role(settings=frozenset(row.settings), reads_statistics=row.reads_statistics)


def _restore(connection: Connection, role: str, before: _Role) -> None:
    """Undo what the migrations changed of a role, before anybody can see it: that belongs to the whole cluster."""
    after = _read(connection, role)
    if after is None or after == before:
        return
    kept = dict(one.split("=", 1) for one in before.settings)
    for one in sorted(after.settings - before.settings):
        setting = one.split("=", 1)[0]
        change = sql.SQL("RESET {}") if setting not in kept else sql.SQL("SET {} = {}")
        values = [sql.Identifier(setting), *([sql.Literal(kept[setting])] if setting in kept else [])]
        connection.execute(sql.SQL("ALTER ROLE {} ").format(sql.Identifier(role)) + change.format(*values))
    if after.reads_statistics and not before.reads_statistics:
        connection.execute(sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(STATISTICS), sql.Identifier(role)))


def _refusal(connection: Connection, error: errors.InsufficientPrivilege) -> MissingPrivilege:
    said = str(error).partition("\n")[0]
    user, database = quoted(connection.info.user), quoted(connection.info.dbname)
    mend = error.diag.message_hint or f"GRANT CREATE ON DATABASE {database} TO {user}"
    return MissingPrivilege(
        f"{said}: the bench makes a schema of its own and removes it; ask an administrator to run: {mend} "
        "(or measure on a Postgres of its own: driftgauge bench --embedded)"
    )


def _remove(conninfo: str, connection: Connection, name: str, made: list[str], say: Callable[[str], None]) -> None:
    """Drop all that was made; over another session where the first, which was idle for minutes, has been ended."""
    try:
        _drop(connection, name, made, say)
    except psycopg.OperationalError:
        if not connection.broken:
            raise
        with connect_once(conninfo, application_name="driftgauge bench", schema=name) as another:
            _drop(another, name, made, say)


def _drop(connection: Connection, name: str, made: list[str], say: Callable[[str], None]) -> None:
    """Drop the schema, and the roles that came with it unless others have begun to use them."""
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))
    for role in made:
        try:
            with connection.transaction():
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
        except errors.DependentObjectsStillExist:
            say(f"the role {role} was made, and stays: something else has begun to use it")


def read_server(conninfo: str) -> tuple[str, str]:
    """Return the server's version, and the name of the database."""
    with connect_once(conninfo, application_name="driftgauge bench", read_only=True) as connection:
        info: psycopg.ConnectionInfo = connection.info
        return info.parameter_status("server_version") or str(info.server_version), info.dbname
