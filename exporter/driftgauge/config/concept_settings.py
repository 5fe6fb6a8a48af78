"""How changes of errors and metrics are found: keys of `concept`, and of models where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from driftgauge.config.section import Section
from driftgauge.config.values import DAY, Days, Interval, Name, Names, Span

Plain = bool | int | float


def _plain(value: object, read: ValidatorFunctionWrapHandler) -> Plain:
    """Read a switch, as JSON writes it, or a number."""
    if value in ("true", "false"):
        return value == "true"
    try:
        return read(value)
    except ValidationError as error:
        wanted = "expected a number, true or false"
        raise ValueError(wanted) from error


Parameter = Annotated[Plain, WrapValidator(_plain)]
Parameters = Mapping[Name, Mapping[Name, Parameter]]
Level = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]


class ConceptSettings(Section):
    """How concept drift is looked for."""

    every: Interval = Field(
        default=timedelta(minutes=1), description="Time between two looks at the detectors and the metrics' history."
    )
    detectors: Names = Field(
        default=("adwin",),
        description="Detectors that follow the errors of a model pair by pair, as outcomes come; none where empty.",
    )
    parameters: Parameters = Field(
        default_factory=dict[str, Mapping[str, Plain]],
        description="What is set of a detector, by its name; a change makes it begin anew.",
    )
    metrics: Names = Field(
        default=("accuracy", "roc_auc", "mae"),
        description="Metrics whose last days are held against those before, of those that a model has.",
    )
    window: Days = Field(default=7 * DAY, description="Width of a metric's current window, up to its newest value.")
    reference_window: Days = Field(default=28 * DAY, description="Width of the window before, which is compared with.")
    alpha: Level | None = Field(
        default=None,
        description="P-value below which a metric has drifted; none: by the alarm budget. The classic rule's is 0.05.",
    )
    recent: Span = Field(default=DAY, description="How long after a detector has told a drift its metric stays 1.")


class ModelConceptSettings(Section):
    """How concept drift of one model is looked for, where it differs from `concept`."""

    detectors: Names | None = Field(default=None, description="Detectors for this model, instead of the others'.")
    parameters: Parameters = Field(
        default_factory=dict[str, Mapping[str, Plain]], description="What is set of a detector for this model."
    )
    metrics: Names | None = Field(default=None, description="Metrics of this model to compare over time.")
