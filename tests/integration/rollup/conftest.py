"""The stage of the roll-up's tests: one database for all of them, emptied for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integration.rollup.schedule import Stage, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster


@pytest.fixture(scope="session")
def rollup_stage(cluster: Cluster, template: str) -> Iterator[Stage]:
    with stage_of("rollup", cluster, template) as stage:
        yield stage


@pytest.fixture
def stage(rollup_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    rollup_stage.reset()
    rollup_stage.watch(monkeypatch)
    return rollup_stage
