"""Judge windows of an hour, a day and a month: the cost should hardly grow."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from typing import Final

import psycopg

from cost import measure
from driftgauge.config.settings import DEFAULT_TESTS
from driftgauge.drift.policy import PolicySettings
from driftgauge.drift.two_sample import TwoSample
from driftgauge.jobs.drift import DriftJob
from driftgauge.jobs.judging import DriftOptions
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.rollup import Rollup
from driftgauge.store.database import Database
from report import Report

WINDOWS: Final = {"1 h": timedelta(hours=1), "24 h": timedelta(hours=24), "30 d": timedelta(days=30)}
RUNS: Final = 21
AIM: Final = 1.5
ROWS_AN_HOUR: Final = 500
POLICY: Final = PolicySettings(
    tests=DEFAULT_TESTS, minimum_rows=200, alarms_per_30_days=1.0, judgements_per_30_days=720.0
)
MONTH = """
INSERT INTO driftgauge.prediction_logs (model_name, latency_ms, confidence, features, "timestamp")
SELECT
    'month', 5, random(),
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
    """Fill a month, roll it up, and judge each window repeatedly."""
    rows = 31 * 24 * ROWS_AN_HOUR
    report.say(f"cycle: writing and rolling up a month of {ROWS_AN_HOUR} rows an hour …")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(MONTH, {"rows": rows})
    database = Database(lambda: dsn, schema="driftgauge")
    try:
        Rollup(database, RollupOptions(), time.sleep).run()
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE) driftgauge.profile_rollups")
        figures = {name: _judge(database, width) for name, width in WINDOWS.items()}
    finally:
        database.close()
    shortest = figures["1 h"][1]
    report.table(
        "cycle",
        f"One judgement of 25 features × {len(DEFAULT_TESTS)} tests, results written (median of {RUNS})",
        [
            {
                "window": name,
                "rows judged": judged,
                "wall ms": seconds * 1000,
                "of the 1 h window": seconds / shortest,
                "aim ≤": AIM,
            }
            for name, (judged, seconds) in figures.items()
        ],
    )


def _judge(database: Database, width: timedelta) -> tuple[int, float]:
    job = DriftJob(
        database,
        TwoSample(),
        lambda _: DriftOptions(window=width, policy=POLICY),
        timedelta(hours=1),
    )
    job.run()  # the reference and its bins are read once in a process' life
    walls: list[float] = []
    rows = 0
    for _ in range(RUNS):
        [standing] = [standing for key, standing in job.standings.items() if key.model == "month"]
        rows = standing.verdict.rows
        job.standings = {}
        walls.append(measure(job.run).wall)
    return rows, statistics.median(walls)
