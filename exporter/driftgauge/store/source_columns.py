"""Hold a source's columns against what is said of them, and word whatever keeps it from being read."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Final

import psycopg
from psycopg import errors

from driftgauge.errors import BadReference, BadSource, DriftgaugeError
from driftgauge.model.bins import FeatureKind
from driftgauge.profiling.source import ColumnSource
from driftgauge.store.execute import Connection, fetch_all
from driftgauge.store.faults import CONNECTION_STATES, DENIED, quoted
from driftgauge.store.source_table import SourceTable

TIME_TYPES: Final = ("timestamp with time zone", "timestamp without time zone")


def usable_features(connection: Connection, table: SourceTable, columns: ColumnSource) -> dict[str, FeatureKind]:
    """Return the source's features and how each looks.

    Raises
    ------
    BadSource
        If a column is missing, or of a type that its role cannot have.
    """
    types = {**{name: kind.value for name, kind in columns.kinds.items()}, **columns.left_out}
    missing = [name for name in dict.fromkeys(table.required) if name not in types]
    if missing:
        hints = [f"{name!r}{_nearest(name, types)}" for name in missing]
        raise BadSource(f"source {table.name}: {table.place} has no column {', '.join(hints)}")
    if types[table.time] not in TIME_TYPES:
        raise BadSource(
            f"source {table.name}: time: column {table.time!r} is of type {types[table.time]}; "
            "name a timestamptz, or a timestamp in UTC"
        )
    for name in table.numbers:
        if columns.kinds.get(name) is not FeatureKind.NUMERIC:
            raise BadSource(f"source {table.name}: column {name!r} is no number, but {types[name]}")
    unfit = [f"{name!r} is of type {types[name]}" for name in table.features if name not in columns.kinds]
    if unfit:
        raise BadSource(f"source {table.name}: features: column {', '.join(unfit)}, which no feature can be")
    if table.features:
        return {name: columns.kinds[name] for name in table.features}
    keys = {row.name for row in fetch_all(connection, "source/read_keys", relation=table.place)}
    return {name: kind for name, kind in columns.kinds.items() if name not in keys and name not in table.taken}


@contextmanager
def source_faults(table: SourceTable, connection: Connection | None = None) -> Generator[None]:
    """Turn what goes wrong at a source into one line that names it and how to mend it."""
    try:
        yield
    except BadSource:
        raise
    except errors.InsufficientPrivilege as error:
        raise BadSource(f"source {table.name}: {_first_line(error)}{_grant(table, connection, error)}") from error
    except errors.QueryCanceled as error:
        mend = f"create an index on its column {table.time!r}, or raise database.statement_timeout"
        raise BadSource(f"source {table.name}: {_first_line(error)}; {mend}") from error
    except BadReference as error:
        said = str(error).removeprefix("query: ")
        mend = "" if "; " in said else "; mend its relation or query"
        raise BadSource(f"source {table.name}: {said}{mend}") from error
    except DriftgaugeError as error:
        said = "; ".join(str(error).splitlines()).removeprefix("database.")
        # A DSN that cannot be read is no cause to show: it quotes the password.
        raise BadSource(f"source {table.name}: {said}") from (error if error.__cause__ else None)
    except psycopg.Error as error:
        raise BadSource(f"source {table.name}: {_first_line(error)}; {_mend(error)}") from error


def _mend(error: psycopg.Error) -> str:
    if error.sqlstate is None or error.sqlstate.startswith(CONNECTION_STATES):
        return "driftgauge run reconnects by itself"
    if isinstance(error, errors.ProgrammingError | errors.DataError):
        return "mend its relation or query"
    return "driftgauge run tries again; see the server's log"


def _grant(table: SourceTable, connection: Connection | None, error: psycopg.Error) -> str:
    user = quoted(connection.info.user) if connection is not None else "its login"
    if len(table.relation) > 1:
        usage = f"GRANT USAGE ON SCHEMA {quoted(table.relation[0])} TO {user}; "
        return f"; run as its owner: {usage}GRANT SELECT ON {table.place} TO {user}"
    denied = DENIED.search(_first_line(error))
    kind, name = (denied["kind"], denied["name"]) if denied else ("table", table.place)
    if kind == "schema":
        return f"; run as its owner: GRANT USAGE ON SCHEMA {quoted(name)} TO {user}"
    return f"; run as its owner: GRANT SELECT ON {name} TO {user}"


def _nearest(name: str, known: dict[str, str]) -> str:
    close = get_close_matches(name, sorted(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _first_line(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0]
