"""How rows are summed into buckets: keys of `rollup`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from driftgauge.config.section import Section
from driftgauge.config.values import SECOND, Interval


class RollupSettings(Section):
    """How rows are summed into buckets."""

    every: Interval = Field(default=15 * SECOND, description="Time between two roll-ups of new rows.")
    bucket: Interval = Field(
        default=timedelta(minutes=1),
        description="Width of a traffic bucket; divides profile_bucket.",
    )
    profile_bucket: Interval = Field(
        default=timedelta(hours=1),
        description="Width of a feature profile's bucket; divides a day.",
    )
    lag_limit: Interval = Field(
        default=timedelta(minutes=10),
        description="Age of a row that waits to be rolled up at which somebody is told.",
    )
    slice_rows: int = Field(default=20_000, ge=100, le=10_000_000, description="Most rows in one transaction.")
