"""Roll up new rows of one model, logged as jsonb and in typed columns, by their number and by their features."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from cost import Cost
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.rollup import Rollup
from driftgauge.jobs.source_reading import SourceOptions
from driftgauge.jobs.sources import SourceJob
from driftgauge.model.window import TimeWindow
from driftgauge.store.source_table import Label, SourceTable
from driftgauge.store.trial_rows import (
    CATEGORICAL,
    NUMERIC,
    analyze,
    drop_typed_rows,
    log_made_rows,
    log_typed_rows,
    make_typed_rows,
)
from growth.course import Aim, Course, Point, point
from growth.place import Place, drain, open_place
from growth.plan import Plan
from report import Report

MODEL: Final = "growing"
VERSION: Final = "1"
BASE_ROWS: Final = 5_000
FEATURES: Final = (20, 5)
HOURS: Final = 1.0
"""New rows are of the last hour, however many: always of two hours and 61 minutes, but at an hour's very beginning."""
AIM_JSONB, AIM_TYPED = 20e-6, 5e-6
COUNTED: Final = "SELECT sum(predictions)::bigint FROM traffic_rollups WHERE version = %s"


def by_rows(dsn: str, report: Report, plan: Plan) -> tuple[Course, Course]:
    """Write the same new rows both ways and read each once, at each size, on a reference that is there."""
    jsonb: list[Point] = []
    typed: list[Point] = []
    with open_place(dsn, "growth_rows") as place:
        log_made_rows(place.connection, model=MODEL, version=VERSION, features=FEATURES, rows=BASE_ROWS, hours=20)
        now = datetime.now(UTC)
        place.freeze(MODEL, window=TimeWindow(start=now - timedelta(days=2), end=now + timedelta(days=1)))
        rollup = Rollup(place.database, RollupOptions(), time.sleep)
        drain(rollup)
        place.vacuum()
        for size in plan.rows:
            rounds = plan.rounds_of(size)
            report.say(f"growth: {size:,} rows, {rounds} × …")
            place.connection.execute("CHECKPOINT")  # so that the room of the log is used again
            first = 0 if rounds == 1 else -1  # a round that is not counted, where that is not all
            done = [_both_ways(place, rollup, size, number) for number in range(first, rounds)]
            jsonb.append(point(size, [one for one, _ in done[-rounds:]]))
            typed.append(point(size, [one for _, one in done[-rounds:]]))
    return (
        Course(
            name="rolling up jsonb",
            size="new rows",
            item="row",
            unit="µs",
            points=tuple(jsonb),
            aim=Aim(each=AIM_JSONB),
        ),
        Course(
            name="reading typed columns",
            size="new rows",
            item="row",
            unit="µs",
            points=tuple(typed),
            aim=Aim(each=AIM_TYPED),
        ),
    )


def roll_up_features(place: Place, model: str, features: tuple[int, int], plan: Plan) -> list[Cost]:
    """Log new rows with so many features, and roll them up, round by round; the first does not count."""
    rollup = Rollup(place.database, RollupOptions(), time.sleep)
    rows = plan.rows_of_features
    costs: list[Cost] = []
    for _ in range(plan.rounds + 1):
        log_made_rows(place.connection, model=model, version=VERSION, features=features, rows=rows, hours=HOURS)
        costs.append(_roll_up(place, rollup, rows))
    return costs[1:]


def _both_ways(place: Place, rollup: Rollup, size: int, number: int) -> tuple[Cost, Cost]:
    """Return what the same rows cost in prediction_logs, and in a table that is read for the first time."""
    table = f"typed_{size}_{number + 1}"
    make_typed_rows(place.connection, table, rows=size, hours=HOURS)
    log_typed_rows(place.connection, table, model=MODEL, version=VERSION)
    analyze(place.connection, table)
    jsonb = _roll_up(place, rollup, size)
    job = SourceJob(place.database, place.foreign, _source(place, table), RollupOptions(), threading.Lock())
    typed = place.cost(lambda: _read(job))
    [(counted,)] = place.connection.execute(COUNTED, (table,)).fetchall()
    if counted != size:
        raise ValueError(f"{size:,} rows were in {table}, {counted} read")
    drop_typed_rows(place.connection, table)
    return jsonb, typed


def _roll_up(place: Place, rollup: Rollup, rows: int) -> Cost:
    """Roll up so many rows, and return what that cost."""
    rolled: list[int] = []
    cost = place.cost(lambda: rolled.append(drain(rollup)))
    if rolled != [rows]:
        raise ValueError(f"{rows:,} rows were logged, {sum(rolled):,} rolled up")
    return cost


def _read(job: SourceJob) -> None:
    job.run()
    while job.behind:
        job.run()


def _source(place: Place, table: str) -> SourceOptions:
    """Return a source whose rows are of a version of their own: a version has one place that it comes from."""
    return SourceOptions(
        table=SourceTable(
            name=table,
            relation=(place.schema, table),
            time="at",
            model=Label(otherwise=MODEL),
            version=Label(otherwise=table),
            features=(*NUMERIC, *CATEGORICAL),
            latency_ms="latency",
        ),
        lookback=timedelta(minutes=10),
        history=timedelta(days=1),
        configured=frozenset({table}),
    )
