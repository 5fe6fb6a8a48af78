"""A stage for each test."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from driftgauge.model.window import floor_to
from driftgauge.store.database import Database
from integration.jobs.shifted import OTHER_PLANS, columns
from integration.jobs.stage import HOUR, Stage, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_TEST = timedelta(seconds=40)


@pytest.fixture
def stage(database: str, exporter_dsn: str) -> Iterator[Stage]:
    """The exporter enters as a member of driftgauge_exporter; an hour about to close is waited out."""
    exporter = Database(lambda: exporter_dsn, schema="driftgauge", lock_timeout=timedelta(seconds=2))
    with psycopg.connect(database, autocommit=True, options="-c search_path=driftgauge -c TimeZone=UTC") as admin:
        row = admin.execute("SELECT now()").fetchone()
        assert row is not None
        left = floor_to(row[0], HOUR) + HOUR - row[0]
        if left < LONGEST_TEST:
            time.sleep(left.total_seconds() + 0.1)
            row = (row[0] + left,)
        yield Stage(database=exporter, admin=admin, border=floor_to(row[0], HOUR))
    exporter.close()


@pytest.fixture
def shifted(stage: Stage) -> Stage:
    """A reference, and four closed hours in which age and plan have shifted and fare has not."""
    stage.set_reference(columns(2000))
    stage.log(columns(800, shift=1.0, plans=OTHER_PLANS, seed=7), spread(stage.border - 4 * HOUR, stage.border, 800))
    stage.roll()
    return stage
