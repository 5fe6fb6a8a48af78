"""Random schedules of services that log explanations and of rollers, decided by a seed alone."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from driftgauge.errors import DatabaseUnreachable
from driftgauge.jobs.attribution_counting import AttributionCounting, AttributionOptions
from driftgauge.jobs.attributions import AttributionRollup
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.store.attributions import TABLES, wait_for_attributions_lock
from driftgauge.store.predictions import LAST_SEQ, ModelFilter
from driftgauge.store.profiles import ATTRIBUTIONS, DAY, compact_days
from driftgauge.store.references import Layouts
from driftgauge.store.watermarks import lock_watermark
from integration.attributions.explaining import MODELS, ExplanationWriter, empty
from integration.attributions.oracle import recount
from integration.rollup.oracle import select
from integration.rollup.schedule import ROLLERS, Disturbance, Killed

if TYPE_CHECKING:
    from integration.rollup.schedule import Stage

KINDS: Final = tuple(TABLES)


class Schedule:
    """One play: what happens, and in which order, follows from the seed."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.rng = random.Random(seed)  # noqa: S311 - a schedule has to be repeatable
        self.now = select(stage.admin, "SELECT now() AS now")[0]["now"]
        self.options = AttributionOptions(
            bucket=self.rng.choice((timedelta(minutes=5), timedelta(hours=1))),
            slice_rows=self.rng.choice((2, 7, 30, 1000)),
            automatic_predictions=self.rng.choice((1, 3, 8, 20)),
        )
        self.writers = [
            ExplanationWriter(
                name=writer.name,
                connection=writer.connection,
                partitions=writer.partitions,
                most_prepared=writer.most_prepared,
            )
            for writer in stage.writers
        ]
        self.rollups = {name: self._fresh(name) for name in ROLLERS}
        self.log: list[str] = []

    def play(self) -> list[str]:
        """Play to the end and return every difference between the roll-ups and a recount."""
        empty(self.stage)
        for _ in range(self.rng.randint(25, 45)):
            self._step()
        for writer in self.rng.sample(self.writers, len(self.writers)):
            writer.finish(self.rng)
        for name in ROLLERS * 2:  # first up to the horizons that they may still wait for, then to the end
            for rollup in self.rollups[name].values():
                self.log.append(f"drain: {rollup.run()}")
        return recount(self.stage.admin, bucket=self.options.bucket, predictions=self.options.automatic_predictions)

    def _fresh(self, name: str) -> dict[str, AttributionRollup]:
        return {kind: AttributionRollup(self.stage.rollers[name], kind, self.options, lambda _: None) for kind in KINDS}

    def _step(self) -> None:
        chance = self.rng.random()
        if chance < 0.66:
            self._write()
        elif chance < 0.94:
            self._roll(self.rng.choice(ROLLERS), self.rng.choice(("shap", "shap", "lime")))
        elif chance < 0.97:
            self._compact()
        else:
            self._replace_reference()

    def _write(self) -> None:
        writer = self.rng.choice(self.writers)
        self.log.append(f"{writer.name}: {writer.step(self.rng, self.now)}")

    def _roll(self, name: str, kind: str) -> None:
        """Run a roll-up; writers may step, and it may be killed, between any two of its statements."""
        disturbance = Disturbance(stage=self.stage, name=name, rng=self.rng, log=self.log, write=self._write)
        try:
            with suppress(DatabaseUnreachable), disturbance.during():
                self.log.append(f"{name}: {self.rollups[name][kind].run()}")
        except Killed:
            self.rollups[name] = self._fresh(name)  # a new process remembers nothing

    def _compact(self) -> None:
        with self.stage.rollers[ROLLERS[0]].transaction() as connection:
            wait_for_attributions_lock(connection)
            before = floor_to(self.now, DAY) - self.rng.choice((0, 1)) * DAY
            days = compact_days(connection, Layouts(ATTRIBUTIONS), before=before, room=ATTRIBUTIONS)
        self.log.append(f"compact: {days} days")

    def _replace_reference(self) -> None:
        """Freeze a reference from a window, as `driftgauge reference set` does."""
        model, version = self.rng.choice(MODELS)
        kind = self.rng.choice(KINDS)
        with self.stage.rollers[ROLLERS[0]].transaction() as connection:
            wait_for_attributions_lock(connection)
            watermark = lock_watermark(connection, LAST_SEQ, job=TABLES[kind])
            found = AttributionCounting(kind, self.options).freeze_window(
                connection,
                ModelFilter(model=model, version=self.rng.choice((version, None))),
                TimeWindow(start=self.now - timedelta(days=2), end=self.now),
                watermark,
                least=1,
            )
        self.log.append(f"reference: {found}")
