"""Check the newest rows of an hour: how distinct twenty long texts are, beside how many rows repeat another."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import psycopg

from cost import measure
from driftgauge.jobs.quality import HISTORY, MOST_TEXTS, NEWEST_ROWS
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow
from driftgauge.quality.distinct import DISTINCT, SIZES, DistinctCount
from driftgauge.store.database import Database
from driftgauge.store.quality import count_distinct, count_repeats, read_distinct
from report import Report

KEY: Final = ModelKey(model="tickets", version="unversioned", environment="production")
HOUR: Final = timedelta(hours=1)
ROWS: Final = 20_000
RUNS: Final = 7
TEXTS: Final = tuple(f"text {place}" for place in range(1, MOST_TEXTS + 1))
HOUR_OF_TEXTS: Final = """
INSERT INTO driftgauge.prediction_logs (model_name, latency_ms, features, "timestamp")
SELECT
    %(model)s, 5,
    (
        SELECT jsonb_object_agg('text ' || i, (
            SELECT string_agg(to_hex((random() * 1e7)::int), ' ')
            FROM generate_series(1, 60) AS word
            WHERE place > 0 AND i > 0
        ))
        FROM generate_series(1, %(texts)s) AS i
        WHERE place > 0
    ),
    date_trunc('hour', now()) - interval '1 hour' * (place::float8 / %(rows)s)
FROM generate_series(1, %(rows)s) AS place
"""
PAST: Final = """
INSERT INTO driftgauge.data_quality_results (
    model_name, version, environment, check_name, feature_name, verdict, reason, value, rows, window_start, window_end
)
SELECT
    %(model)s, %(version)s, %(environment)s, %(check)s, 'text ' || i, 'sound', repeat('why ', 30), 0.9, %(size)s,
    past.at - interval '1 hour', past.at
FROM
    generate_series(1, %(texts)s) AS i, generate_series(1, 28 * 24 - 1) AS hour,
    LATERAL (SELECT date_trunc('hour', now()) - make_interval(hours => hour) AS at) AS past
"""


def run(dsn: str, report: Report) -> None:
    """Write an hour of long texts and four weeks of what was found in them, and do each check repeatedly."""
    report.say(f"quality: writing an hour of {ROWS:,} rows with {MOST_TEXTS} texts …")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(HOUR_OF_TEXTS, {"model": KEY.model, "rows": ROWS, "texts": MOST_TEXTS})
        of = {"model": KEY.model, "version": KEY.version, "environment": KEY.environment, "check": DISTINCT}
        connection.execute(PAST, {**of, "size": SIZES[-1], "texts": MOST_TEXTS})
        connection.execute("VACUUM (ANALYZE)")
        row = connection.execute(
            "SELECT date_trunc('hour', now()), avg(length(features::text))::int FROM driftgauge.prediction_logs"
            " WHERE model_name = %s",
            (KEY.model,),
        ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has its one row
    window, before = TimeWindow(start=row[0] - HOUR, end=row[0]), TimeWindow(start=row[0] - HISTORY, end=row[0])
    like = {text: [DistinctCount(distinct=size, rows=size) for size in SIZES] for text in TEXTS}
    checks: dict[str, Callable[[psycopg.Connection], object]] = {
        "rows that repeat another": lambda c: count_repeats(c, KEY, window, most=NEWEST_ROWS),
        "distinct values of 1 text": lambda c: count_distinct(c, KEY, window, TEXTS[:1], most=NEWEST_ROWS),
        f"distinct values of {MOST_TEXTS} texts": lambda c: count_distinct(c, KEY, window, TEXTS, most=NEWEST_ROWS),
        f"what was found before, of {MOST_TEXTS} texts": lambda c: read_distinct(c, KEY, like, over=before),
    }
    database = Database(lambda: dsn, schema="driftgauge")
    try:
        with database.transaction(read_only=True) as connection:
            found = {name: _wall(connection, check) for name, check in checks.items()}
    finally:
        database.close()
    repeats = found["rows that repeat another"]
    report.table(
        "quality",
        f"{NEWEST_ROWS:,} documents of {row[1]:,} characters (median of {RUNS})",
        [{"what": name, "wall ms": 1000 * wall, "ratio": wall / repeats} for name, wall in found.items()],
    )


def _wall(connection: psycopg.Connection, check: Callable[[psycopg.Connection], object]) -> float:
    return statistics.median(measure(lambda: check(connection)).wall for _ in range(RUNS))
