"""How metrics are judged by how they were before: keys of `anomalies`, and of a model."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from driftgauge.config.section import Section
from driftgauge.config.values import Deviations, Flag, Interval, Names


class AnomalySettings(Section):
    """How metrics are judged by how they were before, for all models."""

    enabled: Flag = Field(default=True, description="Judge whether metrics are as usual; false: none is judged.")
    every: Interval = Field(
        default=timedelta(minutes=1), description="Time between two looks at whether an hour has closed."
    )
    deviations: Deviations | None = Field(
        default=None,
        description="Robust standard deviations that are allowed; none: as many as drift.alarms_per_30_days asks for.",
    )


class ModelAnomalySettings(Section):
    """How metrics are judged for one model, where it differs from `anomalies`."""

    enabled: Flag | None = Field(default=None, description="Judge whether this model's metrics are as usual.")
    deviations: Deviations | None = Field(default=None, description="Robust standard deviations that are allowed.")
    ignore_metrics: Names = Field(default=(), description="Metrics that are not judged.")
