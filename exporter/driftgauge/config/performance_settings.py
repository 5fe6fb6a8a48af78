"""How performance is judged: keys of `performance`, and of models where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from driftgauge.config.section import Section
from driftgauge.config.values import Interval, Name

Limit = Annotated[float, Field(allow_inf_nan=False)]
Deviations = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
Cohorts = Annotated[int, Field(ge=2, le=366)]


class PerformanceSettings(Section):
    """How performance is judged, for all models."""

    every: Interval = Field(default=timedelta(minutes=1), description="Time between two judgements of what changed.")
    minimum_rows: int = Field(
        default=200,
        ge=1,
        description="Outcomes of a cohort below which the verdict is insufficient_data.",
    )
    reference_cohorts: Cohorts = Field(
        default=10,
        description="Matured cohorts with so many outcomes that bands and estimates are learned from, at least.",
    )
    deviations: Deviations = Field(
        default=3.0,
        description="Standard deviations of the reference's cohorts from their mean that a band reaches.",
    )


class MetricLimitSettings(Section):
    """Limits of one metric, in its unit, in place of the reference's band."""

    lower: Limit | None = Field(default=None, description="The value below which it is too small.")
    upper: Limit | None = Field(default=None, description="The value above which it is too large.")


class ModelPerformanceSettings(Section):
    """How one model's performance is judged, where it differs from `performance`."""

    minimum_rows: int | None = Field(default=None, ge=1, description="Outcomes below which there is no judgement.")
    reference_cohorts: Cohorts | None = Field(default=None, description="Cohorts that this model's reference takes.")
    deviations: Deviations | None = Field(default=None, description="How many deviations its bands reach.")
    limits: Mapping[Name, MetricLimitSettings] = Field(
        default_factory=dict[str, MetricLimitSettings],
        description="Limits by metric; the others are held against the reference's cohorts.",
    )
    costs: tuple[tuple[Limit, ...], ...] = Field(
        default=(),
        description="What a prediction is worth: a row for each outcome, with a value for each predicted class.",
    )
    cost_unit: Name | None = Field(default=None, description="What costs are counted in, such as EUR.")
