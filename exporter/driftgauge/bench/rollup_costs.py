"""How fast new rows are rolled up: features as jsonb in `prediction_logs`, and a column a feature in a source."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from driftgauge.bench.place import FEATURES, Place
from driftgauge.bench.plan import MILLION, Plan
from driftgauge.bench.timing import seconds
from driftgauge.costs.figures import RollupCost, RowKind
from driftgauge.costs.growth import fit_growth
from driftgauge.costs.spread import spread
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.reference_setting import freeze_span, put_in_force
from driftgauge.jobs.rollup import Rollup
from driftgauge.jobs.source_reading import SourceOptions
from driftgauge.jobs.sources import SourceJob
from driftgauge.model.identity import ModelKey
from driftgauge.model.reference import reference_for
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.documents import read_written
from driftgauge.store.database import Database
from driftgauge.store.horizon import read_mark
from driftgauge.store.predictions import ModelFilter, RowSpan, read_slice
from driftgauge.store.references import read_layout, read_references
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

MODEL: Final = "bench_rolled_up"
BASE_ROWS: Final = 5_000
HOURS: Final = 1.0
"""Rows of a cycle are of the last hour, however many they are."""
LEAST_ROWS_TO_TAKE_APART: Final = 1_000
GROWS_WITHIN_SECONDS: Final = 60.0
"""A million rows are measured, too, if a round of them should take no longer, the writing of rows included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """Seconds of one round; of jsonb, those of reading the rows and of parsing the documents alone."""

    jsonb: float
    typed: float
    reading: float | None
    parsing: float | None


def measure_rollup(place: Place, plan: Plan) -> tuple[RollupCost, ...]:
    """Roll up rows of each size, on a reference that is there, as in every cycle but the first."""
    options = RollupOptions()
    with place.steps.step("roll-up", f"a reference of {BASE_ROWS:,} rows"):
        _set_reference(place, options)
    rollup = Rollup(place.database, options, time.sleep)
    rollup.run()
    found: list[RollupCost] = []
    rounds: list[tuple[float, float]] = []
    for size in plan.sizes:
        began = time.perf_counter()
        found += _measure(place, plan, rollup, options, size)
        rounds.append((size, (time.perf_counter() - began) / (plan.rounds_of(size) + 1)))
    growth = fit_growth(rounds)
    if plan.may_grow and growth is not None and growth.at(MILLION) <= GROWS_WITHIN_SECONDS:
        found += _measure(place, plan, rollup, options, MILLION)
    return tuple(sorted(found, key=lambda cost: (cost.kind, cost.rows)))


def _set_reference(place: Place, options: RollupOptions) -> None:
    """Log the first rows, and freeze a reference of them that serves all versions."""
    only = ModelFilter(model=MODEL)
    with place.database.transaction() as connection:
        log_made_rows(connection, model=MODEL, version="base", features=FEATURES, rows=BASE_ROWS, hours=20)
    now = datetime.now(UTC)
    span = RowSpan(only=only, window=TimeWindow(start=now - timedelta(days=2), end=now + timedelta(days=1)))
    frozen = freeze_span(place.database, span, options=FeatureOptions(), bucket=options.profile_bucket)
    put_in_force(place.database, only, frozen, options)


def _measure(place: Place, plan: Plan, rollup: Rollup, options: RollupOptions, size: int) -> list[RollupCost]:
    rounds = plan.rounds_of(size)
    first = 0 if rounds == 1 else -1  # a round that is not counted, where that is not all
    taken: list[_Round] = []
    for number in range(first, rounds):
        with place.steps.step("roll-up", f"{size:,} rows, {_place_of(number, rounds)}"):
            done = _round(place, rollup, options, size, version=f"{size}-{number + 1}")
        if number >= 0:
            taken.append(done)
    jsonb = spread(one.jsonb for one in taken)
    reading = [one.reading / one.jsonb for one in taken if one.reading is not None]
    parsing = [one.parsing / one.jsonb for one in taken if one.parsing is not None]
    return [
        RollupCost(
            kind=RowKind.JSONB,
            rows=size,
            seconds=jsonb,
            reading_share=min(spread(reading).median, 1.0) if reading else None,
            parsing_share=min(spread(parsing).median, 1.0) if parsing else None,
        ),
        RollupCost(kind=RowKind.TYPED, rows=size, seconds=spread(one.typed for one in taken)),
    ]


def _place_of(number: int, rounds: int) -> str:
    return "to warm up" if number < 0 else f"round {number + 1} of {rounds}"


def _round(place: Place, rollup: Rollup, options: RollupOptions, size: int, *, version: str) -> _Round:
    """Write the same new rows both ways, and read each once."""
    table = f"typed_{version}".replace("-", "_")
    with place.database.transaction() as connection:
        low = read_mark(connection).high
        make_typed_rows(connection, table, rows=size, hours=HOURS)
        log_typed_rows(connection, table, model=MODEL, version=f"jsonb {version}")
        analyze(connection, table)
    jsonb = seconds(lambda: _drain(rollup))
    reading = parsing = None
    if size >= LEAST_ROWS_TO_TAKE_APART:
        key = ModelKey(model=MODEL, version=f"jsonb {version}", environment="production")
        reading, parsing = _take_apart(place, options, low, size, key)
    foreign = Database(lambda: place.conninfo, schema="pg_catalog", application_name="driftgauge bench", foreign=True)
    try:
        job = SourceJob(place.database, foreign, _source(place, table, version), options, threading.Lock())
        typed = seconds(lambda: _read_source(job))
    finally:
        foreign.close()
    with place.database.transaction() as connection:
        drop_typed_rows(connection, table)
    return _Round(jsonb=jsonb, typed=typed, reading=reading, parsing=parsing)


def _drain(rollup: Rollup) -> None:
    while rollup.run().held_by is not None:
        pass


def _read_source(job: SourceJob) -> None:
    job.run()
    while job.behind:
        job.run()


def _take_apart(place: Place, options: RollupOptions, low: int, rows: int, key: ModelKey) -> tuple[float, float]:
    """Return the seconds of reading these rows again, and of parsing their documents, as far as a slice goes."""
    part = min(rows, options.slice_rows)
    with place.database.transaction(read_only=True) as connection:
        began = time.perf_counter()
        groups = read_slice(connection, low=low, high=low + part, bucket=options.bucket)
        reading = time.perf_counter() - began
        reference = reference_for(key, read_references(connection, active_only=True))
        assert reference is not None  # noqa: S101 - it was set before anything was measured
        layout = read_layout(connection, reference.reference_id)
    documents = [document for group in groups for document in group.documents]
    began = time.perf_counter()
    read_written(documents, layout.kinds)
    parsing = time.perf_counter() - began
    return reading * rows / part, parsing * rows / part


def _source(place: Place, table: str, version: str) -> SourceOptions:
    name = table
    return SourceOptions(
        table=SourceTable(
            name=name,
            relation=(place.schema, table),
            time="at",
            model=Label(otherwise=MODEL),
            version=Label(otherwise=f"typed {version}"),
            features=(*NUMERIC, *CATEGORICAL),
            latency_ms="latency",
        ),
        lookback=timedelta(minutes=10),
        history=timedelta(days=1),
        configured=frozenset({name}),
    )
