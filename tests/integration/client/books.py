"""What the tests ask of a logger's books and of the tables, and how figures are printed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow, dict_row

from driftgauge.client import Drop, PredictionLogger, Stats


def balanced(logger: PredictionLogger) -> Stats:
    """Return the books of a logger on which no call is under way; they must balance, and none be below zero."""
    stats = logger.stats()
    counts = (stats.queued, stats.spooled, stats.stored, *stats.dropped.values())
    assert stats.accepted == sum(counts), stats
    assert min(counts) >= 0, stats
    return stats


def dropped(stats: Stats) -> dict[Drop, int]:
    """Return the reasons that occurred."""
    return {reason: rows for reason, rows in stats.dropped.items() if rows}


def select(dsn: str, statement: LiteralString) -> list[dict[str, Any]]:
    """Return the rows of a query, asked as the superuser."""
    with psycopg.Connection[DictRow].connect(dsn, row_factory=dict_row, autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def stored_ids(dsn: str) -> list[str]:
    """Return the id of every prediction that is stored, in hexadecimal; one stored twice is twice in it."""
    return [row["id"].hex for row in select(dsn, "SELECT id FROM driftgauge.prediction_logs")]


def spread(seconds: Sequence[float]) -> str:
    """Return the middle, the 99th percentile and the largest of some durations, in words."""
    percentiles = statistics.quantiles(seconds, n=100)
    middle, late, largest = percentiles[49] * 1e6, percentiles[98] * 1e6, max(seconds) * 1e6
    return f"p50 {middle:.1f} µs, p99 {late:.1f} µs, max {largest:,.0f} µs"


def percentile(seconds: Sequence[float], percent: int) -> float:
    """Return a percentile of some durations."""
    return statistics.quantiles(seconds, n=100)[percent - 1]


def report(figures: str) -> None:
    """Print what was measured, which `pytest -s` or `-rP` shows."""
    print(f"\n{figures}")  # noqa: T201 - figures are a result of these tests
