"""Whether the tables that driftgauge already reads here have the indexes for it; only EXPLAIN is run on them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from driftgauge.app.settings import source_conninfo, source_options
from driftgauge.config import Settings
from driftgauge.config.values import parse_relation
from driftgauge.costs.figures import TableRead
from driftgauge.store.execute import Connection
from driftgauge.store.faults import quoted
from driftgauge.store.planned_reads import PlannedRead, plan_arrived, plan_newest
from driftgauge.store.session import SessionSettings, connect_once
from driftgauge.store.source_columns import source_faults

LOOKING: Final = timedelta(seconds=10)


def look_at_tables(settings: Settings) -> tuple[TableRead, ...]:
    """Return how the newest rows of `prediction_logs`, where it may be read, and of every source would be read.

    Raises
    ------
    BadSource
        If a source cannot be read.
    """
    return (*_logged(settings), *_sources(settings))


def _logged(settings: Settings) -> Iterator[TableRead]:
    schema = settings.database.schema_name
    with _looking(settings.database.conninfo()) as connection:
        found = plan_arrived(connection, schema)
    if found is not None:
        table = f"{quoted(schema)}.prediction_logs"
        yield _read(table, "read the rows that arrived last", found, f"Run: CREATE INDEX ON {table} (ingest_seq)")


def _sources(settings: Settings) -> Iterator[TableRead]:
    for source in settings.sources:
        if source.relation is None:
            continue
        relation = parse_relation(source.relation)
        described = source_options(settings, source).table
        with (
            source_faults(described),
            _looking(source_conninfo(settings, source)()) as connection,
            source_faults(described, connection),
        ):
            found = plan_newest(connection, relation, source.time)
        table = ".".join(map(quoted, relation))
        mend = f"Run as its owner: CREATE INDEX CONCURRENTLY ON {table} ({quoted(source.time)})"
        yield _read(table, f"read the newest hour of the source {source.name}", found, mend)


def _read(table: str, purpose: str, found: PlannedRead, mend: str) -> TableRead:
    return TableRead(table=table, purpose=purpose, rows=found.rows, cost=found.cost, whole=found.whole, mend=mend)


@contextmanager
def _looking(conninfo: str) -> Generator[Connection]:
    """Yield a connection in a transaction that can change nothing."""
    with (
        connect_once(conninfo, application_name="driftgauge bench", read_only=True) as connection,
        connection.transaction(),
    ):
        SessionSettings(schema="pg_catalog", statement_timeout=LOOKING).apply(connection, read_only=True)
        yield connection
