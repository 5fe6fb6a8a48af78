"""The stage of the tests of attributions: one database for all of them, emptied for each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from integration.attributions.explaining import empty
from integration.rollup.schedule import Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster


@pytest.fixture(scope="session")
def attribution_stage(cluster: Cluster, template: str) -> Iterator[Stage]:
    name = f"attributions_{os.getpid()}"
    cluster.copy(template, name)
    with open_stage(cluster.at(name)) as stage:
        yield stage
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def stage(attribution_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    empty(attribution_stage)
    monkeypatch.setattr("driftgauge.store.execute.query", attribution_stage.boundaries.query)
    monkeypatch.setattr("driftgauge.jobs.finality.POLLS", 2)
    return attribution_stage
