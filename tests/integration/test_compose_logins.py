"""The logins that compose makes, by its own script on a server of its own: least privilege, and safe to run again."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from contract.hardening import ROOT
from driftgauge.embedded.binaries import find_binaries
from driftgauge.store.migrations import migrate

if TYPE_CHECKING:
    from pathlib import Path

    from driftgauge.embedded import EmbeddedPostgres

SCRIPT: Final = ROOT / "exporter" / "compose" / "create-logins.sh"
CREATE_DATABASE: Final = "CREATE DATABASE driftgauge"


def make_logins(server: EmbeddedPostgres, folder: Path) -> None:
    """Run the script as the Postgres image does, with passwords as `make secrets` writes them, wherever they lie."""
    scripts = folder / "scripts"
    scripts.mkdir(exist_ok=True)
    passwords = scripts / "passwords.py"
    passwords.write_bytes((ROOT / "scripts" / "passwords.py").read_bytes())
    subprocess.run([sys.executable, passwords], check=True, capture_output=True)
    text = SCRIPT.read_text(encoding="utf-8").replace("/run/secrets/", f"{folder}/secrets/")
    server_at = conninfo_to_dict(server.dsn)
    environ = {
        "PATH": f"{find_binaries()}:{os.environ['PATH']}",
        "PGHOST": str(server_at["host"]),
        "PGPORT": str(server_at.get("port", 5432)),
        "POSTGRES_USER": str(server_at["user"]),
        "POSTGRES_DB": "driftgauge",
    }
    done = subprocess.run(["/bin/sh", "-c", text], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("migrated_first", [False, True])
def test_each_login_may_do_what_it_is_for_and_no_more(
    migrated_first: bool,  # noqa: FBT001 - a parameter of the test
    own_server: EmbeddedPostgres,
    tmp_path: Path,
) -> None:
    with psycopg.connect(own_server.dsn, autocommit=True) as administrator:
        administrator.execute(CREATE_DATABASE)
    database = f"{own_server.dsn} dbname=driftgauge"
    if migrated_first:
        migrate(database)
    make_logins(own_server, tmp_path)
    make_logins(own_server, tmp_path)
    if not migrated_first:
        migrate(database)

    with psycopg.connect(f"{database} user=driftgauge_grafana", autocommit=True) as grafana:
        grafana.execute("SELECT count(*) FROM driftgauge.alert_history")
        assert grafana.execute("SHOW statement_timeout").fetchone() == ("15s",)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            grafana.execute("CREATE TEMPORARY TABLE mine (a int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            grafana.execute("SELECT * FROM driftgauge.prediction_logs")
    with psycopg.connect(f"{database} user=traffic", autocommit=True) as traffic:
        traffic.execute("INSERT INTO driftgauge.prediction_logs (model_name, latency_ms) VALUES ('m', 1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            traffic.execute("SELECT * FROM driftgauge.prediction_logs")
    with psycopg.connect(f"{database} user=exporter", autocommit=True) as exporter:
        assert exporter.execute("SELECT count(*) FROM driftgauge.prediction_logs").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            exporter.execute("CREATE ROLE mine")


def test_a_new_password_is_taken_when_the_script_runs_again(own_server: EmbeddedPostgres, tmp_path: Path) -> None:
    with psycopg.connect(own_server.dsn, autocommit=True) as administrator:
        administrator.execute(CREATE_DATABASE)
        kept: list[object] = []
        for _ in range(2):
            make_logins(own_server, tmp_path)
            row = administrator.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'driftgauge_grafana'")
            kept += row.fetchone() or ()
            (tmp_path / "secrets" / "grafana_database_password").unlink()
    assert len(set(kept)) == 2
    assert all(str(password).startswith("SCRAM-SHA-256$") for password in kept)
