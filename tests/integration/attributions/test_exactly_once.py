"""Whatever services, rollers and their deaths do, roll-ups of attributions equal a recount of the rows."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from driftgauge.store.horizon import Horizon, read_mark
from integration.attributions.schedule import Schedule
from integration.rollup.oracle import select

if TYPE_CHECKING:
    from driftgauge.store.execute import Connection
    from integration.rollup.schedule import Stage

SCHEDULES: Final = int(os.environ.get("DRIFTGAUGE_SCHEDULES", "40"))
MUTANT_SCHEDULES: Final = 60
FIRST: Final = 3  # the seed of the first schedule that tells the mutant apart


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_rollups_equal_a_recount(stage: Stage, seed: int) -> None:
    schedule = Schedule(stage, seed)
    faults = schedule.play()
    assert not faults, "\n".join([f"seed {seed}:", *faults, *schedule.log])


@pytest.mark.timeout(300)
def test_attributions_that_are_not_final_are_missed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_holders(connection: Connection, table: str) -> Horizon:
        seen = {
            "shap_values": "SELECT coalesce(max(ingest_seq), 0) AS high FROM shap_values",
            "lime_explanations": "SELECT coalesce(max(ingest_seq), 0) AS high FROM lime_explanations",
        }
        [row] = select(connection, seen[table])
        return Horizon(mark=replace(read_mark(connection, table), high=row["high"]), holders=())

    monkeypatch.setattr("driftgauge.jobs.finality.read_horizon", without_holders)
    assert any(Schedule(stage, seed).play() for seed in (FIRST, *range(MUTANT_SCHEDULES)))
