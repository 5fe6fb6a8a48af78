"""Read a source: a table, view or SELECT of the operator's own, with no right but SELECT, in one snapshot."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString, cast

from psycopg import sql

from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.source import ColumnSource, Kinds
from driftgauge.store.clock import read_now
from driftgauge.store.columns import open_query, query_session, relation_query
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection, fetch_one
from driftgauge.store.predictions import LONGEST_SEGMENT, SliceGroup
from driftgauge.store.source_columns import source_faults, usable_features
from driftgauge.store.source_table import Label, SourceTable

LONGEST_LABEL: Final = 100
"""Characters of a model's name, version, environment and status: all together must fit an index."""

GROUPS_AT_ONCE: Final = 500
INDEXABLE: Final = ("r", "p", "m")
"""Tables, partitioned ones, and materialised views, as pg_class calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRows:
    """How many of a model's first rows there are, and the event times that they span, both ends included."""

    rows: int
    first_at: datetime | None
    last_at: datetime | None


@contextmanager
def open_source(database: Database, table: SourceTable) -> Generator[SourceRows]:
    """Yield the rows of a source as they are now; columns that are missing or of a wrong type are told first.

    Raises
    ------
    BadSource
        Now or while reading, if the source cannot be reached or read.
    """
    with ExitStack() as stack:
        with source_faults(table):
            connection = stack.enter_context(query_session(database))
        yield SourceRows(connection, table)
        with source_faults(table):
            stack.close()


