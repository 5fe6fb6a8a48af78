"""Judge an hour of a hundred models: first after a start, with four weeks to read, then as it goes on."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from cost import measure
from driftgauge.anomaly.judging import HISTORY_DAYS
from driftgauge.jobs.anomalies import AnomalyJob, AnomalyOptions
from driftgauge.jobs.metrics import MetricsJob
from driftgauge.store.database import Database
from report import Report

MODELS: Final = 100
METRICS: Final = 5
HOURS: Final = 3
MINUTES: Final = (HISTORY_DAYS + 1) * 24 * 60
FILL: Final = """
INSERT INTO driftgauge.traffic_rollups (
    model_name, version, environment, status, bucket_start, predictions, latency_buckets, latency_sum,
    confidence_count, confidence_sum
)
SELECT
    'model ' || model, '1', 'production', kind.status, %(end)s - make_interval(mins => minute), kind.predictions,
    ARRAY[0, 0, 0, 0, 0, kind.predictions, 0, 0, 0, 0, 0, 0, 0, 0]::bigint[], 0.04 * kind.predictions,
    kind.predictions, 0.9 * kind.predictions
FROM generate_series(1, %(models)s) AS model, generate_series(1, %(minutes)s) AS minute,
     LATERAL (VALUES ('success', 15 + (random() * 5)::int), ('error', 1)) AS kind (status, predictions);
INSERT INTO driftgauge.traffic_totals (
    model_name, version, environment, status, predictions, latency_buckets, first_timestamp, last_timestamp
)
SELECT 'model ' || model, '1', 'production', 'success', 1, '{1}', %(end)s - interval '29 days', %(end)s
FROM generate_series(1, %(models)s) AS model;
SELECT driftgauge.create_partitions(%(end)s - interval '30 days', %(end)s);
INSERT INTO driftgauge.model_metrics (model_name, version, environment, metric_name, metric_value, "timestamp")
SELECT 'model ' || model, '1', 'production', 'metric ' || metric, random(), %(end)s - make_interval(mins => 10 * place)
FROM generate_series(1, %(models)s) AS model, generate_series(1, %(metrics)s) AS metric,
     generate_series(1, %(minutes)s / 10) AS place;
DELETE FROM driftgauge.watermarks WHERE job = 'rollup';
INSERT INTO driftgauge.watermarks (job, system_identifier, compacted_before, horizon_at)
VALUES ('rollup', '1', %(end)s, %(end)s)
"""


def run(dsn: str, report: Report) -> None:
    """Write four weeks of every minute, and judge hour after hour."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    report.say(f"anomaly_cost: writing {MODELS} models × {MINUTES:,} minutes …")
    with psycopg.connect(dsn, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        given = {"end": end, "models": MODELS, "minutes": MINUTES, "metrics": METRICS}
        connection.execute(FILL.encode(), given)
        connection.execute("VACUUM (ANALYZE)")
        size = connection.execute("SELECT pg_size_pretty(pg_table_size('driftgauge.traffic_rollups'))").fetchone()
    assert size is not None  # noqa: S101 - a function has its one row
    database = Database(lambda: dsn, schema="driftgauge", statement_timeout=timedelta(seconds=60))
    job = AnomalyJob(database, lambda _: AnomalyOptions(alpha=0.25), UTC)
    latest = MetricsJob(database)
    costs: list[tuple[float, float]] = []
    try:
        for place in range(HOURS + 1):
            with psycopg.connect(dsn) as connection:
                connection.execute(
                    "UPDATE driftgauge.watermarks SET horizon_at = %s",
                    (end - timedelta(hours=HOURS - place) + timedelta(minutes=6),),
                )
            cost = measure(job.run)
            costs.append((cost.wall, cost.client))
        again = measure(job.run)
        told = [measure(latest.run) for _ in range(HOURS)]
    finally:
        database.close()
    hourly = [statistics.median(one) for one in zip(*costs[1:], strict=True)]
    lines = [
        ("the first hour after a start, with all that was before", *costs[0]),
        ("each hour from then on", *hourly),
        ("each minute in between", again.wall, again.client),
        (
            "the latest value of each logged metric",
            *(statistics.median(x) for x in zip(*((c.wall, c.client) for c in told), strict=True)),
        ),
    ]
    report.table(
        "anomaly_cost",
        f"{MODELS} models with {METRICS} logged metrics each, every minute of {HISTORY_DAYS} days ({size[0]}): seconds",
        [
            {"what": what, "wall": wall, "exporter's CPU": client, "ratio": wall / hourly[0]}
            for what, wall, client in lines
        ],
    )
