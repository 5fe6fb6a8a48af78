"""The stage of the join's tests: one database for all of them, emptied for each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from integration.rollup.schedule import Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster


@pytest.fixture(scope="session")
def outcome_stage(cluster: Cluster, template: str) -> Iterator[Stage]:
    name = f"outcomes_{os.getpid()}"
    cluster.copy(template, name)
    with open_stage(cluster.at(name)) as stage:
        yield stage
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def stage(outcome_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    outcome_stage.reset()
    monkeypatch.setattr("driftgauge.store.execute.query", outcome_stage.boundaries.query)
    monkeypatch.setattr("driftgauge.jobs.finality.POLLS", 2)
    monkeypatch.setattr("driftgauge.performance.evidence.ENOUGH", 6)
    return outcome_stage
