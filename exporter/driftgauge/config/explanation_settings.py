"""How explanations are judged: keys of `explanations`, and of models where they differ."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from driftgauge.config.section import Section
from driftgauge.config.values import Interval, Share, Span

Rule = Literal["calibrated", "classic"]
Difference = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ExplanationSettings(Section):
    """How explanations are rolled up and judged, for all models."""

    every: Interval = Field(default=timedelta(minutes=1), description="Time between two roll-ups, and two judgements.")
    automatic_rows: int = Field(
        default=500,
        ge=30,
        le=100_000,
        description="First explained predictions of a model that become the reference of its reasoning.",
    )
    window: Span | None = Field(
        default=None,
        description="Width of the current window, a multiple of rollup.profile_bucket; none: drift.window.",
    )
    minimum_rows: int = Field(
        default=100,
        ge=30,
        description="Explained predictions in the window below which the verdict is insufficient_data.",
    )
    rule: Rule = Field(
        default="calibrated",
        description="What decides: how attributions are spread in the reference, or the classic difference of means.",
    )
    threshold: Difference = Field(
        default=0.1, description="Of the classic rule: the difference of means above which a feature has drifted."
    )
    sign_flip: Share = Field(
        default=0.1, description="Change of the share of positive attributions from which a feature may have drifted."
    )
    ndcg: Share = Field(default=0.9, description="nDCG of importances below which their order may have changed.")


class ModelExplanationSettings(Section):
    """How one model's explanations are judged, where it differs from `explanations`."""

    window: Span | None = Field(default=None, description="Width of the current window for this model.")
    minimum_rows: int | None = Field(default=None, ge=30, description="Explained predictions that it needs.")
    rule: Rule | None = Field(default=None, description="What decides for this model.")
    threshold: Difference | None = Field(default=None, description="The classic rule's threshold for this model.")
    sign_flip: Share | None = Field(default=None, description="Change of its shares of positives that matters.")
    ndcg: Share | None = Field(default=None, description="nDCG of its importances below which their order changed.")
