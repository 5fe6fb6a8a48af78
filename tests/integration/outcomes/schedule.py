"""Random schedules of writers, rollers and joiners, decided by a seed alone, and what the cohorts got wrong."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Final

from driftgauge.errors import DatabaseUnreachable
from driftgauge.jobs.options import FeatureOptions, OutcomeOptions, RollupOptions
from driftgauge.jobs.outcome_joining import OutcomeJoin
from driftgauge.jobs.rollup import Rollup
from driftgauge.performance.evidence import Choice
from driftgauge.performance.metric import Task
from integration.outcomes.oracle import recount
from integration.outcomes.pairing import PairWriter
from integration.rollup.oracle import select
from integration.rollup.schedule import ROLLERS, Disturbance, Killed, Stage

if TYPE_CHECKING:
    from uuid import UUID

    from driftgauge.performance.pairs import Errors
    from driftgauge.store.cohorts import RegisteredTask
    from driftgauge.store.execute import Connection

CHOICES: Final[dict[str, tuple[Choice, ...]]] = {
    "churn": (Choice(), Choice(positive="true"), Choice(threshold=0.9), Choice(task=Task.MULTICLASS)),
    "fraud": (Choice(), Choice(positive="fraud"), Choice(positive="fine", threshold=0.25)),
    "price": (Choice(), Choice(task=Task.REGRESSION)),
    "kind": (Choice(), Choice(classes=("a", "c", "2"))),
}


def follow(connection: Connection, task: RegisteredTask, errors: Errors, *, recounted: bool = False) -> None:
    """Note the pairs where they are lost if their transaction is."""
    del recounted
    times = errors.times.tolist()
    assert times == sorted(times)
    connection.execute("INSERT INTO followed SELECT %s, unnest(%s::float8[])", (task.task_id, times))


class Schedule:
    """One play: what happens, and in which order, follows from the seed."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.rng = random.Random(seed)  # noqa: S311 - a schedule has to be repeatable
        self.now = select(stage.admin, "SELECT now() AS now")[0]["now"]
        ids: dict[UUID, str] = {}
        ticks = count()
        self.writers = [
            PairWriter(
                name=writer.name,
                connection=writer.connection,
                partitions=writer.partitions,
                most_prepared=writer.most_prepared,
                ids=ids,
                ticks=ticks,
            )
            for writer in stage.writers
        ]
        rollup = RollupOptions(
            profile_bucket=timedelta(hours=1),
            slice_rows=self.rng.choice((3, 20, 1000)),
            automatic_rows=self.rng.choice((5, 20)),
            features_of_others=FeatureOptions(segments=self.rng.choice((0, 1, 2)), segment_rows=1),
        )
        self.options = self._choose()
        self.rollups = {name: Rollup(stage.rollers[name], rollup, lambda _: None) for name in ROLLERS}
        self.joins = {name: self._join(name) for name in ROLLERS}
        self.log: list[str] = []

    def play(self) -> list[str]:
        """Play to the end and return every difference between the cohorts and a recount."""
        self.stage.reset()
        self.stage.admin.execute("DROP TABLE IF EXISTS followed")
        self.stage.admin.execute("CREATE TABLE followed (task_id bigint, predicted_at double precision)")
        for _ in range(self.rng.randint(30, 60)):
            self._step()
        for writer in self.rng.sample(self.writers, len(self.writers)):
            writer.finish(self.rng)
        for name in ROLLERS * 2:  # first up to the horizons that they may still wait for, then to the end
            self.log.append(f"drain: {self.rollups[name].run()} {self.joins[name].run()}")
        return recount(self.stage.admin)

    def _choose(self) -> OutcomeOptions:
        return OutcomeOptions(
            cohort=self.rng.choice((timedelta(hours=1), timedelta(days=1))),
            prediction_rows=self.rng.choice((1, 3, 10, 1000)),
            outcome_rows=self.rng.choice((1, 3, 10, 1000)),
            choices={model: self.rng.choice(choices) for model, choices in CHOICES.items()},
        )

    def _join(self, name: str) -> OutcomeJoin:
        return OutcomeJoin(self.stage.rollers[name], self.options, lambda _: None, follow)

    def _step(self) -> None:
        chance = self.rng.random()
        if chance < 0.6:
            self._write()
        elif chance < 0.75:
            self.log.append(f"roll: {self.rollups[self.rng.choice(ROLLERS)].run()}")
        elif chance < 0.95:
            self._run(self.rng.choice(ROLLERS))
        else:  # somebody changes the configuration, and one exporter is restarted, or both
            self.options = self._choose()
            for name in self.rng.choice((ROLLERS, ROLLERS[:1])):
                self.joins[name] = self._join(name)
            self.log.append(f"configured: {self.options}")

    def _write(self) -> None:
        writer = self.rng.choice(self.writers)
        self.log.append(f"{writer.name}: {writer.step(self.rng, self.now)}")

    def _run(self, name: str) -> None:
        """Run a join; writers may step, and it may be killed, between any two of its statements."""
        disturbance = Disturbance(stage=self.stage, name=name, rng=self.rng, log=self.log, write=self._write, latest=30)
        try:
            with suppress(DatabaseUnreachable), disturbance.during():
                self.log.append(f"{name}: {self.joins[name].run()}")
        except Killed:
            self.joins[name] = self._join(name)  # a new process remembers nothing
