"""The schema comes out the same however it was reached, and a schema that does not fit is refused."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import conninfo, sql

from driftgauge.errors import MissingPrivilege, SchemaMismatch, SqlFileError
from driftgauge.resources import bundled
from driftgauge.store.migrations import SchemaState, known_migrations, migrate, require_current, schema_state
from driftgauge.store.session import SessionSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from driftgauge.embedded import EmbeddedPostgres

# Each line describes one thing of the schema in words that do not depend on when or where it was made.
CATALOG = """
WITH relations AS (
    SELECT c.oid, c.relname, c.relkind, c.reloptions, c.relacl
    FROM pg_class AS c
    WHERE c.relnamespace = 'driftgauge'::regnamespace
)
SELECT format('relation %s %s %s %s', relname, relkind, reloptions, relacl) FROM relations
UNION ALL
SELECT format(
    'column %s %s %s %s not null %s default %s identity %s acl %s', r.relname, a.attnum, a.attname,
    format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attacl
)
FROM relations AS r
INNER JOIN pg_attribute AS a ON r.oid = a.attrelid AND a.attnum > 0
LEFT JOIN pg_attrdef AS d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
UNION ALL
SELECT format('constraint %s %s %s', r.relname, c.conname, pg_get_constraintdef(c.oid))
FROM relations AS r INNER JOIN pg_constraint AS c ON r.oid = c.conrelid
UNION ALL
SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname = 'driftgauge'
UNION ALL
SELECT format('view %s %s', relname, pg_get_viewdef(oid)) FROM relations WHERE relkind = 'v'
UNION ALL
SELECT format('sequence %s', s) FROM pg_sequences AS s WHERE schemaname = 'driftgauge' AND last_value IS NULL
UNION ALL
SELECT format('function %s acl %s', pg_get_functiondef(oid), proacl)
FROM pg_proc WHERE pronamespace = 'driftgauge'::regnamespace
UNION ALL
SELECT format('comment %s %s', d.description, d.objsubid)
FROM pg_description AS d INNER JOIN relations AS r ON d.objoid = r.oid
UNION ALL
SELECT format('migration %s %s %s', version, name, checksum) FROM driftgauge.schema_version
ORDER BY 1
"""


def catalog(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return [line for (line,) in connection.execute(CATALOG)]


def labels() -> list[str]:
    return [migration.label for migration in known_migrations()]


def shipped(target: Path, count: int) -> Path:
    """Copy the first `count` migrations."""
    target.mkdir(exist_ok=True)
    for path in sorted((bundled("sql") / "migrations").glob("*.sql"))[:count]:
        shutil.copy(path, target)
    return target


def state(dsn: str, check: Callable[[psycopg.Connection], object], schema: str = "driftgauge") -> object:
    with psycopg.connect(dsn) as connection:
        SessionSettings(schema=schema).apply(connection, read_only=True)
        return check(connection)


def test_a_schema_migrated_step_by_step_equals_a_fresh_one(database: str, empty_database: str, tmp_path: Path) -> None:
    steps = [
        migrate(empty_database, directory=shipped(tmp_path / "migrations", count))
        for count in range(1, len(known_migrations()) + 1)
    ]
    assert steps == [[label] for label in labels()]
    assert catalog(empty_database) == catalog(database)


def test_a_second_run_changes_nothing(empty_database: str) -> None:
    assert migrate(empty_database) == labels()
    before, said = catalog(empty_database), list[str]()
    assert migrate(empty_database, report=said.append) == []
    assert said == []
    assert catalog(empty_database) == before


def test_two_runs_at_once_apply_each_migration_once(empty_database: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(migrate, [empty_database] * 2)
    assert sorted(first + second) == labels()


def test_two_new_databases_of_a_cluster_can_be_migrated_at_once(own_server: EmbeddedPostgres) -> None:
    names = [f"db{number}" for number in range(4)]
    with psycopg.connect(own_server.dsn, autocommit=True) as connection:
        for name in names:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with ThreadPoolExecutor(len(names)) as pool:
        done = list(pool.map(migrate, [conninfo.make_conninfo(own_server.dsn, dbname=name) for name in names]))
    assert done == [labels()] * len(names)


def test_each_step_is_reported(empty_database: str) -> None:
    said: list[str] = []
    migrate(empty_database, report=said.append)
    assert said == [*(f"applied {label}" for label in labels()), "created 66 partitions"]


def test_a_dry_run_names_what_it_would_do_and_does_nothing(empty_database: str) -> None:
    said: list[str] = []
    assert migrate(empty_database, dry_run=True, report=said.append) == labels()
    assert said == [f"would apply {label}" for label in labels()]
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regnamespace('driftgauge')").fetchone() == (None,)


@pytest.mark.parametrize("schema", ["monitoring", 'ML "drift", v2', "select"])
def test_any_schema_name_works(empty_database: str, schema: str) -> None:
    assert migrate(empty_database, schema) == labels()
    assert migrate(empty_database, schema) == []
    assert state(empty_database, schema_state, schema) == SchemaState(current=len(labels()), known=len(labels()))
    with psycopg.connect(empty_database) as connection:
        SessionSettings(schema=schema).apply(connection)
        connection.execute("INSERT INTO prediction_logs (model_name, latency_ms) VALUES ('m', 1)")
        row = connection.execute("SELECT create_partitions(now() + '60 days', now() + '61 days')").fetchone()
        assert row is not None
        assert row[0] in {6, 12}  # one Monday or two, for each of the six


def test_a_schema_made_by_the_administrator_is_used(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA driftgauge")
    assert migrate(empty_database) == labels()


def test_a_current_schema_is_accepted(database: str) -> None:
    state(database, require_current)
    assert state(database, schema_state) == SchemaState(current=len(labels()), known=len(labels()))


def test_a_missing_schema_is_refused_with_the_command_that_mends_it(empty_database: str) -> None:
    with pytest.raises(
        SchemaMismatch, match=r"^schema driftgauge of database \w+: not set up yet; run: driftgauge mig"
    ):
        state(empty_database, require_current)
    assert state(empty_database, schema_state) == SchemaState(current=0, known=len(labels()))


def test_an_old_schema_is_refused_with_the_command_that_mends_it(empty_database: str, tmp_path: Path) -> None:
    migrate(empty_database, directory=shipped(tmp_path, 3))
    expected = rf"at migration 3, this driftgauge needs {len(labels())}; run: driftgauge migrate"
    with pytest.raises(SchemaMismatch, match=expected):
        state(empty_database, require_current)


def test_a_newer_schema_is_refused(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO driftgauge.schema_version (version, name, checksum) VALUES (900, 'later', '')")
    newer = rf"at migration 900, newer than this driftgauge, which knows {len(labels())}; upgrade driftgauge"
    with pytest.raises(SchemaMismatch, match=newer):
        state(database, require_current)
    with pytest.raises(SchemaMismatch, match=newer):
        migrate(database)


def test_an_applied_migration_that_changed_is_refused(database: str, tmp_path: Path) -> None:
    changed = shipped(tmp_path, len(labels())) / "0003_metrics_and_health.sql"
    changed.write_text(changed.read_text() + "-- one word more\n")
    with pytest.raises(SchemaMismatch, match="migration 0003_metrics_and_health was applied from a different file"):
        migrate(database, directory=tmp_path)


def test_line_endings_of_a_checkout_are_no_change(database: str, tmp_path: Path) -> None:
    for path in shipped(tmp_path, len(labels())).iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert migrate(database, directory=tmp_path) == []


def test_a_migration_that_waits_in_vain_for_a_reader_lets_the_others_go_on(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("driftgauge.store.migrations.LOCK_TIMEOUT", timedelta(milliseconds=200))
    migrate(empty_database, directory=shipped(tmp_path, 17))
    with psycopg.connect(empty_database) as reader:
        reader.execute("SELECT FROM driftgauge.dataset_drift")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrate(empty_database)
        reader.execute("SELECT FROM driftgauge.drift_results")
    assert migrate(empty_database)[0] == "0018_segments"


def test_a_failing_migration_leaves_the_ones_before_it(empty_database: str, tmp_path: Path) -> None:
    (shipped(tmp_path, 2) / "0003_broken.sql").write_text("CREATE TABLE half_done (x int); SELECT 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database, directory=tmp_path)
    assert state(empty_database, schema_state) == SchemaState(current=2, known=len(labels()))
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('driftgauge.half_done')").fetchone() == (None,)


@pytest.mark.parametrize("name", ["0003_metrics.sql", "0002-metrics.sql", "0002_Metrics.sql"])
def test_a_misnamed_migration_is_named(tmp_path: Path, name: str) -> None:
    (shipped(tmp_path, 1) / name).write_text("SELECT 1")
    with pytest.raises(SqlFileError, match=rf"sql/migrations/{name}: expected a name like 0002_subject.sql"):
        known_migrations(tmp_path)


def test_a_role_that_may_not_create_the_schema_is_told_the_grant(own_server: EmbeddedPostgres) -> None:
    with psycopg.connect(own_server.dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
    with pytest.raises(MissingPrivilege, match=r"GRANT CREATE ON DATABASE postgres TO plain"):
        migrate(conninfo.make_conninfo(own_server.dsn, user="plain"))


def test_a_role_that_may_not_create_roles_is_told_what_to_ask_for(own_server: EmbeddedPostgres) -> None:
    with psycopg.connect(own_server.dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN; GRANT CREATE ON DATABASE postgres TO plain")
        plain = conninfo.make_conninfo(own_server.dsn, user="plain")
        with pytest.raises(MissingPrivilege) as refused:
            migrate(plain)
        message = str(refused.value)
        assert "role driftgauge_writer is missing and plain may not create roles; ask an administrator" in message
        connection.execute(message.partition("to run: ")[2].encode())
        with pytest.raises(MissingPrivilege, match="role driftgauge_operator is missing") as refused:
            migrate(plain)
        connection.execute(str(refused.value).partition("to run: ")[2].encode())
        assert migrate(plain) == labels()[labels().index("0031_operators") :]
