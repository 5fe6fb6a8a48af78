"""What models are compared with: keys of `reference`, and of a model."""

from __future__ import annotations

from pydantic import Field

from driftgauge.config.section import Section
from driftgauge.config.values import DaysOrOff, Flag, SeasonOrOff


class ReferenceSettings(Section):
    """How a model without a registered reference gets one."""

    automatic_rows: int = Field(
        default=2_000,
        ge=100,
        le=10_000_000,
        description="First rows of a model that become its reference, where none was set.",
    )
    rolling: DaysOrOff = Field(
        default=None,
        description="Compare with so many whole days before the window, once half of them have rows.",
    )
    season: SeasonOrOff = Field(
        default=None,
        description="Compare only with buckets of the reference of the window's own season, by drift.timezone.",
    )
    reconstruction_error: Flag = Field(
        default=False,
        description="Watch, from the next reference on, how far rows lie from the planes of the reference's own (PCA).",
    )
    segments: int = Field(
        default=5,
        ge=0,
        le=100,
        description="Judge so many segments apart, those with most rows, from the next reference on; 0: none.",
    )


class ModelReferenceSettings(Section):
    """What one model is compared with, where it differs from `reference`."""

    OFF_IF_EMPTY = frozenset({"rolling", "season"})
    rolling: DaysOrOff = Field(
        default=None, description="Compare this model with so many days before the window; off or null: with none."
    )
    season: SeasonOrOff = Field(
        default=None, description="Compare this model with its reference's like season only; off or null: with all."
    )
    reconstruction_error: Flag | None = Field(default=None, description="Watch how its numeric features hang together.")
    segments: int | None = Field(default=None, ge=0, le=100, description="Judge so many of its segments apart.")
