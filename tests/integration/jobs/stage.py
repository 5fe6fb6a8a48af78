"""A service's history in a database, and the jobs that look at it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import psycopg
from psycopg.rows import dict_row

from driftgauge.drift.policy import Learned, Policy, PolicySettings
from driftgauge.drift.two_sample import TwoSample
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.drift import DriftJob
from driftgauge.jobs.judging import DriftOptions
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.profiler import Profiler
from driftgauge.jobs.referencing import ReferenceRows, freeze
from driftgauge.jobs.rollup import Rollup, RollupReport
from driftgauge.model.identity import ModelKey
from driftgauge.model.reference import Reference, ReferenceSource
from driftgauge.model.segments import Part
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import ModelVerdict
from driftgauge.model.window import EPOCH, TimeWindow
from driftgauge.store.database import Database
from driftgauge.store.predictions import LAST_SEQ, ModelFilter
from driftgauge.store.watermarks import lock_watermark, wait_for_rollup_lock
from fixtures.columns import Column, batch_of

if TYPE_CHECKING:
    from driftgauge.jobs.judging import OptionsOf

KEY: Final = ModelKey(model="churn", version="1", environment="production")
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
ROLLUP: Final = RollupOptions(automatic_rows=500)
SETTINGS: Final = PolicySettings(
    tests=("ks", "psi", "chi_squared", "missing_share"),
    minimum_rows=100,
    alarms_per_30_days=1,
    judgements_per_30_days=720,
)
COPY: Final = (
    b"COPY prediction_logs (model_name, version, environment, segment, status, latency_ms, confidence, features,"
    b' "timestamp") FROM STDIN'
)
Record = dict[str, Any]


def spread(start: datetime, end: datetime, rows: int) -> list[datetime]:
    """Return `rows` moments from `start` on, evenly before `end`."""
    return [start + (end - start) * place / rows for place in range(rows)]


def documents(columns: Mapping[str, Column]) -> list[dict[str, object]]:
    """Return the feature documents that hold the columns, a missing value as a missing key."""
    rows = max(len(column) for column in columns.values())
    return [
        {name: value for name, column in columns.items() if (value := _json(column[place])) is not None}
        for place in range(rows)
    ]


def judged_by(settings: PolicySettings = SETTINGS, window: timedelta = 4 * HOUR) -> OptionsOf:
    """Return the options that judge every model alike."""
    return lambda _: DriftOptions(window=window, policy=settings)


@dataclass(frozen=True)
class WatchedPolicy:
    """A policy whose verdicts are kept, by model and segment."""

    policy: Policy
    verdicts: dict[ModelKey, ModelVerdict]

    def learn(self, reference: ProfileSeries, width: timedelta) -> Learned:
        """Learn as the policy does."""
        return self.policy.learn(reference, width)

    def judge(
        self, key: ModelKey, window: TimeWindow, reference: Learned, current: ProfileSeries, settings: PolicySettings
    ) -> ModelVerdict:
        """Judge as the policy does, and keep what it says."""
        verdict = self.verdicts[key] = self.policy.judge(key, window, reference, current, settings)
        return verdict


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The database as the exporter sees it (`database`), and as its owner does (`admin`).

    `border` is where the last closed hour ends, and stays so while the test runs. `verdicts` are the latest on each
    model and segment, as the policy gave them to a drift job.
    """

    database: Database
    admin: psycopg.Connection[Any]
    border: datetime
    rollup: RollupOptions = field(default=ROLLUP)
    verdicts: dict[ModelKey, ModelVerdict] = field(default_factory=dict[ModelKey, ModelVerdict])

    def log(
        self,
        columns: Mapping[str, Column],
        times: Sequence[datetime],
        *,
        key: ModelKey = KEY,
        segment: str | None = None,
        status: str = "success",
        latency_ms: Iterable[float] | None = None,
        confidence: Iterable[float | None] | None = None,
    ) -> None:
        """Log one prediction a row of the columns, at the given event times."""
        rows = zip(
            documents(columns),
            times,
            latency_ms or [12.5] * len(times),
            confidence or [None] * len(times),
            strict=True,
        )
        with self.admin.transaction(), self.admin.cursor() as cursor, cursor.copy(COPY) as copy:
            for document, moment, latency, sure in rows:
                copy.write_row(
                    (
                        *(key.model, key.version, key.environment, segment),
                        *(status, latency, sure, json.dumps(document), moment),
                    )
                )

    def roll(self) -> RollupReport:
        """Roll up what was logged."""
        return Rollup(self.database, self.rollup, time.sleep).run()

    def set_reference(
        self,
        columns: Mapping[str, Column],
        *,
        model: str = KEY.model,
        version: str | None = None,
        environment: str | None = None,
        window: TimeWindow | None = None,
    ) -> Reference:
        """Register a reference of the columns' rows, and profile what is logged already on it."""
        only = ModelFilter(model=model, version=version, environment=environment)
        rows = ReferenceRows(
            source=ReferenceSource.TIME_RANGE if window else ReferenceSource.FILE,
            description="columns of a test",
            bucket=HOUR,
            batches={Part(window.start if window else EPOCH): [batch_of(columns)]},
            window=window,
        )
        with self.database.transaction() as connection:
            wait_for_rollup_lock(connection)
            kept = self.rollup.profile_buckets_kept
            watermark = lock_watermark(connection, LAST_SEQ, profile_buckets_kept=kept)
            reference = freeze(connection, only, rows)
            Profiler(self.rollup).reprofile(connection, reference, watermark, high=watermark.ingest_seq)
        return reference

    def drift_job(
        self, options_of: OptionsOf | None = None, *, bucket: timedelta = HOUR, policy: Policy | None = None
    ) -> DriftJob:
        """Return a fresh drift job; two-sample tests decide, for which a reference of one moment is enough."""
        watched = WatchedPolicy(policy or TwoSample(), self.verdicts)
        return DriftJob(self.database, watched, options_of or judged_by(), bucket)

    def select(self, statement: str, *params: object) -> list[Record]:
        """Run a query as the owner."""
        with self.admin.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement.encode(), params).fetchall()

    def execute(self, statement: str, *params: object) -> None:
        """Run a command as the owner."""
        self.admin.execute(statement.encode(), params)


def series(samples: Iterable[AnySample], family: str) -> dict[tuple[str, ...], float]:
    """Return the values of a family by its label values, the model's three left out where they are KEY's."""
    own = (KEY.model, KEY.version, KEY.environment)
    return {
        sample.labels[3:] if sample.labels[:3] == own else sample.labels: sample.value
        for sample in samples
        if sample.family == family and isinstance(sample, Sample)
    }


def normal(rows: int, *, mean: float = 0.0, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return normal values."""
    return np.random.default_rng([rows, seed]).normal(mean, 1.0, rows)


def mixed(rows: int, weights: Mapping[str, float], *, seed: int = 0) -> list[str | None]:
    """Return categories by weight."""
    drawn = np.random.default_rng([rows, seed]).choice(list(weights), size=rows, p=list(weights.values()))
    return [str(category) for category in drawn]


def _json(value: object) -> object:
    if isinstance(value, float):  # numpy's too
        return None if math.isnan(value) else float(value)
    return value
