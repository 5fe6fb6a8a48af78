"""Connections come, go and come back; what goes wrong is one line that says where and how to mend it."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import conninfo

from driftgauge.embedded import EmbeddedPostgres
from driftgauge.errors import ConfigError, DatabaseUnreachable, SchemaMismatch
from driftgauge.store.database import POOL_SIZE, Database
from driftgauge.store.session import connect_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fixtures.postgres import Cluster

CANARY = "s3cret-canary"


@pytest.fixture
def open_database() -> Iterator[Callable[[str], Database]]:
    """A function that makes a Database on the schema, closed after the test."""
    made: list[Database] = []

    def make(dsn: str) -> Database:
        made.append(
            Database(
                lambda: dsn,
                schema="driftgauge",
                statement_timeout=timedelta(seconds=20),
                lock_timeout=timedelta(milliseconds=300),
            )
        )
        return made[-1]

    yield make
    for database in made:
        database.close()


def connect(dsn: str) -> None:
    """Connect as a one-shot command does."""
    with connect_once(dsn):
        pass


def one(connection: psycopg.Connection, statement: bytes) -> object:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def test_a_transaction_sets_its_own_session(database: str, open_database: Callable[[str], Database]) -> None:
    with open_database(database).transaction() as connection:
        assert one(connection, b"SELECT current_setting('search_path')") == "driftgauge, pg_temp"
        assert one(connection, b"SELECT current_setting('TimeZone')") == "UTC"
        assert one(connection, b"SELECT current_setting('statement_timeout')") == "20s"
        assert one(connection, b"SELECT current_setting('lock_timeout')") == "300ms"
        assert one(connection, b"SELECT current_setting('application_name')") == "driftgauge"


def test_nothing_of_it_stays_in_the_session(database: str, open_database: Callable[[str], Database]) -> None:
    ours = open_database(database)
    with ours.transaction(read_only=True) as connection:
        session = connection
    assert one(session, b"SELECT current_setting('search_path')") != "driftgauge, pg_temp"
    assert one(session, b"SELECT current_setting('transaction_read_only')") == "off"


def test_work_is_committed_at_the_end_and_undone_by_an_error(
    database: str, open_database: Callable[[str], Database]
) -> None:
    ours = open_database(database)
    insert = b"INSERT INTO prediction_logs (model_name, latency_ms) VALUES ('m', 1)"
    with ours.transaction() as connection:
        connection.execute(insert)
    with pytest.raises(psycopg.errors.DivisionByZero), ours.transaction() as connection:
        connection.execute(insert + b"; SELECT 1 / 0")
    with ours.transaction(read_only=True) as connection:
        assert one(connection, b"SELECT count(*) FROM prediction_logs") == 1


def test_a_read_only_transaction_cannot_write(database: str, open_database: Callable[[str], Database]) -> None:
    with (
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        open_database(database).transaction(read_only=True) as connection,
    ):
        connection.execute("DELETE FROM watermarks")


def test_a_running_statement_is_cancelled_from_another_thread(
    database: str, open_database: Callable[[str], Database]
) -> None:
    ours = open_database(database)
    threading.Timer(0.3, ours.cancel).start()
    began = time.monotonic()
    with pytest.raises(psycopg.errors.QueryCanceled), ours.transaction() as connection:
        connection.execute("SELECT pg_sleep(15)")
    assert time.monotonic() - began < 10
    with ours.transaction() as connection:
        assert one(connection, b"SELECT 1") == 1


def test_a_lock_is_not_waited_for_longer_than_allowed(database: str, open_database: Callable[[str], Database]) -> None:
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE driftgauge.watermarks")
        with pytest.raises(psycopg.errors.LockNotAvailable), open_database(database).transaction() as connection:
            connection.execute("SELECT FROM watermarks")


def test_a_table_that_is_missing_names_the_command(database: str, open_database: Callable[[str], Database]) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("DROP TABLE driftgauge.watermarks")
    with (
        pytest.raises(SchemaMismatch, match=r'^relation "watermarks" does not exist: .* run: driftgauge migrate$'),
        open_database(database).transaction() as connection,
    ):
        connection.execute("SELECT FROM watermarks")


def test_busy_connections_are_not_called_an_outage(database: str, open_database: Callable[[str], Database]) -> None:
    ours = open_database(database)
    with ExitStack() as held:
        for _ in range(POOL_SIZE):
            held.enter_context(ours.transaction())
        busy = f"all {POOL_SIZE} connections to the database are busy"
        with pytest.raises(DatabaseUnreachable, match=busy), ours.transaction():
            pass


def test_it_comes_back_by_itself_after_the_database_does(
    own_server: EmbeddedPostgres, open_database: Callable[[str], Database]
) -> None:
    ours = open_database(own_server.dsn)
    with ours.transaction() as connection:
        assert one(connection, b"SELECT 1") == 1
    own_server.stop(immediate=True)
    with pytest.raises(DatabaseUnreachable, match="cannot reach the database at"), ours.transaction():
        pass
    own_server.start()
    with ours.transaction() as connection:
        assert one(connection, b"SELECT 1") == 1


def test_a_database_lost_in_mid_transaction_is_named(
    own_server: EmbeddedPostgres, open_database: Callable[[str], Database]
) -> None:
    ours = open_database(own_server.dsn)

    def work() -> None:
        with ours.transaction() as connection:
            own_server.stop(immediate=True)
            connection.execute("SELECT 1")

    with pytest.raises(DatabaseUnreachable, match="cannot reach the database at"):
        work()


def test_a_rotated_password_is_picked_up(database: str) -> None:
    asked: list[str] = []

    def current() -> str:
        asked.append(database)
        return database

    ours = Database(current, schema="driftgauge")
    with ours.transaction():
        pass
    ours.close()
    assert len(asked) > 1


def test_what_the_dsn_says_wins_over_our_defaults(database: str) -> None:
    with connect_once(conninfo.make_conninfo(database, application_name="mine")) as connection:
        assert one(connection, b"SELECT current_setting('application_name')") == "mine"


@pytest.mark.parametrize(
    ("dsn", "message"),
    [
        (
            f"postgresql://app:{CANARY}@127.0.0.1:1/flights",
            "127.0.0.1:1, database flights: Connection refused; start Postgres, or mend host and port",
        ),
        (
            f"host=/nowhere dbname=flights password={CANARY}",
            "/nowhere, database flights: No such file or directory; start Postgres, or mend the socket directory",
        ),
    ],
)
def test_an_unreachable_database_is_one_line_with_its_place_and_remedy(dsn: str, message: str) -> None:
    with pytest.raises(DatabaseUnreachable) as refused:
        connect(dsn)
    assert str(refused.value) == f"cannot reach the database at {message}"


def test_a_missing_database_is_named(cluster: Cluster) -> None:
    with pytest.raises(DatabaseUnreachable, match='database nope: database "nope" does not exist; create it, or mend'):
        connect(cluster.at("nope"))


def test_a_wrong_password_is_named_and_not_shown(memory_directory: Path, tmp_path: Path) -> None:
    with EmbeddedPostgres(memory_directory / tmp_path.name, settings={"fsync": "off"}, port=0) as server:
        dsn = conninfo.make_conninfo(server.tcp_dsn, password=CANARY)
        with pytest.raises(DatabaseUnreachable, match="password authentication failed for user") as refused:
            connect(dsn)
    assert str(refused.value).endswith("; mend user or password")
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql://app:{CANARY}@tail@127.0.0.1/flights",
        f"postgresql://app:{CANARY}/tail@127.0.0.1/flights",
        f"postgresql://app:{CANARY}%zz@127.0.0.1/flights",
        f"host=127.0.0.1 password={CANARY} tail dbname=flights",
        f"not-a-scheme://app:{CANARY}@127.0.0.1/flights",
    ],
)
def test_a_broken_dsn_shows_no_bit_of_the_password(dsn: str) -> None:
    with pytest.raises(ConfigError, match=r"^database\.dsn: not a libpq URI") as refused:
        connect(dsn)
    assert CANARY not in str(refused.value)
    assert "tail" not in str(refused.value)
    assert refused.value.__cause__ is None  # libpq's own message quotes the DSN; a log would show it
