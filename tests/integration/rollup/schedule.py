"""Random schedules of writers and rollers, decided by a seed alone, and what the roll-ups got wrong in the end."""

from __future__ import annotations

import os
import random
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg

from driftgauge.errors import BadReference, DatabaseUnreachable
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.profiler import Profiler
from driftgauge.jobs.referencing import freeze, read_logged_rows
from driftgauge.jobs.rollup import Rollup, RollupReport
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.store import catalog
from driftgauge.store.database import Database
from driftgauge.store.predictions import LAST_SEQ, ModelFilter, RowSpan
from driftgauge.store.profiles import DAY, compact_days
from driftgauge.store.references import Layouts
from driftgauge.store.watermarks import lock_watermark, wait_for_rollup_lock
from integration.rollup.oracle import recount, select
from integration.rollup.writing import MODELS, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import pytest

    from driftgauge.store.catalog import Query
    from fixtures.postgres import Cluster

SCHEMA: Final = "driftgauge"
ROLLERS: Final = ("roller a", "roller b")
WRITERS: Final = 3
HORIZON: Final = frozenset({"rollup/read_high", "rollup/read_holders"})
WRITES_IN_HORIZON: Final = 0.6  # where a horizon read in the wrong order would miss a writer
WRITES_BETWEEN: Final = 0.2


class Killed(BaseException):
    """The roller's process ended between two statements; nothing of ours catches it."""


class Boundaries:
    """What happens between the roller's statements: `at` is called with the name of each before it is sent."""

    def __init__(self) -> None:
        self.at: Callable[[str], None] | None = None

    def query(self, name: str) -> Query:
        if self.at is not None:
            self.at(name)
        return catalog.query(name)

    @contextmanager
    def call(self, function: Callable[[str], None]) -> Generator[None]:
        self.at = function
        try:
            yield
        finally:
            self.at = None


