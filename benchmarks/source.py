"""Read a source of a million typed rows for the first time, and then once more, beside a bare COPY of its columns."""

from __future__ import annotations

import threading
from datetime import timedelta

import psycopg

from cost import Cost, measure
from data import CATEGORICAL, NUMERIC, fill, plain_copy
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.source_reading import SourceOptions
from driftgauge.jobs.sources import SourceJob
from driftgauge.store.database import Database
from driftgauge.store.source_table import Label, SourceTable
from report import Report

TABLE = SourceTable(
    name="bench",
    relation=("driftgauge", "typed"),
    time="at",
    model=Label(otherwise="bench_source"),
    features=(*NUMERIC, *CATEGORICAL),
)


def run(dsn: str, report: Report, *, rows: int) -> None:
    """Fill where that is not done yet, measure, print."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('driftgauge.typed')").fetchone() == (None,):
            report.say(f"source: writing {rows:,} rows × 25 features …")
            fill(connection, rows=rows)
        connection.execute("CREATE INDEX ON driftgauge.typed (at)")
        bare = measure(lambda: _drain(connection), backend_pid=connection.info.backend_pid)
    database = Database(lambda: dsn, schema="driftgauge")
    foreign = Database(lambda: dsn, schema="pg_catalog", foreign=True)
    options = SourceOptions(
        table=TABLE,
        lookback=timedelta(minutes=10),
        history=timedelta(days=2),
        configured=frozenset({TABLE.name}),
    )
    job = SourceJob(database, foreign, options, RollupOptions(), threading.Lock())
    try:
        with foreign.transaction(read_only=True) as session:
            pid = session.info.backend_pid
        first = measure(lambda: _drain_job(job), backend_pid=pid)
        again = measure(job.run, backend_pid=pid)
    finally:
        database.close()
        foreign.close()
    report.table(
        "source",
        f"A source of {rows:,} rows × 25 features in 20 hours: CPU-seconds of the exporter and the source's backend",
        [
            _row("bare COPY of the columns", bare, None),
            _row("first reading: traffic, reference, profiles, by bucket", first, first.cpu / bare.cpu),
            _row("one more, of which nothing is new: the last one or two hours", again, again.cpu / bare.cpu),
        ],
    )


def _row(name: str, cost: Cost, ratio: float | None) -> dict[str, object]:
    return {"what": name, "CPU s": cost.cpu, "wall s": cost.wall, "ratio": ratio}


def _drain(connection: psycopg.Connection) -> None:
    with connection.cursor() as cursor, cursor.copy(plain_copy()) as copy:
        for _ in copy:
            pass


def _drain_job(job: SourceJob) -> None:
    job.run()
    while job.behind:
        job.run()
