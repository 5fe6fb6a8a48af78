"""Where a bench measures: the database, the schema that was made for it, and how steps are told."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from driftgauge.app.steps import Steps
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.rollup import Rollup
from driftgauge.store.database import Database

FEATURES: Final = (20, 5)
"""Numeric and categorical ones."""
STATEMENT_TIMEOUT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A migrated schema of its own, entered as the exporter's jobs enter theirs."""

    conninfo: str
    schema: str
    database: Database
    steps: Steps

    def roll_up(self, options: RollupOptions) -> None:
        """Count every row that is there."""
        rollup = Rollup(self.database, options, time.sleep)
        while (done := rollup.run()).held_by is not None or done.behind:
            pass


@contextmanager
def open_place(conninfo: Callable[[], str], schema: str, steps: Steps) -> Generator[Place]:
    """Yield the place, and close its connections."""
    database = Database(
        conninfo, schema=schema, statement_timeout=STATEMENT_TIMEOUT, application_name="driftgauge bench"
    )
    try:
        yield Place(conninfo=conninfo(), schema=schema, database=database, steps=steps)
    finally:
        database.close()