@dataclass(kw_only=True)
class Stage:
    """The database that schedules play on, and everybody's connections to it."""

    dsn: str
    admin: psycopg.Connection[Any]
    bystander: psycopg.Connection[Any]
    writers: list[Writer]
    rollers: dict[str, Database]
    boundaries: Boundaries

    def reset(self) -> None:
        """Empty every table that a schedule fills, whatever state the last one left."""
        for connection in (self.bystander, *(writer.connection for writer in self.writers)):
            connection.rollback()
        for writer in self.writers:
            writer.open = writer.wrote = False
            writer.savepoints.clear()
            writer.prepared.clear()
        for row in select(self.admin, "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"):
            self.admin.execute(f"ROLLBACK PREPARED '{row['gid']}'".encode())
        self.admin.execute("DELETE FROM reference_profiles")
        self.admin.execute("TRUNCATE prediction_logs, profile_rollups, traffic_rollups, traffic_totals, watermarks")
        self.admin.execute("TRUNCATE prediction_outcomes, outcome_evidence, outcome_tasks CASCADE")
        for table in ("prediction_logs", "prediction_outcomes"):
            self.admin.execute("SELECT setval(%s, 1, false)", (f"{table}_ingest_seq",))

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand between the statements of everything that runs in this process, and let nothing wait long."""
        monkeypatch.setattr("driftgauge.store.execute.query", self.boundaries.query)
        monkeypatch.setattr("driftgauge.jobs.finality.POLLS", 2)

    def terminate(self, roller: str) -> None:
        """End the roller's session as the server's administrator would, in the middle of its transaction."""
        sessions = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND state LIKE 'idle in transaction%%'"
        [pid] = [row["pid"] for row in select(self.admin, sessions, roller)]
        self.admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
        while select(self.admin, "SELECT FROM pg_stat_activity WHERE pid = %s", pid):
            time.sleep(0.001)


@dataclass(kw_only=True)
class Disturbance:
    """What befalls one run of a roller: writers step, and it may be killed, between any two of its statements."""

    stage: Stage
    name: str
    rng: random.Random
    log: list[str]
    write: Callable[[], None]
    latest: int = 25
    death: type[BaseException] | None = field(init=False)
    left: int = field(init=False)
    writes: int = field(init=False)

    def __post_init__(self) -> None:
        """Draw whether it dies, after how many statements at the latest, and how often writers step."""
        self.death = self.rng.choice((None, None, Killed, DatabaseUnreachable))
        self.left = self.rng.randint(0, self.latest)
        self.writes = self.rng.choice((0, 3, 6))

    @contextmanager
    def during(self) -> Generator[None]:
        """Disturb what runs inside; its death, if it dies, is noted and raised."""
        try:
            with self.stage.boundaries.call(self._at):
                yield
        except Killed:
            self.log.append(f"{self.name}: killed")
            raise
        except DatabaseUnreachable:
            self.log.append(f"{self.name}: terminated")
            raise

    def _at(self, statement: str) -> None:
        self.log.append(f"{self.name}: {statement}")
        chance = WRITES_IN_HORIZON if statement in HORIZON else WRITES_BETWEEN
        while self.writes and self.rng.random() < chance:
            self.writes -= 1
            self.write()
        self.left -= 1
        if self.left < 0 and self.death is Killed:
            raise Killed
        if self.left == -1 and self.death is DatabaseUnreachable:
            self.stage.terminate(self.name)


@contextmanager
def stage_of(room: str, cluster: Cluster, template: str) -> Generator[Stage]:
    """Set up a stage in a database of its own for the tests of one room."""
    name = f"{room}_{os.getpid()}"
    cluster.copy(template, name)
    with open_stage(cluster.at(name)) as stage:
        yield stage
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def open_stage(dsn: str) -> Generator[Stage]:
    """Connect everybody to a migrated database."""

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(dsn, autocommit=True, options=f"-c search_path={SCHEMA}", application_name="writer")

    connections = [connect() for _ in range(WRITERS + 2)]
    admin, bystander, *sessions = connections
    tree = "SELECT relid::regclass::text AS name FROM pg_partition_tree('prediction_logs') WHERE isleaf"
    partitions = frozenset(row["name"] for row in select(admin, tree))
    [row] = select(
        admin, "SELECT setting::integer AS setting FROM pg_settings WHERE name = 'max_prepared_transactions'"
    )
    most = row["setting"] // WRITERS
    stage = Stage(
        dsn=dsn,
        admin=admin,
        bystander=bystander,
        writers=[
            Writer(name=f"writer {place}", connection=session, partitions=partitions, most_prepared=most)
            for place, session in enumerate(sessions)
        ],
        rollers={name: Database(lambda: dsn, schema=SCHEMA, application_name=name) for name in ROLLERS},
        boundaries=Boundaries(),
    )
    try:
        yield stage
    finally:
        stage.reset()
        for database in stage.rollers.values():
            database.close()
        for connection in connections:
            connection.close()


class Schedule:
    """One play: what happens, and in which order, follows from the seed."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.rng = random.Random(seed)  # noqa: S311 - a schedule has to be repeatable
        self.now = select(stage.admin, "SELECT now() AS now")[0]["now"]
        self.options = RollupOptions(
            profile_bucket=self.rng.choice((timedelta(minutes=5), timedelta(hours=1))),
            slice_rows=self.rng.choice((2, 5, 20, 1000)),
            automatic_rows=self.rng.choice((1, 5, 12, 30)),
            features_of_others=FeatureOptions(
                segments=self.rng.choice((0, 1, 2, 9)), segment_rows=self.rng.choice((1, 3))
            ),
        )
        self.rollups = {name: self._fresh(name) for name in ROLLERS}
        self.log: list[str] = []

    def play(self) -> list[str]:
        """Play to the end and return every difference between the roll-ups and a recount."""
        self.stage.reset()
        self.stage.bystander.execute("BEGIN")
        self.stage.bystander.execute("INSERT INTO model_health_checks (model_name) VALUES ('held open throughout')")
        for _ in range(self.rng.randint(25, 45)):
            self._step()
        for writer in self.rng.sample(self.stage.writers, WRITERS):
            writer.finish(self.rng)
        self.drain()
        self.stage.bystander.execute("ROLLBACK")
        return recount(self.stage.admin, self.options)

    def _fresh(self, name: str) -> Rollup:
        return Rollup(self.stage.rollers[name], self.options, lambda _: None)

    def _step(self) -> None:
        chance = self.rng.random()
        if chance < 0.68:
            self._write()
        elif chance < 0.94:
            self._roll(self.rng.choice(ROLLERS))
        elif chance < 0.97:
            self._compact()
        else:
            self._replace_reference()

    def _write(self) -> None:
        writer = self.rng.choice(self.stage.writers)
        self.log.append(f"{writer.name}: {writer.step(self.rng, self.now)}")

    def _roll(self, name: str) -> None:
        """Run a roller; writers may step, and it may be killed, between any two of its statements."""
        disturbance = Disturbance(stage=self.stage, name=name, rng=self.rng, log=self.log, write=self._write)
        alone = not disturbance.writes and not any(writer.holds for writer in self.stage.writers)
        try:
            with disturbance.during():
                report = self.rollups[name].run()
        except Killed:
            self.rollups[name] = self._fresh(name)  # a new process remembers nothing
        except DatabaseUnreachable:
            if self.rng.random() < 0.5:
                self.rollups[name] = self._fresh(name)
        else:
            self.log.append(f"{name}: {report}")
            self._check(report, alone=alone)

    def _check(self, report: RollupReport, *, alone: bool) -> None:
        assert not report.skipped, "nobody else has the lock"
        if alone:
            assert report.held_by is None, "no writer is open, and the bystander must delay nothing"

    def drain(self) -> None:
        """Roll up everything that is left."""
        for name in ROLLERS * 2:  # first up to the horizons that they may still wait for, then to the end
            report = self.rollups[name].run()
            self.log.append(f"drain: {report}")
            self._check(report, alone=True)

    def _compact(self) -> None:
        with self.stage.rollers[ROLLERS[0]].transaction() as connection:
            wait_for_rollup_lock(connection)
            days = compact_days(connection, Layouts(), before=floor_to(self.now, DAY) - self.rng.choice((0, 1)) * DAY)
        self.log.append(f"compact: {days} days")

    def _replace_reference(self) -> None:
        """Register a reference for one version or for all, as `driftgauge reference set` does."""
        model, version = self.rng.choice(MODELS)
        only = ModelFilter(model=model, version=self.rng.choice((version, None)), environment=None)
        with self.stage.rollers[ROLLERS[0]].transaction() as connection, suppress(BadReference):
            wait_for_rollup_lock(connection)
            watermark = lock_watermark(connection, LAST_SEQ)
            window = TimeWindow(start=self.now - timedelta(days=2), end=self.now)
            span = RowSpan(only=only, window=window, high=watermark.ingest_seq)
            rows = read_logged_rows(
                connection, span, bucket=self.options.profile_bucket, options=self.options.of_model(model)
            )
            reference = freeze(connection, only, rows)
            Profiler(self.options).reprofile(connection, reference, watermark, high=watermark.ingest_seq)
            self.log.append(f"reference: {reference}")
