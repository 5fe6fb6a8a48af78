"""A database to ask, and rows to ask about; the clock stands still while a test runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from driftgauge.queries import Connection
from fixtures.postgres import Cluster

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
TICK: Final = timedelta(microseconds=1)  # the least that Postgres tells apart
Arguments = dict[str, Any]
"""What a question is narrowed by."""

OF: Final = {"model_name": "churn", "version": "1", "environment": "production"}


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A connection in a transaction, whose `now` every question in it is asked at."""

    connection: Connection
    now: datetime

    @property
    def today(self) -> datetime:
        """The start of the UTC day."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0)

    def put(self, table: str, **columns: object) -> Any:  # noqa: ANN401 - a number or a UUID, as the table has it
        """Insert a row of the model OF, unless its columns say otherwise, and return its id."""
        row = (OF if table != "drift_alerts" else {}) | columns
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        )
        values = [Jsonb(value) if isinstance(value, Mapping) else value for value in row.values()]
        found = self.connection.execute(statement, values).fetchone()
        assert found is not None
        return found[0]


@pytest.fixture(scope="session")
def shelves(cluster: Cluster, template: str) -> Iterator[str]:
    """One database for every shelf: each is taken back in its own transaction, so that none sees another."""
    name = f"shelves_{os.getpid()}"
    cluster.copy(template, name)
    yield cluster.at(name)
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def shelf(shelves: str) -> Iterator[Shelf]:
    """The owner's connection as a user may have it: in a time zone of his own, whose days are not always 24 hours."""
    options = "-c search_path=driftgauge -c TimeZone=America/New_York"
    with psycopg.connect(shelves, options=options) as connection:
        row = connection.execute("SELECT now()").fetchone()
        assert row is not None
        yield Shelf(connection=connection, now=row[0].astimezone(UTC))
        connection.rollback()
