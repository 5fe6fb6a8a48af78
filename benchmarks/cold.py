"""Profile a million rows from nothing, beside the bare cost of having Postgres hand the columns over."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from cost import Cost, measure
from data import CATEGORICAL, NUMERIC, extracting_copy, extracting_count, fill, plain_copy, typed_query
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.referencing import freeze, read_logged_rows
from driftgauge.jobs.rollup import Rollup
from driftgauge.model.window import EPOCH, TimeWindow
from driftgauge.profiling.source import ColumnSource, profile_source
from driftgauge.store.columns import open_query, query_session
from driftgauge.store.database import Database
from driftgauge.store.predictions import ModelFilter, RowSpan
from report import Report

SCAN = "SELECT count(*) FROM driftgauge.typed"
REPEATS = 3
AIM_JSONB, AIM_TYPED = 1.3, 1.5


def run(dsn: str, report: Report, *, rows: int) -> None:
    """Fill, measure, print."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET max_parallel_workers_per_gather = 0")
        report.say(f"cold: writing {rows:,} rows × 25 features, typed and jsonb …")
        fill(connection, rows=rows)
        pid = connection.info.backend_pid
        scan = _median(lambda: measure(lambda: connection.execute(SCAN), backend_pid=pid))
        bare = _median(lambda: measure(lambda: _drain(connection, plain_copy()), backend_pid=pid))
        extract = _median(lambda: measure(lambda: _drain(connection, extracting_copy()), backend_pid=pid))
        count = _median(lambda: measure(lambda: connection.execute(extracting_count()), backend_pid=pid))
    database = Database(lambda: dsn, schema="driftgauge", statement_timeout=timedelta())
    try:
        typed = _median(lambda: _profile_typed(database))
        jsonb = _roll_up(database)
    finally:
        database.close()
    columns = np.random.default_rng(1).random((len(NUMERIC) + len(CATEGORICAL), rows))
    memory = _median(lambda: measure(columns.sum))
    figures = [
        (f"memory: {columns.nbytes / 1e6:,.0f} MB, so many numbers, read once by numpy", memory, None, None),
        ("bare sequential scan of the typed relation", scan, None, None),
        ("bare COPY of the typed columns", bare, None, None),
        ("profile of the typed relation", typed, typed.cpu / bare.cpu, AIM_TYPED),
        ("extraction from jsonb, thrown away in Postgres", count, None, None),
        ("extraction from jsonb, COPY drained by psycopg", extract, None, None),
        ("roll-up of jsonb rows (traffic, profiles, watermark)", jsonb, jsonb.cpu / extract.cpu, AIM_JSONB),
        ("  … beside the extraction thrown away", jsonb, jsonb.cpu / count.cpu, None),
    ]
    report.table(
        "cold",
        f"Cold profile of {rows:,} rows × 25 features, CPU-seconds (median of {REPEATS}; the roll-up once)",
        [_row(name, cost, ratio, aim) for name, cost, ratio, aim in figures],
    )


def _row(name: str, cost: Cost, ratio: float | None, aim: float | None) -> dict[str, Any]:
    return {
        "what": name,
        "client CPU s": cost.client,
        "backend CPU s": cost.backend,
        "CPU s": cost.cpu,
        "wall s": cost.wall,
        "ratio": ratio,
        "aim ≤": aim,
    }


def _median(once: Callable[[], Cost]) -> Cost:
    costs = sorted((once() for _ in range(REPEATS)), key=lambda cost: cost.cpu)
    return costs[REPEATS // 2]


def _drain(connection: psycopg.Connection, statement: sql.Composed) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for _ in copy:
            pass


def _profile_typed(database: Database) -> Cost:
    """Freeze the bins of the typed columns and profile every row on them."""
    with query_session(database) as connection:
        return measure(lambda: _profile(open_query(connection, typed_query())), backend_pid=connection.info.backend_pid)


def _profile(source: ColumnSource) -> None:
    profile_source(source, source.kinds)


def _roll_up(database: Database) -> Cost:
    """Roll up everything on a reference frozen from an hour of it."""
    options = RollupOptions()
    with database.transaction() as connection:
        row = connection.execute('SELECT min("timestamp") FROM prediction_logs').fetchone()
        start: datetime = row[0] if row else EPOCH
        only = ModelFilter(model="bench")
        span = RowSpan(only=only, window=TimeWindow(start=start, end=start + timedelta(hours=1)))
        rows = read_logged_rows(connection, span, bucket=options.profile_bucket, options=FeatureOptions())
        freeze(connection, only, rows)
        pid = connection.info.backend_pid
    return measure(Rollup(database, options, time.sleep).run, backend_pid=pid)
