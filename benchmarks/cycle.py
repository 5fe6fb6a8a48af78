"""Judge windows of an hour, a day and a month, whose cost should hardly grow, and a model with segments."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from cost import measure
from driftgauge.app.judging_settings import drift_options, policy
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.config.settings import Settings
from driftgauge.jobs.drift import DriftJob
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.reference_setting import freeze_span, put_in_force
from driftgauge.jobs.rollup import Rollup
from driftgauge.model.window import closed_window
from driftgauge.store.database import Database
from driftgauge.store.predictions import ModelFilter, RowSpan
from report import Report
from storage import weigh

MODEL: Final = "month"
PARTED: Final = "month of segments"
SEGMENTS: Final = 5
WINDOWS: Final = {"1 h": timedelta(hours=1), "24 h": timedelta(hours=24), "30 d": timedelta(days=30)}
HOUR: Final = timedelta(hours=1)
REFERENCE: Final = timedelta(days=28)
RUNS: Final = 21
AIM: Final = 1.5
ROWS_AN_HOUR: Final = 500
MONTH = """
INSERT INTO driftgauge.prediction_logs (model_name, segment, latency_ms, confidence, features, "timestamp")
SELECT
    %(model)s, 'segment ' || place %% nullif(%(segments)s, 0), 5, random(),
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
    report.say(f"cycle: writing and rolling up a month of {ROWS_AN_HOUR} rows an hour, twice …")
    database = Database(lambda: dsn, schema="driftgauge")
    try:
        rolled = {MODEL: _fill(dsn, database, MODEL, 0)}
        figures = {name: _judge(database, MODEL, width) for name, width in WINDOWS.items()}
        rolled[PARTED] = _fill(dsn, database, PARTED, SEGMENTS)
        parted = _judge(database, PARTED, WINDOWS["24 h"])
        with psycopg.connect(dsn, autocommit=True) as connection:
            kept = weigh(connection, MODEL)
    finally:
        database.close()
    whole = figures["24 h"]
    report.table(
        "segments",
        f"A model of 25 features with {SEGMENTS} segments, and one without: windows of 24 h",
        [
            {
                "model": name,
                "rolling up, s": rolled[name].wall,
                "× without": rolled[name].wall / rolled[MODEL].wall,
                "profiles, kB a day": rolled[name].kilobytes,
                "× without ": rolled[name].kilobytes / rolled[MODEL].kilobytes,
                "judging, ms": judged["wall ms"],
                "× without  ": judged["wall ms"] / whole["wall ms"],
            }
            for name, judged in ((MODEL, whole), (PARTED, parted))
        ],
    )
    report.table("storage", f"What is kept of a model of 25 features and {ROWS_AN_HOUR} rows an hour", kept)
    shortest = figures["1 h"]["wall ms"]
    report.table(
        "cycle",
        f"One judgement of 25 features × {len(DEFAULT_TESTS)} tests, results written (median of {RUNS})",
        [
            {"window": name, **found, "of the 1 h window": found["wall ms"] / shortest, "aim ≤": AIM}
            for name, found in figures.items()
        ],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filled:
    """How long a month took to be rolled up on its reference, and the size of a day's profiles."""

    wall: float
    kilobytes: float


def _fill(dsn: str, database: Database, model: str, segments: int) -> _Filled:
    options = RollupOptions()
    window = closed_window(datetime.now(UTC), width=REFERENCE, bucket=HOUR)
    month = RowSpan(only=ModelFilter(model=model), window=window)
    rollup = Rollup(database, options, time.sleep)
    rollup.run()  # what others have left is not to be measured
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(MONTH, {"model": model, "rows": 31 * 24 * ROWS_AN_HOUR, "segments": segments})
        frozen = freeze_span(database, month, options=FeatureOptions(), bucket=HOUR)
        put_in_force(database, month.only, frozen, options)
        wall = measure(rollup.run).wall
        connection.execute("VACUUM (ANALYZE) driftgauge.profile_rollups")
        found = connection.execute(
            "SELECT sum(length(profile)) / 31 / 1e3 FROM driftgauge.profile_rollups WHERE model_name = %s", (model,)
        ).fetchall()
    return _Filled(wall=wall, kilobytes=float(found[0][0]))


def _judge(database: Database, model: str, width: timedelta) -> dict[str, float]:
    settings = Settings()
    options = replace(drift_options(settings, model), window=width)
    job = DriftJob(database, policy(settings), lambda _: options, HOUR)
    first = measure(job.run).wall  # the reference is read, and learned from, once in a process' life
    walls: list[float] = []
    rows = 0
    for _ in range(RUNS):
        [standing] = [one for key, one in job.standings.items() if key.model == model and not key.segment]
        rows = standing.rows
        job.standings = {key: one for key, one in job.standings.items() if key.model != model}
        walls.append(measure(job.run).wall)
    return {"rows judged": rows, "first, ms": first * 1000, "wall ms": statistics.median(walls) * 1000}
