"""One connection to Postgres: what it is opened with, and what each transaction on it sets for itself."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from driftgauge.errors import ConfigError
from driftgauge.store.faults import faults_named, unreachable

CONNECT_TIMEOUT: Final = 5
VARIABLES: Final = {
    "application_name": "PGAPPNAME",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""What libpq's environment may say of a session."""

# One round trip, and all of it ends with the transaction: a session setting would leak through PgBouncer.
SETTINGS: Final = """
SELECT
    set_config('search_path', quote_ident(%(schema)s) || ', pg_temp', true),
    set_config('TimeZone', 'UTC', true),
    set_config('statement_timeout', %(statement_timeout)s, true),
    set_config('lock_timeout', %(lock_timeout)s, true),
    set_config('transaction_read_only', %(read_only)s, true)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What a transaction runs under; a timeout of zero means none."""

    schema: str
    statement_timeout: timedelta = timedelta()
    lock_timeout: timedelta = timedelta()

    def apply(self, connection: psycopg.Connection, *, read_only: bool = False) -> None:
        """Set them for the transaction that `connection` is in."""
        connection.execute(
            SETTINGS,
            {
                "schema": self.schema,
                "statement_timeout": _milliseconds(self.statement_timeout),
                "lock_timeout": _milliseconds(self.lock_timeout),
                "read_only": "on" if read_only else "off",
            },
        )


@contextmanager
def connect_once(
    conninfo: str,
    *,
    application_name: str = "driftgauge",
    schema: str | None = None,
    read_only: bool = False,
) -> Generator[psycopg.Connection]:
    """Yield one autocommit connection for a one-shot command; `schema` words the errors and is not set.

    With `read_only`, a standby will do.

    Raises
    ------
    ConfigError
        If the DSN cannot be read; then the cause is left out, because it quotes the password.
    DatabaseUnreachable
        If no connection can be made.
    """
    try:
        connection = psycopg.connect(
            with_defaults(conninfo, application_name, read_only=read_only), autocommit=True, prepare_threshold=None
        )
    except (errors.OperationalError, errors.ProgrammingError) as error:
        fault = unreachable(conninfo, error)
        raise fault from (None if isinstance(fault, ConfigError) else error)
    with connection, faults_named(connection, conninfo, schema):
        yield connection


def with_defaults(conninfo: str, application_name: str, *, read_only: bool = False) -> str:
    """Return the conninfo with our settings wherever neither it nor libpq's environment says anything itself."""
    defaults: dict[str, str | int] = {
        "application_name": application_name,
        "connect_timeout": CONNECT_TIMEOUT,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,  # a black hole is noticed in a minute, not in a quarter of an hour
        "target_session_attrs": "any" if read_only else "read-write",
    }
    ours = {name: value for name, value in defaults.items() if VARIABLES.get(name, "") not in os.environ}
    return make_conninfo("", **{**ours, **conninfo_to_dict(conninfo)})


def _milliseconds(span: timedelta) -> str:
    return str(int(span.total_seconds() * 1000))
