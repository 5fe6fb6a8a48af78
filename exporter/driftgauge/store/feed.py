"""Write predictions and outcomes in bulk: what a service's logging would do, for the demonstration."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from psycopg.types.json import Jsonb

from driftgauge.store.catalog import query
from driftgauge.store.execute import Connection


def write_predictions(connection: Connection, rows: Iterable[tuple[object, ...]]) -> int:
    """Write rows with the columns of sql/queries/feed/write_predictions.sql, in that order; return how many.

    Mappings become JSON. The partitions should be there: rows beyond them go to the default partition.
    """
    written = 0
    with connection.cursor() as cursor, cursor.copy(query("feed/write_predictions").sql) as copy:
        for row in rows:
            copy.write_row([Jsonb(value, dumps=orjson.dumps) if isinstance(value, dict) else value for value in row])
            written += 1
    return written


def write_outcomes(connection: Connection, rows: Iterable[tuple[object, ...]]) -> int:
    """Write rows with the columns of sql/queries/feed/write_outcomes.sql, in that order; return how many."""
    written = 0
    with connection.cursor() as cursor, cursor.copy(query("feed/write_outcomes").sql) as copy:
        for row in rows:
            copy.write_row(row)
            written += 1
    return written
