"""The stage of the tests of attributions: one database for all of them, emptied for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integration.attributions.explaining import empty
from integration.rollup.schedule import Stage, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster


@pytest.fixture(scope="session")
def attribution_stage(cluster: Cluster, template: str) -> Iterator[Stage]:
    with stage_of("attributions", cluster, template) as stage:
        yield stage


@pytest.fixture
def stage(attribution_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    empty(attribution_stage)
    attribution_stage.watch(monkeypatch)
    return attribution_stage
