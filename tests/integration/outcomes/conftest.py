"""The stage of the join's tests: one database for all of them, emptied for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integration.rollup.schedule import Stage, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster


@pytest.fixture(scope="session")
def outcome_stage(cluster: Cluster, template: str) -> Iterator[Stage]:
    with stage_of("outcomes", cluster, template) as stage:
        yield stage


@pytest.fixture
def stage(outcome_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    outcome_stage.reset()
    outcome_stage.watch(monkeypatch)
    monkeypatch.setattr("driftgauge.performance.evidence.ENOUGH", 6)
    return outcome_stage
