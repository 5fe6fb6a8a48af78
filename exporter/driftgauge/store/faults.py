"""Postgres' errors in words that say where and how to mend; a password never gets into them."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from driftgauge.errors import ConfigError, DatabaseUnreachable, DriftgaugeError, MissingPrivilege, SchemaMismatch

EXPORTER, OPERATOR = "driftgauge_exporter", "driftgauge_operator"
CONNECTION_STATES: Final = ("08", "28", "3D", "53300", "57P")  # SQLSTATEs of a session lost or refused
DEFAULT_DATABASE: Final = "of the user's name"  # as libpq has it
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
    ("failed to resolve host", "mend the host name"),
    ("timeout expired", "check the network and firewall between here and the database"),
    ("password authentication failed", "mend user or password"),
    ("no password supplied", "give a password"),
    ("no pg_hba.conf entry", "allow this client in pg_hba.conf"),
    ("does not exist", "create it, or mend the name"),
    ("too many clients", "raise max_connections, or close other clients"),
    ("remaining connection slots", "raise max_connections, or close other clients"),
    ("read-only", "connect to the primary"),
    ("terminating connection", "start Postgres again; driftgauge run reconnects by itself"),
    ("server closed the connection", "start Postgres again; driftgauge run reconnects by itself"),
)

ENDINGS: Final = (
    (errors.LockNotAvailable, "another session holds what it needs (pg_locks tells which): end that, or try again"),
    (errors.QueryCanceled, "run it again; if a time limit ended it, raise database.statement_timeout"),
)
"""How to mend what Postgres ended."""


def unreachable(conninfo: str, error: psycopg.Error) -> DriftgaugeError:
    """Return the one line for a failed or lost connection; a DSN that cannot be read is a ConfigError."""
    parts = _parts(conninfo)
    if parts is None:
        return ConfigError(
            ["database.dsn: not a libpq URI or key=value string (in a URI, percent-encode @ : / % in the password)"]
        )
    reason = re.sub(r"^(connection failed: |connection is bad: )+", "", _first_line(error))
    reason = re.sub(r"^connection to server (at|on socket) .*? failed: (FATAL: +)?", "", reason)
    mend = next((hint for sign, hint in HINTS if sign in reason), "see the server's log")
    return DatabaseUnreachable(f"cannot reach the {_place(parts)}: {reason}; {mend}")


@contextmanager
def faults_named(
    connection: psycopg.Connection, conninfo: str, schema: str | None, role: str = EXPORTER
) -> Generator[None]:
    """Turn the errors an operator must mend into ours; all others pass as they are. `role` may do all that is done."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise MissingPrivilege(_grant(connection, schema, error, role)) from error
    except (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn, errors.UndefinedFunction) as error:
        raise SchemaMismatch(f"{_first_line(error)}: the schema is missing or old; run: driftgauge migrate") from error
    except errors.OperationalError as error:
        if error.sqlstate is None or error.sqlstate.startswith(CONNECTION_STATES):
            raise unreachable(conninfo, error) from error
        if not hasattr(error, "__notes__"):  # else it is another database's, which was at work within this one's
            error.add_note(_place(_parts(conninfo) or {}))
        raise


def describe_ending(error: BaseException) -> str | None:
    """Return one line for a statement that Postgres ended, such as by a time limit; None for any other error.

    The exporter tries such statements again; who runs a command is told, and does.
    """
    if not isinstance(error, errors.OperationalError):
        return None
    place = "".join(f"{note}: " for note in getattr(error, "__notes__", ()))
    mend = next((mend for kind, mend in ENDINGS if isinstance(error, kind)), "try again, or see the server's log")
    return f"{place}{_first_line(error)}; {mend}"


def _place(parts: dict[str, str]) -> str:
    """Return which database it is, in words."""
    host, port = parts.get("host") or parts.get("hostaddr") or "the default socket", parts.get("port")
    where = f"{host}:{port}" if port else host
    return f"database at {where}, database {parts.get('dbname', DEFAULT_DATABASE)}"


def _parts(conninfo: str) -> dict[str, str] | None:
    """Return the DSN's parts, or None where it is broken and any of them may be a bit of the password."""
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(conninfo).items()}
    except psycopg.Error:
        return None
    split_at_password = "@" in parts.get("host", "")[1:] or "@" in parts.get("dbname", "")  # @name is a socket
    return parts if not split_at_password and re.fullmatch(r"[\d,]*", parts.get("port", "")) else None


def _grant(connection: psycopg.Connection, schema: str | None, error: errors.InsufficientPrivilege, role: str) -> str:
    """Return the line that names the missing GRANT."""
    said, user = _first_line(error), quoted(connection.info.user)
    if error.diag.message_hint:
        return f"{said}; ask an administrator to run: {error.diag.message_hint}"
    denied = DENIED.search(said)
    name = denied["name"] if denied else ""
    relation = f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)
    match denied and denied["kind"]:
        case "database":
            return f"{said}; run as its owner: GRANT CREATE ON DATABASE {quoted(name)} TO {user}"
        case "schema":
            grant = f"USAGE ON SCHEMA {quoted(name)}"
        case "function":
            grant = f"EXECUTE ON FUNCTION {relation}"
        case "sequence":
            grant = f"SELECT ON SEQUENCE {relation}"
        case "table" | "view":
            grant = _missing_verbs(connection, schema, name)
        case _:
            return f"{said}; run as an administrator: GRANT {role} TO {user}"
    return f"{said}; run as its owner: GRANT {grant} TO {user} (or, for all at once: GRANT {role} TO {user})"


def _missing_verbs(connection: psycopg.Connection, schema: str | None, name: str) -> str:
    """Return `verbs ON relation`; a relation that is not of our schema is a source, which is only read."""
    with suppress(psycopg.Error):
        row = connection.execute(MISSING_VERBS, {"schema": schema, "name": name}).fetchone()
        if schema and row and row[0]:
            return f"{row[0]} ON {quoted(schema)}.{quoted(name)}"
    return f"SELECT ON {quoted(name)}"


def quoted(name: str) -> str:
    """Return an identifier as a person would type it."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def _first_line(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0]


def sqlstate_class(error: BaseException) -> str:
    """Return the class of the SQLSTATE behind an error, such as `57` for a cancelled query; `none` if there is none.

    Examples
    --------
    >>> sqlstate_class(errors.QueryCanceled())
    '57'
    >>> sqlstate_class(ValueError())
    'none'
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, psycopg.Error) and cause.sqlstate:
            return cause.sqlstate[:2]
        cause = cause.__cause__
    return "none"
