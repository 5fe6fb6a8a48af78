"""Postgres' errors in words that say where and how to mend; a password never gets into them."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final, LiteralString

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from driftgauge.errors import ConfigError, DatabaseUnreachable, DriftgaugeError, MissingPrivilege, SchemaMismatch

CONNECTION_STATES: Final = ("08", "28", "3D", "53300", "57P")  # SQLSTATEs of a session lost or refused
DENIED: Final = re.compile(r"permission denied for (?P<kind>[a-z ]+) (?P<name>\S+)")

# The exporter reads all tables and writes those it derives; logs are partitioned, or reported by services.
MISSING_VERBS: Final = """
SELECT string_agg(needed.verb, ', ' ORDER BY needed.place)
FROM pg_class AS c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) WITH ORDINALITY AS needed (verb, place)
WHERE
    c.oid = to_regclass(quote_ident(%(schema)s) || '.' || quote_ident(%(name)s))
    AND (
        needed.verb = 'SELECT'
        OR c.relkind = 'r'
        AND c.relname NOT IN ('schema_version', 'model_health_checks', 'feature_importance_history')
    )
    AND NOT has_table_privilege(c.oid, needed.verb)
"""

HINTS: Final[tuple[tuple[str, str], ...]] = (
    ("Connection refused", "start Postgres, or mend host and port"),
    ("No such file or directory", "start Postgres, or mend the socket directory"),
    ("could not translate host name", "mend the host name"),
    ("timeout expired", "check the network and firewall between here and the database"),
    ("password authentication failed", "mend user or password"),
    ("no password supplied", "give a password"),
    ("no pg_hba.conf entry", "allow this client in pg_hba.conf"),
    ("does not exist", "create it, or mend the name"),
    ("too many clients", "raise max_connections, or close other clients"),
    ("remaining connection slots", "raise max_connections, or close other clients"),
    ("read-only", "connect to the primary"),
)


def unreachable(conninfo: str, error: psycopg.Error) -> DriftgaugeError:
    """Return the one line for a failed or lost connection; a DSN that cannot be read is a ConfigError."""
    place = _place(conninfo)
    if place is None:
        return ConfigError(
            ["database.dsn: not a libpq URI or key=value string (in a URI, percent-encode @ : / ? # % in the password)"]
        )
    reason = _reason(error, conninfo)
    mend = next((hint for sign, hint in HINTS if sign in reason), "see the server's log")
    return DatabaseUnreachable(f"cannot reach the database at {place}: {reason}; {mend}")


@contextmanager
def faults_named(connection: psycopg.Connection, conninfo: str, schema: str | None) -> Generator[None]:
    """Turn the errors an operator must mend into ours; all others pass as they are."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise MissingPrivilege(_grant(connection, schema, error)) from error
    except (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn, errors.UndefinedFunction) as error:
        raise SchemaMismatch(f"{_first_line(error)}: the schema is missing or old; run: driftgauge migrate") from error
    except errors.OperationalError as error:
        if error.sqlstate is None or error.sqlstate.startswith(CONNECTION_STATES):
            raise unreachable(conninfo, error) from error
        raise


def _place(conninfo: str) -> str | None:
    """Return `host:port, database x`, or None where the DSN is broken and its parts may be bits of a password."""
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(conninfo).items()}
    except psycopg.Error:
        return None
    host, port = parts.get("host") or parts.get("hostaddr", ""), parts.get("port", "")
    if "@" in host[1:] or "@" in parts.get("dbname", "") or not re.fullmatch(r"[\d,]*", port):
        return None
    return f"{host or 'the default socket'}{f':{port}' if port else ''}, database {parts.get('dbname', 'of the user')}"


def _reason(error: psycopg.Error, conninfo: str) -> str:
    """Return the last line that says why, without libpq's hints and without the password."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if not line.endswith("?") and not line.startswith(("- ", "Multiple connection"))]
    reason = (said or lines or [type(error).__name__])[0]
    reason = re.sub(r"^(connection failed: |connection is bad: )+", "", reason)
    reason = re.sub(r"^connection to server (at|on socket) .*? failed: (FATAL: +)?", "", reason)
    with suppress(psycopg.Error):
        password = str(conninfo_to_dict(conninfo).get("password") or "")
        if password:
            reason = reason.replace(password, "***")
    return reason


def _grant(connection: psycopg.Connection, schema: str | None, error: errors.InsufficientPrivilege) -> str:
    """Return the line that names the missing GRANT."""
    said, user = _first_line(error), connection.info.user
    denied = DENIED.search(said)
    if error.diag.message_hint and not denied:
        return f"{said}; ask an administrator to run: {error.diag.message_hint}"
    if denied is None:
        return f"{said}; run as an administrator: GRANT driftgauge_exporter TO {user}"
    kind, name = denied["kind"].split()[-1], denied["name"]
    if kind in {"schema", "database"}:
        verb = "USAGE" if kind == "schema" else "CREATE"
        return f"{said}; run as its owner: GRANT {verb} ON {kind.upper()} {name} TO {user}"
    if kind not in {"table", "view", "sequence", "function"}:
        return f"{said}; run as an administrator: GRANT driftgauge_exporter TO {user}"
    relation = f"{schema}.{name}" if schema else name
    if kind == "function":
        grant = f"GRANT EXECUTE ON FUNCTION {relation} TO {user}"
    elif kind == "sequence":
        grant = f"GRANT SELECT ON SEQUENCE {relation} TO {user}"
    else:
        grant = f"GRANT {_missing_verbs(connection, schema, name)} ON {relation} TO {user}"
    return f"{said}; run as its owner: {grant} (or, for all at once: GRANT driftgauge_exporter TO {user})"


def _missing_verbs(connection: psycopg.Connection, schema: str | None, name: str) -> str:
    statement: LiteralString = MISSING_VERBS
    with suppress(psycopg.Error):
        row = connection.execute(statement, {"schema": schema or "public", "name": name}).fetchone()
        if row and row[0]:
            return str(row[0])
    return "SELECT"


def _first_line(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0]
