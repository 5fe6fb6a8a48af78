"""`driftgauge check` finds everything that is wrong, says how to mend it, and changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from driftgauge.store.catalog import parse_query, queries
from driftgauge.store.inspection import describe_mismatch
from driftgauge.store.session import SessionSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.alertmanager import RunningAlertmanager
    from fixtures.postgres import Cluster

GENERIC_PLAN_SINCE = 160_000
UTILITIES = (b"SET ", b"COPY ", b"CREATE ")


def check(dsn: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "driftgauge", "check", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DRIFTGAUGE_DSN": dsn},
        timeout=60,
    )


@pytest.fixture(autouse=True)
def _no_alertmanager(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - by itself
    monkeypatch.delenv("DRIFTGAUGE_ALERTMANAGER_URL", raising=False)


def findings(dsn: str) -> tuple[int, list[dict[str, Any]]]:
    done = check(dsn, "--json")
    return done.returncode, json.loads(done.stdout)


def failed(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [finding for finding in found if finding["state"] == "failed"]


def run(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture
def stranger_dsn(cluster: Cluster, database: str) -> Iterator[str]:
    """The test's database, entered by a login without any membership."""
    name = f"{conninfo_to_dict(database)['dbname']}_stranger"
    cluster.execute("CREATE ROLE {} LOGIN PASSWORD 'stranger'", name)
    yield make_conninfo(database, user=name, password="stranger")  # noqa: S106 - a role of this test
    run_as_owner = sql.SQL("DROP OWNED BY {}; DROP ROLE {}").format(sql.Identifier(name), sql.Identifier(name))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(run_as_owner)


def test_a_member_of_the_role_on_a_fresh_schema_finds_nothing(exporter_dsn: str) -> None:
    done = check(exporter_dsn)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["ok", f"{name}:"]
        for name in ("configuration", "connection", "server", "schema", "privileges", "statistics", "queries")
    ]
    assert lines[-1] == f"ok      queries: {len(queries())} prepared by the server, as declared"
    assert str(conninfo_to_dict(exporter_dsn)["password"]) not in done.stdout


def test_every_missing_privilege_is_named_and_the_grants_that_are_told_mend_them(
    database: str, stranger_dsn: str
) -> None:
    code, found = findings(stranger_dsn)
    assert code == 1
    assert {finding["check"] for finding in failed(found)} == {"privileges"}
    grants = [finding["mend"].removeprefix("run as its owner: ") for finding in failed(found)]
    assert len(grants) > 20
    user = str(conninfo_to_dict(stranger_dsn)["user"])
    assert f"GRANT SELECT, INSERT, UPDATE, DELETE ON driftgauge.watermarks TO {user}" in grants
    assert f"GRANT SELECT ON SEQUENCE driftgauge.prediction_logs_ingest_seq TO {user}" in grants
    easy = [finding["mend"] for finding in found if finding["check"] == "role"]
    assert easy == [f"run as an administrator: GRANT driftgauge_exporter TO {user}"]
    for grant in grants:
        run(database, grant)
    code, found = findings(stranger_dsn)
    assert (code, failed(found)) == (0, [])
    assert [finding["check"] for finding in found if finding["state"] == "warning"] == ["statistics"]


def test_membership_mends_all_at_once(database: str, stranger_dsn: str) -> None:
    user = str(conninfo_to_dict(stranger_dsn)["user"])
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql.SQL("GRANT driftgauge_exporter TO {}").format(sql.Identifier(user)))
    done = check(stranger_dsn)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("revoked", "grant"),
    [
        ("USAGE ON SCHEMA driftgauge", "USAGE ON SCHEMA driftgauge"),
        ("SELECT ON driftgauge.schema_version", "SELECT ON driftgauge.schema_version"),
        ("UPDATE, DELETE ON driftgauge.traffic_totals", "UPDATE, DELETE ON driftgauge.traffic_totals"),
        (
            "EXECUTE ON FUNCTION driftgauge.drop_partitions",
            "EXECUTE ON FUNCTION driftgauge.drop_partitions(older_than timestamp with time zone)",
        ),
        (
            "EXECUTE ON FUNCTION driftgauge.create_partitions",
            (
                "EXECUTE ON FUNCTION driftgauge.create_partitions"
                "(from_time timestamp with time zone, to_time timestamp with time zone)"
            ),
        ),
    ],
)
def test_what_the_role_itself_lost_is_granted_back_to_it(
    database: str, exporter_dsn: str, revoked: str, grant: str
) -> None:
    run(database, "REVOKE " + revoked + " FROM driftgauge_exporter")
    code, found = findings(exporter_dsn)
    assert code == 1
    assert [finding["mend"] for finding in failed(found)] == [f"run as its owner: GRANT {grant} TO driftgauge_exporter"]


