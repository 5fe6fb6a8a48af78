"""A shop's own table of fraud scores, a login that may only read it, and the jobs that roll it up."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import psycopg
from psycopg.rows import dict_row

from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.source_reading import SourceOptions
from driftgauge.jobs.sources import SourceJob
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.segments import Part
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.profiling.counting import profile_batch
from driftgauge.store.database import Database
from driftgauge.store.profiles import read_window
from driftgauge.store.references import Layouts, read_references
from driftgauge.store.source_table import Label, SourceTable
from fixtures.columns import batch_of

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
KEY: Final = ModelKey(model="fraud", version="unversioned", environment="production")
SCHEMA: Final = """
CREATE SCHEMA shop;
CREATE TABLE shop.fraud_scores (
    order_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scored_at timestamptz NOT NULL,
    amount numeric(10, 2),
    country text,
    age integer,
    took_ms real,
    outcome_status text,
    p_fraud double precision,
    model_version text
);
CREATE INDEX ON shop.fraud_scores (scored_at)
"""
INSERT: Final = """
INSERT INTO shop.fraud_scores (scored_at, amount, country, age, took_ms, outcome_status, p_fraud, model_version)
VALUES (
    %(scored_at)s, %(amount)s, %(country)s, %(age)s, %(took_ms)s, %(outcome_status)s, %(p_fraud)s, %(model_version)s
)
"""
TABLE: Final = SourceTable(
    name="orders",
    relation=("shop", "fraud_scores"),
    time="scored_at",
    model=Label(otherwise="fraud"),
    features=("amount", "country", "age"),
    latency_ms="took_ms",
    status=Label(column="outcome_status", otherwise="success"),
    confidence="p_fraud",
    segment="country",
)
ROLLUP: Final = RollupOptions(automatic_rows=200, features_of_others=FeatureOptions(segments=2, segment_rows=20))
Row = dict[str, Any]


def scored(moment: datetime, rng: np.random.Generator, **more: object) -> Row:
    """Return one row of the shop's table."""
    return {
        "scored_at": moment,
        "amount": round(float(rng.lognormal(3, 1)), 2),
        "country": None if rng.random() < 0.02 else str(rng.choice(["fr", "de", "it"])),
        "age": int(rng.integers(18, 90)),
        "took_ms": float(rng.integers(1, 400)),
        "outcome_status": str(rng.choice(["ok", "ok", "ok", "review"])),
        "p_fraud": float(rng.random()),
        "model_version": "7",
        **more,
    }


@dataclass(kw_only=True)
class Shop:
    """The shop's database as its owner sees it (`owner`), and as the exporter does (`foreign`), beside our own."""

    owner: psycopg.Connection[Any]
    foreign: Database
    admin: psycopg.Connection[Any]
    database: Database
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))

    def now(self) -> datetime:
        """Return the time."""
        row = self.owner.execute("SELECT now()").fetchone()
        assert row is not None
        return row[0]

    def sell(self, rows: int, *, ago: timedelta, over: timedelta = timedelta(minutes=1), **more: object) -> None:
        """Score orders whose times are spread from `ago` on."""
        start = self.now() - ago
        self.insert([scored(start + over * place / rows, self.rng, **more) for place in range(rows)])

    def insert(self, rows: Sequence[Row], connection: psycopg.Connection[Any] | None = None) -> None:
        """Write rows, in a transaction that is open already where one is given."""
        with (connection or self.owner).cursor() as cursor:
            cursor.executemany(INSERT, rows)

    def job(self, table: SourceTable = TABLE, **more: Any) -> SourceJob:  # noqa: ANN401 - options
        """Return a fresh job."""
        options: dict[str, Any] = {
            "lookback": timedelta(minutes=10),
            "history": 2 * DAY,
            "configured": frozenset({table.name}),
        }
        rollup = more.pop("rollup", ROLLUP)
        foreign = more.pop("foreign", self.foreign)
        return SourceJob(
            self.database, foreign, SourceOptions(table=table, **{**options, **more}), rollup, threading.Lock()
        )

    def select(self, statement: str, *params: object) -> list[Row]:
        """Run a query in our own database."""
        with self.admin.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement.encode(), params).fetchall()

    def totals(self, key: ModelKey = KEY) -> dict[str, int]:
        """Return what is counted of a model, by status."""
        rows = self.select(
            "SELECT status, predictions FROM traffic_totals WHERE (model_name, version, environment) = (%s, %s, %s)",
            key.model,
            key.version,
            key.environment,
        )
        return {row["status"]: row["predictions"] for row in rows}

    def audit_is_due(self) -> None:
        """Let the last audit be long ago."""
        self.admin.execute("UPDATE sources SET audited_at = audited_at - INTERVAL '2 hours'")

    def profile(self, window: TimeWindow | None = None, key: ModelKey = KEY) -> ModelProfile:
        """Return the sum of a model's buckets."""
        now = self.now()
        window = window or TimeWindow(start=now - 30 * DAY, end=now + DAY)
        with self.database.transaction(read_only=True) as connection:
            [reference] = [one for one in read_references(connection, active_only=True) if one.serves(key)]
            layout = Layouts().of(connection, reference.reference_id)
            series = read_window(connection, layout, reference_id=reference.reference_id, key=key, window=window)
            return ModelProfile.merged(layout, series.profiles)


