"""The schema's history: sql/migrations/ applied in order, each file once, in a transaction of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import psycopg
from psycopg import errors, sql

from driftgauge.errors import MissingPrivilege, SchemaMismatch, SqlFileError
from driftgauge.resources import bundled
from driftgauge.store.faults import EXPORTER
from driftgauge.store.session import SessionSettings, connect_once

DEFAULT_SCHEMA: Final = "driftgauge"
FILE_NAME: Final = re.compile(r"(?P<version>\d{4})_(?P<name>[a-z0-9_]+)\.sql")
LOCK_TIMEOUT: Final = timedelta(seconds=10)
CREATE_PARTITIONS: Final = "SELECT create_partitions(now() - interval '56 days', now() + interval '14 days')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file of sql/migrations/."""

    version: int
    name: str
    checksum: str
    sql: bytes

    @property
    def label(self) -> str:
        """The file's name without its ending."""
        return f"{self.version:04d}_{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    """The newest migration that the database has seen (0: none), and that this program knows."""

    current: int
    known: int


def known_migrations(directory: Path | None = None) -> tuple[Migration, ...]:
    """Return the migrations of `directory` (by default those shipped) in their order.

    Raises
    ------
    SqlFileError
        If a file is not named NNNN_subject.sql, or a number is missing or repeated.
    """
    migrations: list[Migration] = []
    for place, path in enumerate(sorted((directory or bundled("sql") / "migrations").glob("*.sql")), start=1):
        match = FILE_NAME.fullmatch(path.name)
        if match is None or int(match["version"]) != place:
            raise SqlFileError(f"sql/migrations/{path.name}: expected a name like {place:04d}_subject.sql")
        text = path.read_bytes().replace(b"\r\n", b"\n")
        migrations.append(
            Migration(version=place, name=match["name"], checksum=hashlib.sha256(text).hexdigest(), sql=text)
        )
    return tuple(migrations)


def migrate(
    conninfo: str,
    schema: str = DEFAULT_SCHEMA,
    *,
    dry_run: bool = False,
    report: Callable[[str], None] = lambda _: None,
    directory: Path | None = None,
) -> list[str]:
    """Bring `schema` up to the newest migration and return the names of those applied (or, dry, to apply).

    Safe to run again, and from two places at once: each file runs under a lock that ends with its transaction. One that
    waits for somebody else's locks for longer than `LOCK_TIMEOUT` gives up, as others wait behind it meanwhile.

    Raises
    ------
    SchemaMismatch
        If the database is newer than this program, or an applied migration differs from the shipped one.
    MissingPrivilege
        If the role may not create the schema or the roles.
    psycopg.errors.LockNotAvailable
        If it gave up; the files before it stay applied.
    """
    migrations = known_migrations(directory)
    settings = SessionSettings(schema=schema, lock_timeout=LOCK_TIMEOUT)
    with connect_once(conninfo, application_name="driftgauge migrate", schema=schema) as connection:
        if dry_run:
            with connection.transaction():
                settings.apply(connection, read_only=True)
                pending = _pending(connection, migrations)
            for migration in pending:
                report(f"would apply {migration.label}")
            return [migration.label for migration in pending]
        applied: list[str] = []
        while (migration := _apply_next(connection, settings, migrations)) is not None:
            report(f"applied {migration.label}")
            applied.append(migration.label)
        with connection.transaction():
            settings.apply(connection)
            created = _create_partitions(connection)
        if created:
            report(f"created {created} partitions")
        return applied


def build_schema(connection: psycopg.Connection, schema: str) -> None:
    """Make a schema that is not there yet, whole, in the transaction that `connection` is in."""
    migrations = known_migrations()
    settings = SessionSettings(schema=schema, lock_timeout=LOCK_TIMEOUT)
    while _apply_next(connection, settings, migrations) is not None:
        pass
    _create_partitions(connection)


def schema_state(connection: psycopg.Connection) -> SchemaState:
    """Return how far the schema on the search path is, and how far this program knows it."""
    return SchemaState(current=max(_applied(connection), default=0), known=len(known_migrations()))


def require_current(connection: psycopg.Connection, *, role: str = EXPORTER) -> None:
    """Refuse a schema that is missing, old, newer or changed; `connection` is in a transaction on the schema.

    Raises
    ------
    SchemaMismatch
        With the command that mends it.
    """
    migrations = known_migrations()
    pending = _pending(connection, migrations, role)
    if len(pending) == len(migrations):
        raise SchemaMismatch(f"{_where(connection)}: not set up yet; run: driftgauge migrate")
    if pending:
        raise SchemaMismatch(
            f"{_where(connection)}: at migration {migrations[-1].version - len(pending)}, this driftgauge needs"
            f" {migrations[-1].version}; run: driftgauge migrate"
        )


def _apply_next(
    connection: psycopg.Connection, settings: SessionSettings, migrations: Sequence[Migration]
) -> Migration | None:
    with connection.transaction():
        # Not on the schema's own objects: it may not exist yet. Advisory locks count within one database.
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('driftgauge migrate', 0))")
        _create_schema(connection, settings.schema)
        settings.apply(connection)
        pending = _pending(connection, migrations)
        if not pending:
            return None
        migration = pending[0]
        connection.execute(migration.sql)
        connection.execute(
            "INSERT INTO schema_version (version, name, checksum) VALUES (%s, %s, %s)",
            (migration.version, migration.name, migration.checksum),
        )
        return migration


def _create_schema(connection: psycopg.Connection, schema: str) -> None:
    # Asked first, because IF NOT EXISTS wants the right to create even where there is nothing to do.
    if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def _pending(
    connection: psycopg.Connection, migrations: Sequence[Migration], role: str = EXPORTER
) -> Sequence[Migration]:
    applied = _applied(connection, role)
    newest = max(applied, default=0)
    if newest > len(migrations):
        raise SchemaMismatch(
            f"{_where(connection)}: at migration {newest}, newer than this driftgauge, which knows {len(migrations)};"
            " upgrade driftgauge"
        )
    for migration in migrations[:newest]:
        if applied.get(migration.version) != migration.checksum:
            raise SchemaMismatch(
                f"{_where(connection)}: migration {migration.label} was applied from a different file; run the"
                " driftgauge that applied it, or restore the file: an applied migration must not change"
            )
    return migrations[newest:]


def _applied(connection: psycopg.Connection, role: str = EXPORTER) -> dict[int, str]:
    """Return the checksum of each applied migration; none where the schema is missing."""
    found = connection.execute(
        """
        SELECT n.nspname, has_schema_privilege(n.oid, 'USAGE'), c.oid IS NOT NULL
        FROM pg_namespace AS n
        LEFT JOIN pg_class AS c ON n.oid = c.relnamespace AND c.relname = 'schema_version'
        WHERE quote_ident(n.nspname) || ', pg_temp' = current_setting('search_path')
        """
    ).fetchone()
    if found is None:
        return {}
    schema, usable, versioned = found
    if not usable:
        raise MissingPrivilege(
            f"permission denied for schema {schema}; run as its owner:"
            f" GRANT USAGE ON SCHEMA {schema} TO {connection.info.user}"
            f" (or, for all at once: GRANT {role} TO {connection.info.user})"
        )
    if not versioned:
        return {}
    return dict(connection.execute("SELECT version, checksum FROM schema_version ORDER BY version").fetchall())


def _create_partitions(connection: psycopg.Connection) -> int:
    try:
        with connection.transaction():
            row = connection.execute(CREATE_PARTITIONS).fetchone()
    except errors.UndefinedFunction:  # only the first migrations are known: nothing is partitioned yet
        return 0
    return int(row[0]) if row else 0


def _where(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT current_database(), current_setting('search_path')").fetchone()
    database, path = row or ("?", "?")
    return f"schema {str(path).removesuffix(', pg_temp')} of database {database}"