@pytest.mark.parametrize(
    ("revoked", "grant"),
    [
        ("EXECUTE ON FUNCTION pg_control_system()", "EXECUTE ON FUNCTION pg_control_system()"),
        ("SELECT ON pg_locks", "SELECT ON pg_catalog.pg_locks"),
    ],
)
def test_what_everyone_may_see_elsewhere_is_looked_at_too(
    database: str, exporter_dsn: str, revoked: str, grant: str
) -> None:
    run(database, "REVOKE " + revoked + " FROM PUBLIC")
    _, found = findings(exporter_dsn)
    assert [finding["mend"] for finding in failed(found)] == [f"run as its owner: GRANT {grant} TO driftgauge_exporter"]


def test_a_schema_that_is_missing_old_newer_or_changed_names_the_mend(empty_database: str, database: str) -> None:
    for dsn, statement, detail, mend in (
        (empty_database, None, "not set up yet", "run: driftgauge migrate"),
        (database, "DELETE FROM driftgauge.schema_version WHERE version > 1", "at migration 1,", "run: driftgauge mig"),
        (database, "INSERT INTO driftgauge.schema_version VALUES (99, 'x', 'x')", "newer than", "upgrade driftgauge"),
    ):
        if statement is not None:
            run(dsn, statement)
        done = check(dsn)
        assert done.returncode == 1
        line = next(line for line in done.stdout.splitlines() if line.startswith("FAILED"))
        assert line.startswith("FAILED  schema: ")
        assert detail in line
        assert f"; {mend}" in line
        assert done.stderr == f"driftgauge: error: 1 of {len(done.stdout.splitlines())} checks failed\n"


def test_a_column_that_was_dropped_names_the_files_that_need_it(database: str) -> None:
    run(database, "ALTER TABLE driftgauge.traffic_totals DROP COLUMN latency_sum")
    code, found = findings(database)
    assert code == 1
    named = {finding["detail"].partition(": ")[0] for finding in failed(found)}
    assert named >= {"sql/queries/traffic/add_totals.sql", "sql/queries/traffic/read_totals.sql"}


def test_a_column_that_was_renamed_is_found_in_what_cannot_be_prepared(database: str) -> None:
    run(database, "ALTER TABLE driftgauge.prediction_logs RENAME COLUMN user_id TO customer")
    _, found = findings(database)
    said = 'sql/queries/feed/write_predictions.sql: column "user_id" does not exist'
    assert said in [finding["detail"] for finding in failed(found)]


def test_a_role_that_only_reads_is_told_so(database: str, exporter_dsn: str) -> None:
    user = str(conninfo_to_dict(exporter_dsn)["user"])
    with psycopg.connect(database, autocommit=True) as connection:
        name = sql.Identifier(str(conninfo_to_dict(database)["dbname"]))
        connection.execute(
            sql.SQL("ALTER ROLE {} IN DATABASE {} SET default_transaction_read_only = on").format(
                sql.Identifier(user), name
            )
        )
    code, found = findings(make_conninfo(exporter_dsn, target_session_attrs="any"))
    assert code == 1
    assert "read-only by default_transaction_read_only" in failed(found)[0]["detail"]
    done = check(exporter_dsn)
    assert done.returncode == 2
    assert done.stderr.endswith("session is read-only; connect to the primary\n")


