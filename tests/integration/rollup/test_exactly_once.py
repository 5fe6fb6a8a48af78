"""However writers and rollers interleave and whoever is killed, the roll-ups equal a recount of the rows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from integration.rollup.schedule import Schedule, Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster

SCHEDULES = int(os.environ.get("DRIFTGAUGE_SCHEDULES", "200"))


@pytest.fixture(scope="module")
def stage(cluster: Cluster, template: str) -> Iterator[Stage]:
    name = f"schedules_{os.getpid()}"
    cluster.copy(template, name)
    with pytest.MonkeyPatch.context() as monkeypatch, open_stage(cluster.at(name), monkeypatch) as stage:
        yield stage
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_roll_ups_equal_a_recount(stage: Stage, seed: int) -> None:
    schedule = Schedule(stage, seed)
    faults = schedule.play()
    assert not faults, "\n".join([f"seed {seed}:", *faults, *schedule.log])