def drain(job: SourceJob) -> tuple[AnySample, ...]:
    """Run a job until it is not behind."""
    samples = job.run()
    while job.behind:
        samples = job.run()
    return samples


def value(samples: Sequence[AnySample], family: str) -> float:
    """Return the value of the only series of a family."""
    [found] = [sample.value for sample in samples if isinstance(sample, Sample) and sample.family == family]
    return found


def recount_traffic(owner: psycopg.Connection[Any]) -> dict[tuple[datetime, str], tuple[int, float]]:
    """Count the shop's rows by minute and status, with the sum of their latencies."""
    rows = owner.execute(
        "SELECT date_trunc('minute', scored_at), coalesce(outcome_status, 'success'), count(*), sum(took_ms::float8)"
        " FROM shop.fraud_scores GROUP BY 1, 2"
    ).fetchall()
    return {(minute, status): (count, round(total / 1000, 6)) for minute, status, count, total in rows}


def kept_traffic(shop: Shop) -> dict[tuple[datetime, str], tuple[int, float]]:
    """Return the same from the roll-ups."""
    return {
        (row["bucket_start"], row["status"]): (row["predictions"], round(row["latency_sum"], 6))
        for row in shop.select("SELECT * FROM traffic_rollups")
    }


def recount_profiles(shop: Shop) -> dict[Part, ModelProfile]:
    """Count the shop's rows by hour on the bins in force, and those of each segment, through Python's own values."""
    with shop.database.transaction(read_only=True) as connection:
        [reference] = read_references(connection, active_only=True)
        layout = Layouts().of(connection, reference.reference_id)
    hours: dict[Part, list[tuple[Any, ...]]] = {}
    for moment, *values in shop.owner.execute("SELECT scored_at, amount, country, age FROM shop.fraud_scores"):
        for segment in ("", *(name for name in reference.segments if name == values[1])):
            hours.setdefault(Part(floor_to(moment, HOUR), segment), []).append(tuple(values))
    return {
        part: profile_batch(
            layout,
            batch_of(
                {
                    "amount": np.array([float(amount) for amount, _, _ in rows]),
                    "country": [country for _, country, _ in rows],
                    "age": np.array([float(age) for _, _, age in rows]),
                }
            ),
        )
        for part, rows in hours.items()
    }


def same_profiles(shop: Shop, expected: Mapping[Part, ModelProfile]) -> bool:
    """Tell whether the roll-ups of each hour, and of each segment in it, are those of a recount."""
    rows = shop.select("SELECT bucket_start, segment, rows FROM profile_rollups")
    counted = {Part(row["bucket_start"], row["segment"]): row["rows"] for row in rows}
    if counted != {part: one.rows for part, one in expected.items()}:
        return False
    for part, profile in expected.items():
        kept = shop.profile(TimeWindow(start=part.start, end=part.start + HOUR), KEY.of_segment(part.segment))
        if kept.counts.tolist() != profile.counts.tolist() or kept.gaps.tolist() != profile.gaps.tolist():
            return False
        if not np.allclose(kept.sums, profile.sums) or not np.allclose(kept.moments, profile.moments):
            return False
    return True
