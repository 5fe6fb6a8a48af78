"""A thousand models of 25 features each: what a cycle takes, how many series come out, what a scrape costs."""

from __future__ import annotations

import time
from statistics import median
from typing import Any, Final

import psycopg

from exporting import Exporter, running_exporter, values_of
from report import Report

MODELS: Final = 1_000
REFERENCE_DAYS: Final = 14
REFERENCE_AN_HOUR: Final = 6
CURRENT_HOURS: Final = 24
CURRENT_AN_HOUR: Final = 25
FED_A_SECOND: Final = 1_000
MINUTES: Final = 6
SCRAPES: Final = 100
LOOK_EVERY: Final = 5.0  # seconds: reading hundreds of thousands of series takes a processor for a while
AIM_CYCLE, AIM_SERIES, AIM_SCRAPE_MS, AIM_MB = 30.0, 100_000, 5.0, 1_024.0
SETTINGS: Final[dict[str, Any]] = {"limits": {"max_series": 1_000_000}}
FILL: Final = """
INSERT INTO driftgauge.prediction_logs (model_name, version, latency_ms, confidence, features, "timestamp")
SELECT
    'model-' || model, '1', 5 + random() * 50, random(),
    (SELECT jsonb_object_agg('feature_' || i, random() + i + place * 0) FROM generate_series(1, 20) AS i)
    || (
        SELECT jsonb_object_agg('category_' || i, 'level ' || floor(random() * 5 + place * 0))
        FROM generate_series(1, 5) AS i
    ),
    date_trunc('hour', now()) - make_interval(hours => hour) + random() * interval '1 minute'
FROM
    generate_series(%(first)s::int, %(last)s::int) AS model,
    generate_series(%(newest)s::int, %(oldest)s::int) AS hour,
    generate_series(1, %(rows)s::int) AS place
"""


def run(dsn: str, report: Report, *, models: int = MODELS, minutes: int = MINUTES) -> None:
    """Fill, run the exporter on it under traffic, and read what it says of itself."""
    before = REFERENCE_DAYS * 24 + CURRENT_HOURS
    report.say(f"fleet: writing {models:,} models, {before} hours each …")
    with psycopg.connect(dsn, autocommit=True) as connection:
        _fill(connection, models, range(CURRENT_HOURS + 1, before + 1), REFERENCE_AN_HOUR)
        _fill(connection, models, range(1, CURRENT_HOURS + 1), CURRENT_AN_HOUR)
        connection.execute("VACUUM (ANALYZE) driftgauge.prediction_logs")
        with running_exporter(dsn, SETTINGS) as exporter:
            report.say("fleet: rolling up what was written, and freezing references …")
            began = time.perf_counter()
            while len(exporter.values("ml_drift_window_rows", "model")) < models:
                time.sleep(LOOK_EVERY)
            first = time.perf_counter() - began
            report.say(f"fleet: {minutes} minutes of {FED_A_SECOND:,} predictions a second …")
            durations = _watch(connection, exporter, models, minutes)
            series = exporter.values("driftgauge_series")[""]
            render = exporter.values("driftgauge_snapshot_render_seconds")[""]
            scrape = _scrape(exporter)
            peak = exporter.peak()
    report.table(
        "fleet_jobs",
        f"{models:,} models × 25 features under {FED_A_SECOND:,} a second: the runs of jobs that were seen, s",
        [
            {"job": job, "runs seen": len(took), "longest": max(took), "last": took[-1]}
            for job, took in sorted(durations.items(), key=lambda each: -max(each[1]))
        ],
    )
    cycle = max(durations["drift"])
    report.table(
        "fleet",
        f"{models:,} models × 25 features × the default tests",
        [
            {"what": "from nothing until every model is judged, s", "figure": first, "aim": None},
            {"what": "longest judgement of all models, s", "figure": cycle, "aim": f"≤ {AIM_CYCLE:g}"},
            {"what": "series", "figure": series, "aim": f"≥ {AIM_SERIES:,}"},
            {"what": "rendering, once a cycle, s", "figure": render, "aim": None},
            {"what": "CPU of a scrape, ms", "figure": scrape, "aim": f"≤ {AIM_SCRAPE_MS:g}"},
            {"what": "exporter's most memory, MB", "figure": peak, "aim": f"≤ {AIM_MB:g}"},
        ],
    )


def _fill(connection: psycopg.Connection, models: int, hours: range, rows: int) -> None:
    """Write as many rows of each model in the first minute of each of the hours, counted back from this one."""
    for first in range(1, models + 1, 50):
        span = {"newest": hours[0], "oldest": hours[-1], "rows": rows}
        connection.execute(FILL, span | {"first": first, "last": min(first + 49, models)})


def _watch(connection: psycopg.Connection, exporter: Exporter, models: int, minutes: int) -> dict[str, list[float]]:
    """Feed a second's rows each second; return how long each run of each job took that was seen.

    The rows are late, of the last closed hour: so each look finds a window of every model that it must judge again.
    """
    durations: dict[str, list[float]] = {}
    runs: dict[str, float] = {}
    began = time.perf_counter()
    fed, looked = 0, 0.0
    while time.perf_counter() - began < minutes * 60:
        if fed <= time.perf_counter() - began:
            _fill(connection, models, range(1, 2), max(1, FED_A_SECOND // models))
            fed += 1
        if looked + LOOK_EVERY <= time.perf_counter() - began:
            looked = time.perf_counter() - began
            page = exporter.page()
            took = values_of(page, "driftgauge_job_duration_seconds", "job")
            for job, count in values_of(page, "driftgauge_job_runs_total", "job").items():
                if runs.get(job) != count and job in took:
                    durations.setdefault(job, []).append(took[job])
                    runs[job] = count
        time.sleep(0.1)
    return durations


def _scrape(exporter: Exporter) -> float:
    """Return the CPU milliseconds of a scrape, the median: those during which a job runs as well are dearer."""
    costs: list[float] = []
    for _ in range(SCRAPES):
        before = exporter.cpu()
        exporter.fetch()
        costs.append(exporter.cpu() - before)
    return median(costs) * 1000
