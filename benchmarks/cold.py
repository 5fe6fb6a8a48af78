"""Profile a million rows from nothing, beside the bare cost of having Postgres hand the columns over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from cost import Cost, measure
from data import extracting_copy, extracting_count, fill, plain_copy
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.referencing import freeze, read_logged_rows
from driftgauge.jobs.rollup import Rollup
from driftgauge.model.bins import BinLayout
from driftgauge.model.profile import ModelProfile
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from driftgauge.store.columns import read_query
from driftgauge.store.database import Database
from driftgauge.store.predictions import ModelFilter, RowSpan
from report import Report

REPEATS = 3
AIM_JSONB, AIM_TYPED = 1.3, 1.5
TYPED_QUERY = "SELECT {} FROM driftgauge.typed"


def run(dsn: str, report: Report, *, rows: int) -> None:
    """Fill, measure, print."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET max_parallel_workers_per_gather = 0")
        report.say(f"cold: writing {rows:,} rows × 25 features, typed and jsonb …")
        fill(connection, rows=rows)
        pid = connection.info.backend_pid
        bare = _median(lambda: measure(lambda: _drain(connection, plain_copy()), backend_pid=pid))
        extract = _median(lambda: measure(lambda: _drain(connection, extracting_copy()), backend_pid=pid))
        count = _median(lambda: measure(lambda: connection.execute(extracting_count()), backend_pid=pid))
        typed = _median(lambda: measure(lambda: _profile_typed(connection), backend_pid=pid))
    jsonb = _roll_up(dsn)
    figures = [
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


def _profile_typed(connection: psycopg.Connection) -> ModelProfile:
    raise NotImplementedError


def _roll_up(dsn: str) -> Cost:
    """Roll up everything on a reference frozen from an hour of it."""
    database = Database(lambda: dsn, schema="driftgauge")
    try:
        with database.transaction() as connection:
            row = connection.execute('SELECT min("timestamp") AS a, min("timestamp") + interval \'1 hour\' AS b FROM prediction_logs').fetchone()
            assert row is not None  # noqa: S101 - an aggregate has its one row
            only = ModelFilter(model="bench")
            span = RowSpan(only=only, window=TimeWindow(start=row[0], end=row[1]))
            options = RollupOptions()
            freeze(connection, only, read_logged_rows(connection, span, bucket=options.profile_bucket, options=FeatureOptions()))
            pid = connection.info.backend_pid
        rollup = Rollup(database, options, time.sleep)
        return measure(rollup.run, backend_pid=pid)
    finally:
        database.close()