def test_an_alertmanager_is_asked_if_one_is_configured(
    exporter_dsn: str, alertmanager: RunningAlertmanager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIFTGAUGE_ALERTMANAGER_URL", alertmanager.url)
    alertmanager.start("http://127.0.0.1:9/")
    done = check(exporter_dsn)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"ok      alertmanager: {alertmanager.url} answers, and has 0 alerts"
    alertmanager.kill()
    code, found = findings(exporter_dsn)
    assert code == 1
    (problem,) = failed(found)
    assert problem["check"] == "alertmanager"
    assert problem["detail"].startswith(f"cannot reach Alertmanager at {alertmanager.url}: ")
    assert problem["mend"] == "start it, or mend alertmanager.url"


def test_a_web_config_that_run_would_refuse_is_refused(exporter_dsn: str, tmp_path: Path) -> None:
    (tmp_path / "driftgauge.yml").write_text("http: {web_config: web.yml}\n", encoding="utf-8")
    (tmp_path / "web.yml").write_text("basic_auth_usrs: {}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "driftgauge", "--config", str(tmp_path / "driftgauge.yml"), "check"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DRIFTGAUGE_DSN": exporter_dsn},
        timeout=60,
    )
    assert done.returncode == 2
    assert "basic_auth_usrs: unknown key" in done.stderr


@pytest.mark.parametrize("login", ["owner", "exporter"])
def test_every_query_is_what_its_header_says(database: str, exporter_dsn: str, login: str) -> None:
    with psycopg.connect(exporter_dsn if login == "exporter" else database) as connection:
        SessionSettings(schema="driftgauge").apply(connection)
        wrong = {
            name: problem for name, query in queries().items() if (problem := describe_mismatch(connection, query))
        }
    assert wrong == {}


@pytest.mark.parametrize(
    ("header", "text", "problem"),
    [
        ("-- returns: b", "SELECT 1 AS a", "the header says that it returns b, the server a"),
        ("-- returns: a", "SELECT 1 AS a, 2 AS b", "the header says that it returns a, the server a, b"),
        ("", "SELECT 1 AS a", "the header says that it returns nothing, the server a"),
        ("-- params: x", "SELECT -- %(x)s", "the header declares 1 params, the server sees 0"),
        ("-- returns: a", "SELECT 'ten %%' AS a FROM nowhere", 'relation "nowhere" does not exist'),
        ("-- params: x\n-- returns: a", "SELECT %(x)s::integer %% 2 AS a WHERE %(x)s::integer > 0", ""),
        ("", "COPY watermarks (job) FROM STDIN", ""),
        ("", "COPY watermarks (jobs) FROM STDIN", 'column "jobs" does not exist'),
    ],
)
def test_a_query_that_differs_from_its_header_is_told(database: str, header: str, text: str, problem: str) -> None:
    query = parse_query("test/query", f"-- purpose: Be looked at.\n{header}\n{text}\n".replace("\n\n", "\n"))
    with psycopg.connect(database) as connection:
        SessionSettings(schema="driftgauge").apply(connection)
        assert describe_mismatch(connection, query) == problem
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_exporter_may_run_every_query_but_the_services(exporter_dsn: str) -> None:
    refused: dict[str, str] = {}
    with psycopg.connect(exporter_dsn) as connection:
        if connection.info.server_version < GENERIC_PLAN_SINCE:
            pytest.skip("EXPLAIN (GENERIC_PLAN) needs Postgres 16")
        SessionSettings(schema="driftgauge").apply(connection)
        for name, query in queries().items():
            text = b"\n".join(line for line in query.sql.splitlines() if not line.startswith(b"--"))
            for place, param in enumerate(query.params, start=1):
                text = text.replace(f"%({param})s".encode(), f"${place}".encode())
            if text.startswith(UTILITIES):
                continue
            try:
                with connection.transaction():
                    connection.execute(b"EXPLAIN (GENERIC_PLAN) " + text.replace(b"%%", b"%"))
            except psycopg.Error as error:
                refused[name] = str(error)
    assert refused == {}
