"""A bench leaves a database as it was, in whatever way it ends, and asks for no more rights than it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo

from driftgauge.embedded import EmbeddedPostgres
from driftgauge.errors import SetupError
from driftgauge.store.trial_schema import PREFIX, ROLES, trial_schema
from fixtures.program import driftgauge
from integration.bench.conftest import held_by, measure

LOGGED = """
INSERT INTO driftgauge.prediction_logs (model_name, latency_ms, features)
SELECT 'churn', 5, '{"age": 41}' FROM generate_series(1, 10)
"""


@pytest.fixture
def used(database: str) -> str:
    """A database that driftgauge is used in: its schema has rows, and somebody else's table is beside it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(LOGGED)
        connection.execute("CREATE TABLE public.mine AS SELECT 1 AS one")
    return database


def ignore(_: str) -> None:
    pass


def test_a_bench_leaves_the_database_as_it_was(used: str, owner_dsn: str) -> None:
    before = held_by(used)
    figures = measure(owner_dsn)
    assert {cost.way for cost in figures.logging} >= {"client", "insert", "copy"}, "it did measure"
    assert held_by(used) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupted_bench_leaves_the_database_as_it_was(used: str, number: signal.Signals) -> None:
    before = held_by(used)
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "driftgauge", "--dsn", used, "bench", "--quick"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    ) as program:
        assert program.stderr is not None
        first = program.stderr.readline()
        assert "judging" in first, "its first step is done, so that there is something to remove"
        assert len(schemas(used)) == 1
        program.send_signal(number)
        out, _ = program.communicate(timeout=60)
    assert program.returncode == 130
    assert out == ""
    assert held_by(used) == before


def schemas(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", (PREFIX,))
        return [name for (name,) in found]


def test_a_schema_that_a_killed_bench_left_is_told(used: str) -> None:
    with psycopg.connect(used, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA driftgauge_bench_0123abcd")
        connection.execute("CREATE SCHEMA driftgauge_bench_of_mine")
        said: list[str] = []
        with trial_schema(used, said.append):
            inner: list[str] = []
            with trial_schema(used, inner.append):
                pass
    assert said == inner, "of a schema that somebody is measuring in, nothing is said"
    [line] = said
    assert line.startswith("a bench that was killed left the schema driftgauge_bench_0123abcd; run: ")
    assert line.endswith("DROP SCHEMA driftgauge_bench_0123abcd CASCADE")
    assert set(schemas(used)) == {"driftgauge_bench_0123abcd", "driftgauge_bench_of_mine"}


def test_who_may_not_create_a_schema_is_told_what_to_grant(used: str, exporter_dsn: str) -> None:
    before = held_by(used)
    done = driftgauge("--dsn", exporter_dsn, "bench", "--quick")
    parts = conninfo.conninfo_to_dict(exporter_dsn)
    assert done.returncode == 2
    assert done.stderr == (
        f"driftgauge: error: permission denied for database {parts['dbname']}: the bench makes a schema of its own and "
        f"removes it; ask an administrator to run: GRANT CREATE ON DATABASE {parts['dbname']} TO {parts['user']} "
        "(or measure on a Postgres of its own: driftgauge bench --embedded)\n"
    )
    assert done.stdout == ""
    assert held_by(used) == before


def test_roles_that_were_not_there_go_again(own_server: EmbeddedPostgres) -> None:
    before = held_by(own_server.dsn)
    with trial_schema(own_server.dsn, ignore):
        during = held_by(own_server.dsn)
    assert [name for name, *_ in during["roles"]] == sorted(ROLES), "each is one that is removed"
    assert before["roles"] == []
    assert held_by(own_server.dsn) == before


def test_roles_that_were_there_stay_as_somebody_set_them(own_server: EmbeddedPostgres) -> None:
    with psycopg.connect(own_server.dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE driftgauge_grafana NOLOGIN")
        connection.execute("CREATE ROLE driftgauge_exporter NOLOGIN")
        connection.execute("ALTER ROLE driftgauge_grafana SET statement_timeout = '60s'")
        connection.execute("ALTER ROLE driftgauge_grafana SET work_mem = '8MB'")
    before = held_by(own_server.dsn)["roles"]
    with trial_schema(own_server.dsn, ignore):
        during = {name: others for name, *others in held_by(own_server.dsn)["roles"]}
        assert [during[name] for name, *_ in before] == [others for _, *others in before], "nobody saw them otherwise"
    assert held_by(own_server.dsn)["roles"] == before


def test_a_role_that_others_have_begun_to_use_stays(own_server: EmbeddedPostgres) -> None:
    said: list[str] = []
    with trial_schema(own_server.dsn, said.append), psycopg.connect(own_server.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.mine AS SELECT 1 AS one")
        connection.execute("GRANT SELECT ON public.mine TO driftgauge_grafana")
    assert said == ["the role driftgauge_grafana was made, and stays: something else has begun to use it"]
    assert [name for name, *_ in held_by(own_server.dsn)["roles"]] == ["driftgauge_grafana"]


def fail_half_way(dsn: str) -> None:
    assert len(schemas(dsn)) == 1
    raise RuntimeError("half-way")


def test_what_fails_half_way_leaves_nothing(used: str) -> None:
    before = held_by(used)
    with pytest.raises(RuntimeError, match="half-way"), trial_schema(used, ignore):
        fail_half_way(used)
    assert held_by(used) == before


def test_a_bench_whose_session_was_ended_leaves_nothing(used: str) -> None:
    before = held_by(used)
    with trial_schema(used, ignore), psycopg.connect(used, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'driftgauge bench'"
        ).fetchall()
        assert ended == [(True,)]
    assert held_by(used) == before


def test_what_would_be_sent_to_subscribers_is_refused_before_anything_is_made(used: str) -> None:
    with psycopg.connect(used, autocommit=True) as connection:
        connection.execute("CREATE PUBLICATION everything FOR ALL TABLES")
    before = held_by(used)
    with pytest.raises(SetupError, match="the publication everything is of all tables"), trial_schema(used, ignore):
        pass
    assert held_by(used) == before


def test_what_cannot_be_written_is_refused_before_anything_is_made(used: str, tmp_path: Path) -> None:
    before = held_by(used)
    done = driftgauge("--dsn", used, "bench", "--quick", "--json", str(tmp_path / "none" / "x.json"))
    assert done.returncode == 2
    assert done.stderr.startswith("driftgauge: error: --json ")
    assert f"there is no directory {tmp_path / 'none'}" in done.stderr
    assert held_by(used) == before
