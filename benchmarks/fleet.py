"""A thousand models of 25 features each: what a cycle takes, how many series come out, what a scrape costs."""

from __future__ import annotations

import time
from typing import Any, Final

import psycopg

from exporting import Exporter, running_exporter
from report import Report

MODELS: Final = 1_000
REFERENCE_ROWS: Final = 2_000
CURRENT_ROWS: Final = 600
FED_A_SECOND: Final = 1_000
MINUTES: Final = 6
SCRAPES: Final = 100
AIM_CYCLE, AIM_SERIES, AIM_SCRAPE_MS, AIM_MB = 30.0, 100_000, 5.0, 1_024.0
SETTINGS: Final[dict[str, Any]] = {
    # A minute instead of an hour, so that every cycle of a minute has a new window to judge of every model.
    "rollup": {"profile_bucket": "1m"},
    "drift": {"every": "1m", "window": "1h"},
    "limits": {"max_series": 1_000_000},
}
FILL: Final = """
INSERT INTO driftgauge.prediction_logs (model_name, version, latency_ms, confidence, features, "timestamp")
SELECT
    'model-' || model, '1', 5 + random() * 50, random(),
    (SELECT jsonb_object_agg('feature_' || i, random() + i + place * 0) FROM generate_series(1, 20) AS i)
    || (SELECT jsonb_object_agg('category_' || i, 'level ' || ((place + i) %% 5)) FROM generate_series(1, 5) AS i),
    %(from)s::timestamptz + (%(to)s::timestamptz - %(from)s::timestamptz) * (place::float8 / %(rows)s)
FROM generate_series(%(first)s::int, %(last)s::int) AS model, generate_series(1, %(rows)s::int) AS place
"""


def run(dsn: str, report: Report, *, models: int = MODELS, minutes: int = MINUTES) -> None:
    """Fill, run the exporter on it under traffic, and read what it says of itself."""
    report.say(f"fleet: writing {models:,} models, {REFERENCE_ROWS + CURRENT_ROWS:,} rows each …")
    with psycopg.connect(dsn, autocommit=True) as connection:
        _fill(connection, models, "now() - interval '7 days'", "now() - interval '6 days'", REFERENCE_ROWS)
        _fill(connection, models, "now() - interval '61 minutes'", "now() - interval '1 minute'", CURRENT_ROWS)
        connection.execute("VACUUM (ANALYZE) driftgauge.prediction_logs")
        with running_exporter(dsn, SETTINGS) as exporter:
            report.say("fleet: rolling up what was written, and freezing references …")
            began = time.perf_counter()
            while sum(exporter.values("ml_drift_window_rows", "model").values()) < models * CURRENT_ROWS / 2:
                time.sleep(1)
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


def _fill(connection: psycopg.Connection, models: int, start: str, end: str, rows: int) -> None:
    for first in range(1, models + 1, 50):
        [[begin, finish]] = connection.execute(f"SELECT {start}, {end}".encode()).fetchall()
        span = {"from": begin, "to": finish, "rows": rows, "first": first, "last": min(first + 49, models)}
        connection.execute(FILL, span)


def _watch(connection: psycopg.Connection, exporter: Exporter, models: int, minutes: int) -> dict[str, list[float]]:
    """Feed a second's rows each second; return how long each run of each job took that was seen."""
    durations: dict[str, list[float]] = {}
    runs: dict[str, float] = {}
    began = time.perf_counter()
    fed = 0
    while time.perf_counter() - began < minutes * 60:
        if fed <= time.perf_counter() - began:
            _fill(connection, models, "now() - interval '1 second'", "now()", max(1, FED_A_SECOND // models))
            fed += 1
        took = exporter.values("driftgauge_job_duration_seconds", "job")
        for job, count in exporter.values("driftgauge_job_runs_total", "job").items():
            if runs.get(job) != count and job in took:
                durations.setdefault(job, []).append(took[job])
                runs[job] = count
        time.sleep(0.2)
    return durations


def _scrape(exporter: Exporter) -> float:
    """Return the CPU milliseconds of a scrape above what the exporter spends meanwhile, in jobs, without one."""
    began, before = time.perf_counter(), exporter.cpu()
    for _ in range(SCRAPES):
        exporter.scrape()
    span, spent = time.perf_counter() - began, exporter.cpu() - before
    before = exporter.cpu()
    time.sleep(span)
    return max(spent - (exporter.cpu() - before), 0.0) / SCRAPES * 1000
