"""What is kept for how long: keys of `retention`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from driftgauge.config.section import Section
from driftgauge.config.values import DAY, Days, Interval


class RetentionSettings(Section):
    """What is kept for how long."""

    predictions: Days = Field(default=30 * DAY, description="Age at which prediction rows are dropped.")
    rollups: Days = Field(default=400 * DAY, description="Age at which roll-ups are dropped.")
    results: Days = Field(default=90 * DAY, description="Age at which results and resolved alerts are dropped.")
    every: Interval = Field(default=timedelta(hours=1), description="Time between two retention runs.")
    partitions_ahead: Days = Field(default=14 * DAY, description="How far ahead partitions are created.")
