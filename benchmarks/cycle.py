"""Judge windows of an hour, a day and a month: the cost should hardly grow."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from cost import measure
from driftgauge.app.settings import drift_options, policy
from driftgauge.config.settings import DEFAULT_TESTS, Settings
from driftgauge.jobs.drift import DriftJob
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.reference_setting import freeze_span, put_in_force
from driftgauge.jobs.rollup import Rollup
from driftgauge.model.window import closed_window
from driftgauge.store.database import Database
from driftgauge.store.predictions import ModelFilter, RowSpan
from report import Report

MODEL: Final = "month"
WINDOWS: Final = {"1 h": timedelta(hours=1), "24 h": timedelta(hours=24), "30 d": timedelta(days=30)}
HOUR: Final = timedelta(hours=1)
REFERENCE: Final = timedelta(days=28)
RUNS: Final = 21
AIM: Final = 1.5
ROWS_AN_HOUR: Final = 500
MONTH = """
INSERT INTO driftgauge.prediction_logs (model_name, latency_ms, confidence, features, "timestamp")
SELECT
    %(model)s, 5, random(),
    (
        SELECT jsonb_object_agg('feature_' || i, random() * i + place %% 7)
        FROM generate_series(1, 20) AS i
    ) || (
        SELECT jsonb_object_agg('category_' || i, 'level ' || ((place + i) %% 5))
        FROM generate_series(1, 5) AS i
    ),
    now() - interval '31 days' * (1 - place::float8 / %(rows)s)
FROM generate_series(1, %(rows)s) AS place
"""


def run(dsn: str, report: Report) -> None:
    """Fill a month, most of it the reference, roll it up, and judge each window repeatedly by the default policy."""
    rows = 31 * 24 * ROWS_AN_HOUR
    report.say(f"cycle: writing and rolling up a month of {ROWS_AN_HOUR} rows an hour …")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(MONTH, {"model": MODEL, "rows": rows})
    database = Database(lambda: dsn, schema="driftgauge")
    try:
        options = RollupOptions()
        window = closed_window(datetime.now(UTC), width=REFERENCE, bucket=HOUR)
        month = RowSpan(only=ModelFilter(model=MODEL), window=window)
        frozen = freeze_span(database, month, options=FeatureOptions(), bucket=HOUR)
        put_in_force(database, month.only, frozen, options)
        Rollup(database, options, time.sleep).run()
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE) driftgauge.profile_rollups")
        figures = {name: _judge(database, width) for name, width in WINDOWS.items()}
    finally:
        database.close()
    shortest = figures["1 h"]["wall ms"]
    report.table(
        "cycle",
        f"One judgement of 25 features × {len(DEFAULT_TESTS)} tests, results written (median of {RUNS})",
        [
            {"window": name, **found, "of the 1 h window": found["wall ms"] / shortest, "aim ≤": AIM}
            for name, found in figures.items()
        ],
    )


def _judge(database: Database, width: timedelta) -> dict[str, float]:
    settings = Settings()
    options = replace(drift_options(settings, MODEL), window=width)
    job = DriftJob(database, policy(settings), lambda _: options, HOUR)
    first = measure(job.run).wall  # the reference is read, and learned from, once in a process' life
    walls: list[float] = []
    rows = 0
    for _ in range(RUNS):
        [standing] = [standing for key, standing in job.standings.items() if key.model == MODEL]
        rows = standing.verdict.rows
        job.standings = {}
        walls.append(measure(job.run).wall)
    return {"rows judged": rows, "first, ms": first * 1000, "wall ms": statistics.median(walls) * 1000}