class SourceRows:
    """One snapshot of a source: `now` is its moment by the source's own clock, `kinds` are its features."""

    def __init__(self, connection: Connection, table: SourceTable) -> None:
        """Look at the columns."""
        self._connection = connection
        self._table = table
        with source_faults(table, connection):
            self.now = read_now(connection)
            described = open_query(connection, table.query or relation_query(*table.relation))
            self.kinds: Kinds = usable_features(connection, table, described)

    def require_rights(self) -> None:
        """Let Postgres plan a reading of every column that is read, which it refuses where a right is missing."""
        names = dict.fromkeys((*self._table.required, *self.kinds))
        self._fetch(
            sql.SQL("EXPLAIN SELECT {columns} FROM {base} WHERE {inside}").format(
                columns=sql.SQL(", ").join(map(_column, names)),
                base=self._base(),
                inside=self._inside(TimeWindow(start=self.now, end=self.now)),
            )
        )

    def is_indexed(self) -> bool | None:
        """Tell whether an index begins with the time column; None where that is not for a relation to say."""
        if not self._table.relation:
            return None
        with source_faults(self._table, self._connection):
            found = fetch_one(
                self._connection, "source/read_relation", relation=self._table.place, name=self._table.time
            )
        return bool(found.indexed) if found is not None and found.kind in INDEXABLE else None

    def groups(self, window: TimeWindow, bucket: timedelta) -> Iterator[SliceGroup]:
        """Yield the rows of a window by model, status and bucket, without their features; frequent statuses first."""
        statement = sql.SQL(
            "SELECT {labels}, {status}, {bucket}, count(*), array_agg({latency}), array_agg({confidence}),"
            " date_part('epoch', min({time})), date_part('epoch', max({time}))"
            " FROM {base} WHERE {inside} GROUP BY 1, 2, 3, 4, 5"
            " ORDER BY sum(count(*)) OVER (PARTITION BY {labels}, {status}) DESC, 1, 2, 3, 4, 5"
        ).format(
            labels=self._labels(),
            status=_label(self._table.status),
            bucket=self._bucket(bucket),
            latency=_number(self._table.latency_ms),
            confidence=_number(self._table.confidence),
            time=_column(self._table.time),
            base=self._base(),
            inside=self._inside(window),
        )
        with source_faults(self._table, self._connection), self._connection.cursor(name="groups") as cursor:
            cursor.execute(statement, binary=True)
            while rows := cursor.fetchmany(GROUPS_AT_ONCE):
                for model, version, environment, status, start, count, latencies, confidences, first, last in rows:
                    yield SliceGroup(
                        key=ModelKey(model=model, version=version, environment=environment),
                        status=status,
                        bucket=start,
                        predictions=count,
                        documents=(),
                        segments=(),
                        latencies_ms=latencies,
                        confidences=confidences,
                        first_at=first,
                        last_at=last,
                    )

    def counts(self, window: TimeWindow, bucket: timedelta) -> dict[tuple[ModelKey, int], int]:
        """Return how many rows of each model lie in each bucket (epoch seconds) of a window."""
        statement = sql.SQL("SELECT {labels}, {bucket}, count(*) FROM {base} WHERE {inside} GROUP BY 1, 2, 3, 4")
        rows = self._fetch(
            statement.format(
                labels=self._labels(), bucket=self._bucket(bucket), base=self._base(), inside=self._inside(window)
            )
        )
        return {
            (ModelKey(model=model, version=version, environment=environment), start): count
            for model, version, environment, start, count in rows
        }

    def first_at(self, window: TimeWindow) -> datetime | None:
        """Return the earliest event time in a window; None where it has no rows."""
        statement = sql.SQL("SELECT min({time})::timestamptz FROM {base} WHERE {inside}")
        [(first,)] = self._fetch(
            statement.format(time=_column(self._table.time), base=self._base(), inside=self._inside(window))
        )
        return cast("datetime | None", first)

    def first_rows(self, key: ModelKey, window: TimeWindow, rows: int) -> FirstRows:
        """Find the first `rows` rows of a model in a window."""
        statement = sql.SQL(
            "SELECT count(*), min(at)::timestamptz, max(at)::timestamptz FROM"
            " (SELECT {time} AS at FROM {base} WHERE {inside} AND {own} ORDER BY {time} LIMIT {rows}) AS first"
        )
        [(count, first, last)] = self._fetch(
            statement.format(
                time=_column(self._table.time),
                base=self._base(),
                inside=self._inside(window),
                own=self._own(key),
                rows=sql.Literal(rows),
            )
        )
        return FirstRows(rows=count, first_at=first, last_at=last)

    def segments(self, key: ModelKey, window: TimeWindow, *, most: int, least_rows: int) -> list[str]:
        """Return the segments with most rows of a model in a window, at most `most`, each of `least_rows` or more."""
        if self._table.segment is None or not most:
            return []
        statement = sql.SQL(
            "SELECT {segment} FROM {base} WHERE {inside} AND {own} AND octet_length({segment}) BETWEEN 1 AND {longest}"
            " GROUP BY 1 HAVING count(*) >= {least_rows} ORDER BY count(*) DESC, 1 LIMIT {most}"
        )
        rows = self._fetch(
            statement.format(
                segment=_text(self._table.segment),
                base=self._base(),
                inside=self._inside(window),
                own=self._own(key),
                longest=sql.Literal(LONGEST_SEGMENT),
                least_rows=sql.Literal(least_rows),
                most=sql.Literal(most),
            )
        )
        return [segment for (segment,) in rows]

    def features(
        self, key: ModelKey, window: TimeWindow, names: Collection[str], others: Sequence[str] = ()
    ) -> ColumnSource:
        """Return some feature columns of a model's rows in a window; the connection is busy while they are read.

        The rows are those of the key's segment, if it names one, else those of none of the `others`.
        """
        statement = sql.SQL("SELECT {columns} FROM {base} WHERE {inside} AND {own} AND {segment}").format(
            columns=sql.SQL(", ").join(_column(name) for name in self.kinds if name in names),
            base=self._base(),
            inside=self._inside(window),
            own=self._own(key),
            segment=self._of_segment(key.segment, others),
        )
        with source_faults(self._table, self._connection):
            source = open_query(self._connection, statement.as_string(self._connection))

        def read(kinds: Kinds) -> Iterator[FeatureBatch]:
            with source_faults(self._table, self._connection):
                yield from source.read(kinds)

        return ColumnSource(kinds=source.kinds, left_out=source.left_out, read=read)

    def _fetch(self, statement: sql.Composed) -> list[tuple[Any, ...]]:
        with source_faults(self._table, self._connection), self._connection.cursor(binary=True) as cursor:
            return cursor.execute(statement).fetchall()

    def _base(self) -> sql.Composed:
        if self._table.relation:
            return sql.SQL("{} AS source").format(sql.Identifier(*self._table.relation))
        # The operator's own SELECT: Postgres has parsed it as one statement, and where it runs it cannot write.
        return sql.SQL("(\n{}\n) AS source").format(sql.SQL(cast("LiteralString", self._table.query)))

    def _inside(self, window: TimeWindow) -> sql.Composed:
        inside = sql.SQL("{time} >= {start} AND {time} < {end}").format(
            time=_column(self._table.time), start=sql.Literal(window.start), end=sql.Literal(window.end)
        )
        if self._table.model.column is None:
            return inside
        return sql.SQL("{} AND {} IS NOT NULL").format(inside, _column(self._table.model.column))

    def _own(self, key: ModelKey) -> sql.Composed:
        pairs = zip(
            (self._table.model, self._table.version, self._table.environment),
            (key.model, key.version, key.environment),
            strict=True,
        )
        own = [sql.SQL("{} = {}").format(_label(label), sql.Literal(value)) for label, value in pairs if label.column]
        return sql.SQL(" AND ").join([sql.SQL("TRUE"), *own])

    def _of_segment(self, segment: str, others: Sequence[str]) -> sql.Composable:
        if self._table.segment is None or not (segment or others):
            return sql.SQL("TRUE")
        column = _text(self._table.segment)
        if segment:
            return sql.SQL("{} = {}").format(column, sql.Literal(segment))
        return sql.SQL("coalesce({} <> ALL({}::text[]), TRUE)").format(column, sql.Literal(list(others)))

    def _labels(self) -> sql.Composed:
        return sql.SQL("{}, {}, {}").format(
            _label(self._table.model), _label(self._table.version), _label(self._table.environment)
        )

    def _bucket(self, width: timedelta) -> sql.Composed:
        return sql.SQL("(floor(date_part('epoch', {time}) / {seconds}) * {seconds})::bigint").format(
            time=_column(self._table.time), seconds=sql.Literal(int(width.total_seconds()))
        )


def _column(name: str) -> sql.Composed:
    return sql.SQL("source.{}").format(sql.Identifier(name))


def _text(name: str) -> sql.Composed:
    return sql.SQL("{}::text").format(_column(name))


def _label(label: Label) -> sql.Composed:
    if label.column is None:
        return sql.SQL("{}::text").format(sql.Literal(label.otherwise))
    text = sql.SQL("coalesce({}::text, {})").format(_column(label.column), sql.Literal(label.otherwise))
    return sql.SQL("left({}, {})").format(text, sql.Literal(LONGEST_LABEL))


def _number(column: str | None) -> sql.Composed:
    return sql.SQL("{}::float8").format(sql.SQL("NULL") if column is None else _column(column))
