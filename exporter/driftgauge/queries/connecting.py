"""Open a connection to ask on: one read-only transaction on the schema."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.config.loader import load_config
from driftgauge.store.execute import Connection
from driftgauge.store.migrations import require_current
from driftgauge.store.session import SessionSettings, connect_once

VARIABLES: Final = ("DRIFTGAUGE_DSN", "DRIFTGAUGE_DSN_FILE")


@contextmanager
def connect(
    dsn: str | None = None,
    *,
    schema: str = "driftgauge",
    statement_timeout: timedelta = timedelta(seconds=30),
) -> Generator[Connection]:
    """Yield a connection whose transaction reads only; all answers in it are of one moment.

    Nothing outlives the transaction, so a pooler may stand between, and a standby will do. Open it anew for each look:
    it holds its place in the tables, and its clock stands still.

    Parameters
    ----------
    dsn
        A libpq URI or key=value string. None takes DRIFTGAUGE_DSN, else the file that DRIFTGAUGE_DSN_FILE names, else
        libpq's own variables (PGHOST …).
    schema
        Where driftgauge's tables are.
    statement_timeout
        Longest time for one question, which then ends in psycopg's QueryCanceled; zero means none.

    Raises
    ------
    ConfigError, DatabaseUnreachable
        If there is no connection.
    SchemaMismatch, MissingPrivilege
        If the tables are not those that this version knows, or may not be read.
    """
    with one_transaction(dsn, schema=schema, statement_timeout=statement_timeout, read_only=True) as connection:
        yield connection


@contextmanager
def one_transaction(
    dsn: str | None, *, schema: str, statement_timeout: timedelta, read_only: bool
) -> Generator[Connection]:
    """Yield a connection in one transaction on the schema, which must be current; see `connect`."""
    conninfo = _from_environment() if dsn is None else dsn
    with (
        connect_once(conninfo, application_name="driftgauge queries", schema=schema, read_only=read_only) as connection,
        connection.transaction(),
    ):
        SessionSettings(schema=schema, statement_timeout=statement_timeout).apply(connection, read_only=read_only)
        require_current(connection)
        yield connection


def _from_environment() -> str:
    environ = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    return load_config(None, environ=environ, known_tests=DEFAULT_TESTS).database.conninfo()
