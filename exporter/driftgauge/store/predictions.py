"""Read prediction_logs: final ranges for the roll-up, documents for references and replays."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from driftgauge.model.identity import ModelKey
from driftgauge.model.segments import Part
from driftgauge.model.window import EPOCH, TimeWindow
from driftgauge.store.catalog import query
from driftgauge.store.execute import Connection, execute, fetch_all, fetch_one
from driftgauge.store.keys import key_of

LAST_SEQ: Final = 2**63 - 1

LONGEST_SEGMENT: Final = 100
"""Bytes: a longer one is no name for a part of the traffic, and would not fit an index beside the others."""


class SliceTooLarge(Exception):
    """The documents of a slice do not fit one value of Postgres (1 GB); a smaller slice will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFilter:
    """Which models' rows to read; None takes any."""

    model: str | None = None
    version: str | None = None
    environment: str | None = None

    @classmethod
    def of(cls, key: ModelKey) -> ModelFilter:
        """Return the filter for exactly one model."""
        return cls(model=key.model, version=key.version, environment=key.environment)

    def __contains__(self, key: ModelKey) -> bool:
        """Tell whether the filter lets `key` through."""
        return (
            self.model in (None, key.model)
            and self.version in (None, key.version)
            and self.environment in (None, key.environment)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceGroup:
    """The predictions of one model, status and minute in a slice; `bucket` (epoch seconds) is None in quarantine."""

    key: ModelKey
    status: str
    bucket: int | None
    predictions: int
    documents: Sequence[str]
    segments: Sequence[str | None]
    latencies_ms: Sequence[float]
    confidences: Sequence[float | None]
    first_at: float
    last_at: float

    @property
    def start(self) -> datetime:
        """The start of the minute; 1970 in quarantine."""
        return datetime.fromtimestamp(self.bucket or 0, UTC)


def read_slice(
    connection: Connection,
    *,
    low: int,
    high: int,
    bucket: timedelta,
    only: ModelFilter | None = None,
    rebuilt_to: int = 0,
    floor: datetime | None = None,
) -> list[SliceGroup]:
    """Read the rows numbered above `low` up to `high`, each once.

    Rows numbered up to `rebuilt_to` with event times before `floor` are passed over: they are counted already.

    Raises
    ------
    SliceTooLarge
        If the documents do not fit one value; the transaction, or the savepoint around this, is lost.
    """
    only = only or ModelFilter()
    execute(connection, "rollup/allow_memory")
    try:
        rows = fetch_all(
            connection,
            "rollup/read_slice",
            low=low,
            high=high,
            bucket_seconds=int(bucket.total_seconds()),
            model_name=only.model,
            version=only.version,
            environment=only.environment,
            rebuilt_to=rebuilt_to,
            floor=floor,
        )
    except psycopg.errors.ProgramLimitExceeded as error:
        raise SliceTooLarge from error
    return [
        SliceGroup(
            key=key_of(row),
            status=row.status,
            bucket=row.bucket,
            predictions=row.predictions,
            documents=row.documents,
            segments=row.segments,
            latencies_ms=row.latencies_ms,
            confidences=row.confidences,
            first_at=row.first_at,
            last_at=row.last_at,
        )
        for row in rows
    ]


def find_lowest_seq(connection: Connection) -> int:
    """Find the lowest ingest number that retention has left; 1 where there is no row."""
    row = fetch_one(connection, "rollup/read_lowest")
    return 1 if row is None or row.lowest is None else int(row.lowest)


def find_lowest_seq_of(connection: Connection, only: ModelFilter) -> int | None:
    """Find the lowest ingest number of a model's rows; None where it has none."""
    row = fetch_one(
        connection,
        "references/read_lowest",
        model_name=only.model,
        version=only.version,
        environment=only.environment,
    )
    return None if row is None or row.lowest is None else int(row.lowest)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRows:
    """Where a model's first rows lie, by ingest number and by event time (`window` ends just after the last)."""

    first_seq: int
    last_seq: int
    window: TimeWindow
    predictions: int


def find_first_rows(connection: Connection, key: ModelKey, *, high: int, rows: int) -> FirstRows | None:
    """Find the first `rows` rows of a model numbered up to `high`; None if it has none of a sane time."""
    row = fetch_one(
        connection,
        "references/read_first_rows",
        model_name=key.model,
        version=key.version,
        environment=key.environment,
        high=high,
        rows=rows,
    )
    if row is None or not row.predictions:
        return None
    window = TimeWindow(start=row.first_at, end=row.last_at + timedelta(microseconds=1))
    return FirstRows(first_seq=row.first_seq, last_seq=row.last_seq, window=window, predictions=row.predictions)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSpan:
    """Which logged rows to read: of which models, of which event times, and numbered above `low` up to `high`."""

    only: ModelFilter
    window: TimeWindow
    low: int = 0
    high: int = LAST_SEQ


def find_segments(connection: Connection, span: RowSpan, *, most: int, least_rows: int) -> list[str]:
    """Return the segments with most rows of a span, at most `most`, each of `least_rows` or more."""
    if not most:
        return []
    rows = fetch_all(
        connection,
        "references/read_segments",
        **_span_params(span),
        longest=LONGEST_SEGMENT,
        least_rows=least_rows,
        most=most,
    )
    return [row.segment for row in rows]


def stream_documents(
    connection: Connection,
    span: RowSpan,
    *,
    bucket: timedelta,
    chunk: int,
    origin: datetime = EPOCH,
    segments: Sequence[str] = (),
) -> Generator[dict[Part, list[str]]]:
    """Read the feature documents of a span in chunks of rows, each by bucket of event time and segment.

    Who may stop before the end closes it, as its cursor must go before others use the connection.

    Buckets are counted from `origin`, which has whole seconds. Rows of none of `segments` are under no segment.
    """
    text = query("references/read_documents").sql
    params = _span_params(span) | {
        "bucket_seconds": int(bucket.total_seconds()),
        "origin": int(origin.timestamp()),
        "segments": list(segments),
    }
    with connection.cursor(name="documents") as cursor:
        cursor.execute(text, params, binary=True)
        while rows := cursor.fetchmany(chunk):
            parts: dict[tuple[int, str], list[str]] = {}
            for start, segment, document in rows:
                parts.setdefault((start, segment), []).append(document)
            yield {
                Part(datetime.fromtimestamp(start, UTC), segment): documents
                for (start, segment), documents in parts.items()
            }


def _span_params(span: RowSpan) -> dict[str, object]:
    return {
        "model_name": span.only.model,
        "version": span.only.version,
        "environment": span.only.environment,
        "window_start": span.window.start,
        "window_end": span.window.end,
        "low": span.low,
        "high": span.high,
    }


def list_logged_models(connection: Connection, only: ModelFilter, window: TimeWindow) -> list[ModelKey]:
    """Return the models with rows in a span of event time."""
    return [
        key_of(row)
        for row in fetch_all(
            connection,
            "replay/list_models",
            model_name=only.model,
            version=only.version,
            environment=only.environment,
            window_start=window.start,
            window_end=window.end,
        )
    ]


def find_earliest_rows(connection: Connection, key: ModelKey, *, rows: int) -> TimeWindow | None:
    """Return the event times that a model's earliest `rows` rows span; None if it has fewer."""
    row = fetch_one(
        connection,
        "replay/read_earliest_rows",
        model_name=key.model,
        version=key.version,
        environment=key.environment,
        rows=rows,
    )
    if row is None or row.predictions < rows:
        return None
    return TimeWindow(start=row.first_at, end=row.last_at + timedelta(microseconds=1))
