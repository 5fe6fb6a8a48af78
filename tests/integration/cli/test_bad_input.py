"""What is wrong with input or set-up is one clear line and exit code 2; nothing is changed and no secret is told."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from driftgauge.embedded import EmbeddedPostgres
from driftgauge.health.components import COMPONENTS
from fixtures.exporter import log_predictions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import LiteralString

CANARY: Final = "s3cret-c4nary"
SCHEMA_STATE: Final = """
SELECT
    (SELECT jsonb_agg(to_jsonb(v) ORDER BY v.version) FROM driftgauge.schema_version AS v)::text,
    (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'driftgauge'::regnamespace),
    (SELECT count(*) FROM driftgauge.watermarks),
    (SELECT count(*) FROM driftgauge.traffic_totals),
    (SELECT count(*) FROM driftgauge.reference_profiles)
"""
CANCEL: Final = """
SELECT pg_cancel_backend(pid)
FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'driftgauge%' AND wait_event_type = 'Lock'
"""
COMMANDS: Final = (
    ("check",),
    ("run", "--once"),
    ("migrate",),
    ("migrate", "--dry-run"),
    ("replay", "--from", "1d", "--to", "1h"),
)


def driftgauge(*arguments: str, dsn: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command; whatever it says, the canary is not in it."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "driftgauge", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DRIFTGAUGE_DSN": dsn, "PGCONNECT_TIMEOUT": "2", **environ},
        timeout=60,
    )
    assert CANARY not in done.stdout + done.stderr
    return done


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line of a command that refused."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if "[info " not in line]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("driftgauge: error: ")
    return lines[0].removeprefix("driftgauge: error: ")


def state(dsn: str) -> object:
    with psycopg.connect(dsn) as connection:
        return connection.execute(SCHEMA_STATE).fetchone()


@pytest.fixture(scope="module")
def tcp_server(memory_directory: Path) -> Iterator[EmbeddedPostgres]:
    """A cluster that asks for a password over TCP."""
    with EmbeddedPostgres(memory_directory / "tcp", settings={"fsync": "off"}, port=0) as server:
        yield server


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_that_is_down_is_one_line(command: tuple[str, ...]) -> None:
    said = complaint(driftgauge(*command, dsn=f"host=127.0.0.1 port=1 user=ann password={CANARY}"))
    assert said.startswith("cannot reach the database at 127.0.0.1:1, database of the user's name: ")
    assert said.endswith("Connection refused; start Postgres, or mend host and port")


@pytest.mark.parametrize(
    ("dsn", "words"),
    [
        (f"postgresql://ann:{CANARY}@[::1/app", "database.dsn: not a libpq URI or key=value string"),
        (f"postgresql://ann:{CANARY}@nowhere.invalid/app", "failed to resolve host 'nowhere.invalid'"),
        (f"host=/nowhere user=ann password={CANARY}", "No such file or directory; start Postgres, or mend"),
    ],
    ids=["broken", "unknown host", "no socket"],
)
def test_a_database_that_is_named_wrongly_is_one_line(dsn: str, words: str) -> None:
    assert words in complaint(driftgauge("check", dsn=dsn))


@pytest.mark.parametrize("command", COMMANDS[:2], ids=" ".join)
def test_a_wrong_password_is_one_line(command: tuple[str, ...], tcp_server: EmbeddedPostgres) -> None:
    said = complaint(driftgauge(*command, dsn=make_conninfo(tcp_server.tcp_dsn, password=CANARY)))
    assert "password authentication failed" in said
    assert said.endswith("mend user or password")


def test_a_right_password_is_told_nowhere_either(tcp_server: EmbeddedPostgres, tmp_path: Path) -> None:
    with psycopg.connect(tcp_server.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE ann SUPERUSER LOGIN PASSWORD '{CANARY}'".encode())
    dsn = make_conninfo(tcp_server.tcp_dsn, user="ann", password=CANARY)
    secret = tmp_path / "dsn"
    secret.write_text(dsn, encoding="utf-8")
    assert driftgauge("migrate", dsn=dsn).returncode == 0
    assert driftgauge("--log-level", "debug", "check", dsn=dsn).returncode == 0
    assert driftgauge("check", "--json", DRIFTGAUGE_DSN_FILE=str(secret)).returncode == 0
    assert driftgauge("--log-level", "debug", "--log-format", "json", "run", "--once", dsn=dsn).returncode == 0
    with psycopg.connect(tcp_server.dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE driftgauge.traffic_totals CASCADE")
    done = driftgauge("--log-level", "debug", "run", "--once", dsn=dsn)
    assert "run: driftgauge migrate" in done.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_problem_of_a_configuration_is_a_line_with_its_place(command: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text(f"drfit: {{}}\nrollup:\n  evry: 5s\n  bucket: never\ndatabase: {{dsn: {CANARY}}}\n", "utf-8")
    done = driftgauge("--config", str(path), *command)
    assert done.returncode == 2
    assert [line.rpartition(f"{path}:")[2].partition(": ")[0] for line in done.stderr.splitlines()][:3] == [
        "1",
        "3",
        "4",
    ]
    assert all(line.startswith(f"driftgauge: error: {path}") for line in done.stderr.splitlines())
    assert "did you mean drift" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", [*COMMANDS[:2], ("show", "health", "--model", "m")], ids=" ".join)
def test_a_weight_of_no_component_is_one_line_with_those_that_there_are(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text("health:\n  weights: {latncy: 0.5}\n", encoding="utf-8")
    said = complaint(driftgauge("--config", str(path), *command))
    assert said.startswith(f"{path}:2: health.weights.latncy: no component of health is named latncy")
    assert said.endswith(f"did you mean latency?; known: {', '.join(COMPONENTS)}")


@pytest.mark.parametrize("text", ["rollup: [", "a: b: c", "\t", "rollup: {every: *x}", "\x00", "- 1"])
def test_broken_yaml_is_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text(text, encoding="utf-8")
    assert complaint(driftgauge("--config", str(path), "run", "--once")).startswith(f"{path}")


@pytest.mark.parametrize("command", [COMMANDS[1], COMMANDS[4]], ids=" ".join)
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM driftgauge.schema_version WHERE version > 3", "at migration 3, this driftgauge needs"),
        ("INSERT INTO driftgauge.schema_version VALUES (99, 'x', 'x')", "at migration 99, newer than this driftgauge"),
        ("UPDATE driftgauge.schema_version SET checksum = 'x'", "was applied from a different file"),
        (
            "REVOKE SELECT ON driftgauge.prediction_logs, driftgauge.schema_version FROM driftgauge_exporter",
            "GRANT SELECT ON driftgauge.schema_version TO ",
        ),
        ("REVOKE USAGE ON SCHEMA driftgauge FROM driftgauge_exporter", "GRANT USAGE ON SCHEMA driftgauge TO "),
    ],
    ids=["old", "newer", "changed", "no SELECT", "no USAGE"],
)
def test_a_schema_or_role_that_does_not_fit_is_one_line_and_changes_nothing(
    command: tuple[str, ...], database: str, exporter_dsn: str, statement: LiteralString, words: str
) -> None:
    log_predictions(database, rows=10)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(statement)
    before = state(database)
    assert words in complaint(driftgauge(*command, dsn=exporter_dsn))
    assert state(database) == before


@pytest.mark.parametrize("command", [COMMANDS[1], COMMANDS[4]], ids=" ".join)
def test_a_schema_that_is_not_there_names_the_command(command: tuple[str, ...], empty_database: str) -> None:
    assert complaint(driftgauge(*command, dsn=empty_database)).endswith("not set up yet; run: driftgauge migrate")


@pytest.mark.parametrize("command", [COMMANDS[1], COMMANDS[4]], ids=" ".join)
def test_a_table_that_is_locked_is_one_line(command: tuple[str, ...], database: str, tmp_path: Path) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text("database: {lock_timeout: 100ms}\n", encoding="utf-8")
    with psycopg.connect(database) as connection:
        connection.execute("LOCK TABLE driftgauge.prediction_logs IN ACCESS EXCLUSIVE MODE")
        said = complaint(driftgauge("--config", str(path), *command, dsn=database))
    assert (
        f", database {conninfo_to_dict(database)['dbname']}: canceling statement due to lock timeout; another" in said
    )


def test_a_migration_that_waits_in_vain_for_another_is_one_line(database: str) -> None:
    before = state(database)
    with psycopg.connect(database) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('driftgauge migrate', 0))")
        said = complaint(driftgauge("migrate", dsn=database, PGOPTIONS="-c lock_timeout=100ms"))
    name = conninfo_to_dict(database)["dbname"]
    assert said.startswith("database at ")
    assert f", database {name}: canceling statement due to lock timeout; another session holds " in said
    assert state(database) == before


@pytest.mark.parametrize(
    "command",
    [
        *COMMANDS,
        ("reference", "set", "--model", "churn", "--from", "1d", "--to", "now"),
        ("reference", "list"),
        ("rebuild", "--yes"),
        ("show", "drift", "--model", "churn"),
    ],
    ids=" ".join,
)
def test_a_statement_that_somebody_cancels_is_one_line(command: tuple[str, ...], database: str) -> None:
    with psycopg.connect(database) as holder, psycopg.connect(database, autocommit=True) as administrator:
        holder.execute("LOCK TABLE driftgauge.schema_version IN ACCESS EXCLUSIVE MODE")
        done = threading.Event()

        def cancel() -> None:
            while not done.wait(0.05):
                administrator.execute(CANCEL)

        canceller = threading.Thread(target=cancel)
        canceller.start()
        try:
            said = complaint(driftgauge(*command, dsn=database))
        finally:
            done.set()
            canceller.join()
    assert "canceling statement due to user request; " in said


def test_migrating_twice_says_so_and_changes_nothing(empty_database: str) -> None:
    dry = driftgauge("migrate", "--dry-run", dsn=empty_database)
    assert dry.returncode == 0
    assert "migrations would be applied" in dry.stdout
    first = driftgauge("migrate", dsn=empty_database)
    assert first.returncode == 0
    assert "migrations applied" in first.stdout
    before = state(empty_database)
    again = driftgauge("migrate", dsn=empty_database)
    assert (again.returncode, again.stdout) == (0, "schema driftgauge is current: nothing to do\n")
    assert state(empty_database) == before


def test_a_newer_schema_is_not_migrated(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO driftgauge.schema_version VALUES (99, 'x', 'x')")
    before = state(database)
    for command in (("migrate",), ("migrate", "--dry-run")):
        assert "newer than this driftgauge" in complaint(driftgauge(*command, dsn=database))
    assert state(database) == before


def test_a_role_without_rights_cannot_migrate_and_is_told_the_grant(cluster: object, empty_database: str) -> None:
    del cluster
    name = f"{conninfo_to_dict(empty_database)['dbname']}_nobody"
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{CANARY}'".encode())
        try:
            done = driftgauge("migrate", dsn=make_conninfo(empty_database, user=name, password=CANARY))
        finally:
            connection.execute(f"DROP ROLE {name}".encode())
    said = complaint(done)
    assert f"GRANT CREATE ON DATABASE {conninfo_to_dict(empty_database)['dbname']} TO {name}" in said


def test_one_run_writes_metrics_that_parse(database: str, exporter_dsn: str) -> None:
    log_predictions(database, model='quo"ted\\ two\nlines', rows=2_500)
    done = driftgauge("--log-level", "error", "run", "--once", dsn=exporter_dsn)
    assert (done.returncode, done.stderr) == (0, "")
    samples = [sample for family in text_string_to_metric_families(done.stdout) for sample in family.samples]
    assert len({(sample.name, frozenset(sample.labels.items())) for sample in samples}) == len(samples)
    counted = sum(sample.value for sample in samples if sample.name == "ml_predictions_total")
    assert counted == 2_500
    assert "ml_feature_drift_score" in {sample.name for sample in samples}
    again = driftgauge("--log-level", "error", "run", "--once", dsn=exporter_dsn)
    assert (
        sum(
            sample.value
            for family in text_string_to_metric_families(again.stdout)
            for sample in family.samples
            if sample.name == "ml_predictions_total"
        )
        == 2_500
    )


def test_one_run_names_the_models_that_failed_when_the_others_are_done(database: str, exporter_dsn: str) -> None:
    for model in ("churn", "refused"):
        log_predictions(database, model=model)
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE driftgauge.data_quality_results ADD CHECK (model_name <> 'refused')")
    said = complaint(driftgauge("run", "--once", dsn=exporter_dsn))
    assert said.startswith("quality: 1 model failed: refused@1 (production); CheckViolation: new row for relation")
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT DISTINCT model_name FROM driftgauge.data_quality_results").fetchall()
    assert found == [("churn",)]
