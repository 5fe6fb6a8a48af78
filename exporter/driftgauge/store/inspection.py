"""Look at a database as the exporter will use it, and tell everything that would stop it, not only the first thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import psycopg
from psycopg import pq

from driftgauge.errors import MissingPrivilege, SchemaMismatch
from driftgauge.store.catalog import Query, queries
from driftgauge.store.execute import Connection, fetch_all, fetch_one
from driftgauge.store.faults import EXPORTER
from driftgauge.store.migrations import require_current, schema_state
from driftgauge.store.session import SessionSettings, connect_once

OLDEST_SERVER: Final = 14
# COPY cannot be prepared; reading the same columns from the same relation can.
COPY_IN: Final = re.compile(rb"^COPY\s+(?P<relation>\w+)\s*\((?P<columns>[^)]+)\)\s+FROM\s+STDIN\s*$", re.MULTILINE)


class FindingState(StrEnum):
    """How much a finding matters: a warning lets the exporter work, with less to tell."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found, and how to mend it."""

    check: str
    state: FindingState
    detail: str
    mend: str = ""


def inspect_database(conninfo: str, schema: str) -> list[Finding]:
    """Return what every check finds; nothing is changed, and no query is executed but those that look.

    What cannot be looked at because of an earlier finding is left out.

    Raises
    ------
    ConfigError, DatabaseUnreachable
        If there is no connection.
    """
    with (
        connect_once(conninfo, application_name="driftgauge check", schema=schema) as connection,
        connection.transaction(),
    ):
        SessionSettings(schema=schema).apply(connection, read_only=True)
        return list(_findings(connection, schema))


def describe_mismatch(connection: Connection, query: Query) -> str:
    """Let the server prepare a query and return how it differs from its header; empty if it does not.

    `connection` is in a transaction on the schema.
    """
    text = _preparable(query)
    problem = ""
    with connection.transaction() as savepoint:
        prepared = connection.pgconn.prepare(b"", text)
        if prepared.status != pq.ExecStatus.COMMAND_OK:
            said = prepared.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"refused"
            problem = said.decode(errors="replace")
            raise psycopg.Rollback(savepoint)
        described = connection.pgconn.describe_prepared(b"")
    if problem:
        return problem
    columns = tuple((described.fname(place) or b"").decode() for place in range(described.nfields))
    if COPY_IN.search(query.sql):
        columns = ()  # those of the relation that it writes
    if described.nparams != len(query.params):
        return f"the header declares {len(query.params)} params, the server sees {described.nparams}"
    if columns != query.columns:
        return f"the header says that it returns {_listed(query.columns)}, the server {_listed(columns)}"
    return ""


def _findings(connection: Connection, schema: str) -> Iterator[Finding]:
    yield from _server(connection)
    found = fetch_one(connection, "inspection/read_memberships")
    assert found is not None  # noqa: S101 - a SELECT without FROM has its one row
    missing = [row.privilege for row in fetch_all(connection, "inspection/read_missing_privileges", schema=schema)]
    state = _schema(connection, schema)
    if state is not None:
        yield state
    user = _quoted(connection.info.user)
    grantee = EXPORTER if found.exporter else user
    for privilege in missing:
        yield Finding(
            check="privileges",
            state=FindingState.FAILED,
            detail=f"{privilege} is missing",
            mend=f"run as its owner: GRANT {privilege} TO {grantee}",
        )
    if missing and not found.exporter:
        yield Finding(
            check="role",
            state=FindingState.WARNING,
            detail=f"{user} is no member of {EXPORTER}, which has all of these",
            mend=f"run as an administrator: GRANT {EXPORTER} TO {user}",
        )
    usable = not any(privilege.startswith("USAGE ON SCHEMA") for privilege in missing)
    if state is not None and state.state is FindingState.FAILED:
        return
    if not missing:
        yield Finding(check="privileges", state=FindingState.OK, detail=f"{user} may do all that the exporter does")
    yield _statistics(grantee=grantee, granted=bool(found.read_all_stats))
    if usable:
        yield from _queries(connection)


def _server(connection: Connection) -> Iterator[Finding]:
    server = fetch_one(connection, "inspection/read_server")
    assert server is not None  # noqa: S101 - a SELECT without FROM has its one row
    place = f"{connection.info.host}:{connection.info.port}"
    yield Finding(
        check="connection",
        state=FindingState.OK,
        detail=f"database {server.database} at {place}, as {server.role}",
    )
    if server.version_number // 10_000 < OLDEST_SERVER:
        yield Finding(
            check="server",
            state=FindingState.FAILED,
            detail=f"Postgres {server.server_version} is too old",
            mend=f"upgrade to Postgres {OLDEST_SERVER} or newer",
        )
    elif server.standby or server.read_only:
        why = "a standby" if server.standby else "read-only by default_transaction_read_only"
        yield Finding(
            check="server",
            state=FindingState.FAILED,
            detail=f"Postgres {server.server_version}, {why}",
            mend="connect to the primary, with a role that may write",
        )
    else:
        yield Finding(check="server", state=FindingState.OK, detail=f"Postgres {server.server_version}, read-write")


def _schema(connection: Connection, schema: str) -> Finding | None:
    """Return how the schema stands; None where it may not be read, which is told with the privileges."""
    try:
        with connection.transaction():
            require_current(connection)
            known = schema_state(connection).known
    except SchemaMismatch as error:
        detail, _, mend = str(error).partition("; ")
        return Finding(check="schema", state=FindingState.FAILED, detail=detail, mend=mend)
    except (MissingPrivilege, psycopg.errors.InsufficientPrivilege):
        return None
    return Finding(check="schema", state=FindingState.OK, detail=f"{schema} is at migration {known}, as it should be")


def _statistics(*, grantee: str, granted: bool) -> Finding:
    if granted:
        return Finding(check="statistics", state=FindingState.OK, detail="the writer that holds up a roll-up is named")
    return Finding(
        check="statistics",
        state=FindingState.WARNING,
        detail="pg_read_all_stats is missing: how long a writer has held up the roll-up stays unknown",
        mend=f"run as an administrator: GRANT pg_read_all_stats TO {grantee}",
    )


def _queries(connection: Connection) -> Iterator[Finding]:
    known = queries()
    good = 0
    for name, query in known.items():
        problem = describe_mismatch(connection, query)
        good += not problem
        if problem:
            yield Finding(
                check="queries",
                state=FindingState.FAILED,
                detail=f"sql/queries/{name}.sql: {problem}",
                mend="undo what was changed by hand in the schema, or install driftgauge anew",
            )
    if good == len(known):
        yield Finding(check="queries", state=FindingState.OK, detail=f"{good} prepared by the server, as declared")


def _preparable(query: Query) -> bytes:
    """Return the text with the server's own placeholders, in the order of the header's params."""
    text = query.sql
    copied = COPY_IN.search(text)
    if copied is not None:
        text = b"SELECT " + copied["columns"] + b" FROM " + copied["relation"]
    for place, name in enumerate(query.params, start=1):
        text = text.replace(f"%({name})s".encode(), f"${place}".encode())
    return text.replace(b"%%", b"%")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'
