"""What an operator gets wrong: rows wait, one line says how to mend it, no password is told, then all is stored."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, LiteralString

import psycopg
import pytest
from psycopg import conninfo, sql

from driftgauge.client import PredictionLogger
from driftgauge.embedded import EmbeddedPostgres
from driftgauge.store.migrations import migrate
from fixtures.exporter import wait_until
from fixtures.postgres import FAST, Cluster
from integration.client.books import balanced, stored_ids
from integration.client.conftest import MakeLogger

CANARY: Final = "canary/pass@word:%"
ROWS: Final = 20


def run(dsn: str, statement: LiteralString, *names: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "driftgauge.client"]


@pytest.fixture(autouse=True)
def _no_password_is_told(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - by itself
    with caplog.at_level(logging.DEBUG):
        yield
    told = caplog.text + "".join(capfd.readouterr())
    assert "canary" not in told
    assert "pass@word" not in told


@pytest.fixture(scope="module")
def tcp_server(memory_directory: Path) -> Iterator[EmbeddedPostgres]:
    """A migrated cluster that asks for passwords."""
    with EmbeddedPostgres(memory_directory / "mistakes", settings=FAST, port=0) as server:
        migrate(server.dsn)
        yield server


@pytest.fixture
def stranger(cluster: Cluster) -> Iterator[str]:
    """A login that is a member of nothing, and whose name has to be quoted."""
    name = f"Stranger-{secrets.token_hex(6)}"
    cluster.execute("CREATE ROLE {} LOGIN", name)
    yield name
    cluster.execute("DROP ROLE {}", name)


def log(logger: PredictionLogger, rows: int = ROWS) -> None:
    for row in range(rows):
        logger.log_prediction({"row": row}, latency_ms=1)


def wait_for_warning(logger: PredictionLogger, caplog: pytest.LogCaptureFixture) -> str:
    """Return the one line that says why rows wait."""
    wait_until(lambda: warnings(caplog), "a line in the log")
    assert not logger.flush(0.5), "the background has tried again by then"
    [line] = warnings(caplog)
    assert "\n" not in line
    assert line.startswith("predictions cannot be stored now, and wait: ")
    stats = balanced(logger)
    assert stats.queued + stats.spooled == stats.accepted == ROWS
    return line


def stored_again(logger: PredictionLogger, caplog: pytest.LogCaptureFixture, admin: str) -> None:
    assert logger.flush(30)
    assert balanced(logger).stored == len(stored_ids(admin)) == ROWS
    wait_until(lambda: warnings(caplog)[-1] == "predictions are stored again", "the end is told as well")
    assert len(set(warnings(caplog))) == len(warnings(caplog)), "each reason once"


def test_a_wrong_password(
    tcp_server: EmbeddedPostgres, make_logger: MakeLogger, caplog: pytest.LogCaptureFixture
) -> None:
    run(tcp_server.dsn, "CREATE ROLE service LOGIN PASSWORD 'another' IN ROLE driftgauge_writer")
    dsn = conninfo.make_conninfo(tcp_server.tcp_dsn, user="service", password=CANARY)
    logger = make_logger(dsn)
    log(logger)
    line = wait_for_warning(logger, caplog)
    assert 'password authentication failed for user "service"; mend user or password' in line
    with psycopg.connect(tcp_server.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER ROLE service PASSWORD {}").format(sql.Literal(CANARY)))
    stored_again(logger, caplog, tcp_server.dsn)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://service:" + CANARY + "@127.0.0.1/ml",
        "host=127.0.0.1 password=" + CANARY + " and=what is this",
        "postgresql://service:canary@pass@word:127.0.0.1:x/ml",
    ],
    ids=["not encoded", "not quoted", "a port that is none"],
)
def test_a_dsn_that_cannot_be_read(
    writer_dsn: str, database: str, make_logger: MakeLogger, caplog: pytest.LogCaptureFixture, dsn: str
) -> None:
    given = [dsn]
    logger = make_logger(lambda: given[0])
    log(logger)
    wait_for_warning(logger, caplog)
    given[0] = writer_dsn
    stored_again(logger, caplog, database)


def test_a_function_for_the_dsn_that_fails(
    writer_dsn: str, database: str, make_logger: MakeLogger, caplog: pytest.LogCaptureFixture
) -> None:
    broken = [True]

    def ask() -> str:
        if broken[0]:
            raise LookupError(f"the vault is sealed, {CANARY}")
        return writer_dsn

    logger = make_logger(ask)
    log(logger)
    assert "LookupError" in wait_for_warning(logger, caplog)
    broken.clear()
    broken.append(False)
    stored_again(logger, caplog, database)


def test_a_file_for_the_dsn_that_is_not_there_yet(  # noqa: PLR0917 - fixtures
    writer_dsn: str,
    database: str,
    make_logger: MakeLogger,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("DRIFTGAUGE_DSN", raising=False)
    monkeypatch.setenv("DRIFTGAUGE_DSN_FILE", str(tmp_path / "dsn"))
    logger = make_logger(None)
    log(logger)
    assert "DRIFTGAUGE_DSN_FILE: cannot read" in wait_for_warning(logger, caplog)
    (tmp_path / "dsn").write_text(writer_dsn + "\n", encoding="utf-8")
    stored_again(logger, caplog, database)


def test_a_schema_that_is_missing(
    empty_database: str,
    make_login: Callable[[str], dict[str, str]],
    make_logger: MakeLogger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = make_logger(conninfo.make_conninfo(empty_database, **make_login("driftgauge_writer")))
    log(logger)
    assert "the schema is missing or old; run: driftgauge migrate" in wait_for_warning(logger, caplog)
    migrate(empty_database)
    stored_again(logger, caplog, empty_database)


def test_a_schema_that_is_old(
    database: str, writer_dsn: str, make_logger: MakeLogger, caplog: pytest.LogCaptureFixture
) -> None:
    run(database, "ALTER TABLE driftgauge.prediction_logs RENAME COLUMN predicted_score TO later")
    logger = make_logger(writer_dsn)
    log(logger)
    assert "the schema is missing or old; run: driftgauge migrate" in wait_for_warning(logger, caplog)
    run(database, "ALTER TABLE driftgauge.prediction_logs RENAME COLUMN later TO predicted_score")
    stored_again(logger, caplog, database)


@pytest.mark.parametrize("spools", [False, True], ids=["in memory", "with a spool"])
def test_a_login_without_the_role(  # noqa: PLR0917 - fixtures
    database: str,
    stranger: str,
    make_logger: MakeLogger,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    spools: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    dsn = conninfo.make_conninfo(database, user=stranger)
    logger = make_logger(dsn, spool=tmp_path / "spool" if spools else None)
    log(logger)
    line = wait_for_warning(logger, caplog)
    grant = line.partition("run as an administrator: ")[2]
    assert grant == f'GRANT driftgauge_writer TO "{stranger}"'
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(grant.encode())
    stored_again(logger, caplog, database)


def test_a_privilege_that_is_revoked_in_mid_run(
    database: str, writer_dsn: str, make_logger: MakeLogger, caplog: pytest.LogCaptureFixture
) -> None:
    logger = make_logger(writer_dsn)
    log(logger, 10)
    assert logger.flush(30)
    run(database, "REVOKE INSERT (id) ON driftgauge.prediction_logs FROM driftgauge_writer")
    log(logger, 10)
    wait_until(lambda: warnings(caplog), "a line in the log")
    assert "permission denied for table prediction_logs" in warnings(caplog)[0]
    run(database, "GRANT INSERT (id) ON driftgauge.prediction_logs TO driftgauge_writer")
    stored_again(logger, caplog, database)


def test_a_table_that_somebody_sits_on(
    database: str, writer_dsn: str, make_logger: MakeLogger, caplog: pytest.LogCaptureFixture
) -> None:
    logger = make_logger(writer_dsn, write_timeout=0.5)
    with psycopg.connect(database) as connection:
        connection.execute("LOCK TABLE driftgauge.prediction_logs IN ACCESS EXCLUSIVE MODE")
        log(logger)
        wait_until(lambda: warnings(caplog), "a line in the log")
        assert balanced(logger).queued == ROWS
    assert logger.flush(30)
    assert balanced(logger).stored == len(stored_ids(database)) == ROWS
