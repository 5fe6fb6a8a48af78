"""Traffic roll-ups by minute, and the totals that outlive every retention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from driftgauge.model.identity import ModelKey
from driftgauge.model.traffic import TrafficSummary
from driftgauge.store.execute import Connection, execute_rows, fetch_all
from driftgauge.store.keys import key_of

SUMMARISED: Final = tuple(field.name for field in fields(TrafficSummary))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficBucket:
    """Where a summary of traffic is added."""

    key: ModelKey
    status: str
    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficTotal:
    """Everything ever counted of one model and status; times are epoch seconds of event time."""

    key: ModelKey
    status: str
    predictions: int
    latency_buckets: tuple[int, ...]
    latency_sum: float
    first_at: float
    last_at: float


def add_traffic(connection: Connection, summaries: Mapping[TrafficBucket, TrafficSummary]) -> None:
    """Add summaries to their minutes."""
    execute_rows(
        connection,
        "traffic/add_rollups",
        [
            minute_params(bucket, summary)
            for bucket, summary in sorted(summaries.items(), key=lambda item: _order(item[0]))
        ],
    )


def add_totals(connection: Connection, totals: list[TrafficTotal]) -> None:
    """Add to the totals by model and status."""
    execute_rows(
        connection,
        "traffic/add_totals",
        [
            _identity(total.key, total.status)
            | {
                "predictions": total.predictions,
                "latency_buckets": list(total.latency_buckets),
                "latency_sum": total.latency_sum,
                "first_at": total.first_at,
                "last_at": total.last_at,
            }
            for total in totals
        ],
    )


def read_totals(connection: Connection) -> list[TrafficTotal]:
    """Read every model's totals."""
    return [
        TrafficTotal(
            key=key_of(row),
            status=row.status,
            predictions=row.predictions,
            latency_buckets=tuple(row.latency_buckets),
            latency_sum=row.latency_sum,
            first_at=row.first_at,
            last_at=row.last_at,
        )
        for row in fetch_all(connection, "traffic/read_totals")
    ]


def read_statuses(connection: Connection) -> dict[ModelKey, set[str]]:
    """Read by which statuses each model was ever counted."""
    return {key_of(row): set(row.statuses) for row in fetch_all(connection, "traffic/read_statuses")}


def read_mean_confidence(connection: Connection) -> dict[ModelKey, float]:
    """Read each model's mean confidence over the last hour of traffic; models without one are left out."""
    return {
        key_of(row): row.confidence_sum / row.confidence_count
        for row in fetch_all(connection, "traffic/read_confidence")
    }


def minute_params(bucket: TrafficBucket, summary: TrafficSummary) -> dict[str, object]:
    """Return the row of a minute, as queries take it."""
    return place_params(bucket) | {column: getattr(summary, column) for column in SUMMARISED}


def place_params(bucket: TrafficBucket) -> dict[str, object]:
    """Return where a minute is kept, as queries take it."""
    return _identity(bucket.key, bucket.status) | {"bucket_start": bucket.start}


def _identity(key: ModelKey, status: str) -> dict[str, object]:
    return {"model_name": key.model, "version": key.version, "environment": key.environment, "status": status}


def _order(bucket: TrafficBucket) -> tuple[ModelKey, datetime, str]:
    return bucket.key, bucket.start, bucket.status
