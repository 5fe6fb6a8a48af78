"""How health is scored: keys of `health`, and of models where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from driftgauge.config.section import Section
from driftgauge.config.values import Interval, Latency, Name, Share

Weight = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Weights = Mapping[Name, Weight]
HealthRule = Literal["components", "classic"]
CLASSIC: Final = "classic"


class HealthSettings(Section):
    """How health is scored, for all models."""

    every: Interval = Field(default=timedelta(minutes=1), description="Time between two scores.")
    rule: HealthRule = Field(
        default="components",
        description="What makes the score: all components, or the classic rule of success, latency and two drifts.",
    )
    weights: Weights = Field(
        default_factory=dict[str, float],
        description="Share of the score that a component takes away where it is 0, by name; the others keep their own.",
    )
    window: Interval = Field(
        default=timedelta(hours=1),
        description="Predictions that success and latency are of; where they are too few, of 24 times as long.",
    )
    minimum_predictions: int = Field(
        default=50, ge=1, description="Predictions below which success and latency are not known."
    )
    latency_objective: Latency = Field(
        default=timedelta(milliseconds=200), description="Time within which a prediction should be made."
    )
    latency_target: Share = Field(default=0.95, description="Share of the predictions that should be.")
    threshold: Weight = Field(default=0.8, description="Score below which somebody should look; exported beside it.")


class ModelHealthSettings(Section):
    """How the health of one model is scored, where it differs from `health`."""

    rule: HealthRule | None = Field(default=None, description="What makes the score of this model.")
    weights: Weights = Field(default_factory=dict[str, float], description="Weights of components for this model.")
    minimum_predictions: int | None = Field(default=None, ge=1, description="Predictions that this model needs.")
    latency_objective: Latency | None = Field(default=None, description="Time within which it should predict.")
    latency_target: Share | None = Field(default=None, description="Share of its predictions that should be.")
    threshold: Weight | None = Field(default=None, description="Score of this model below which to look.")
