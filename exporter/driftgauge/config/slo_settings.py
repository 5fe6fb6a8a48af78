"""What is promised of a model's service, and how soon somebody must answer: keys of `slo` and `acknowledgement`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from driftgauge.config.durations import format_duration
from driftgauge.config.section import Section
from driftgauge.config.values import Interval, Timeout, off, show_off
from driftgauge.model.traffic import LATENCY_BOUNDS

FASTEST_BURN: Final = 14.4
"""How many times faster than the objective allows errors must come for the most urgent alert."""
LATENCIES: Final = tuple(timedelta(seconds=bound) for bound in LATENCY_BOUNDS if (bound * 1000).is_integer())
"""The bounds of the latency histogram that a duration can name: only of those it is known how many were slower."""


def _objective(value: float) -> float:
    """Refuse an objective so low that even a total failure does not use its budget up fast enough to be told."""
    if value <= 1 - 1 / FASTEST_BURN:
        raise ValueError(f"{value:g} leaves so large a budget that nothing burns it {FASTEST_BURN} times too fast")
    return value


def _latency(value: timedelta) -> timedelta:
    """Refuse a latency that is no bound of the histogram."""
    if value not in LATENCIES:
        known = ", ".join(map(format_duration, LATENCIES))
        raise ValueError(f"{format_duration(value)} is no bound of the latency histogram; choose one of {known}")
    return value


Objective = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False), AfterValidator(_objective)]
ObjectiveOrOff = Annotated[Objective | None, BeforeValidator(off), Field(json_schema_extra=show_off)]
Latency = Annotated[Timeout, AfterValidator(_latency)]


class SloSettings(Section):
    """What is promised of every model's service."""

    errors: ObjectiveOrOff = Field(
        default=0.99, description="Share of predictions that must succeed, more than 0.9306; off: none is promised."
    )
    latency: ObjectiveOrOff = Field(
        default=0.95, description="Share of predictions that must be fast enough; off: none is promised."
    )
    latency_threshold: Latency = Field(
        default=timedelta(seconds=5),
        description="What is fast enough: a bound of the latency histogram, such as 1s.",
    )
    minimum_predictions: int = Field(
        default=100, ge=1, description="Predictions in a window below which its burn rate is not told."
    )


class ModelSloSettings(Section):
    """What is promised of one model's service, where it differs from `slo`."""

    errors: ObjectiveOrOff = Field(default=None, description="Share of this model's predictions that must succeed.")
    latency: ObjectiveOrOff = Field(default=None, description="Share of this model's that must be fast enough.")
    latency_threshold: Latency | None = Field(default=None, description="What is fast enough of this model.")
    minimum_predictions: int | None = Field(default=None, ge=1, description="Predictions that a window of it needs.")


class AcknowledgementSettings(Section):
    """How long an alert may wait until somebody says that they have seen it."""

    critical: Interval = Field(default=timedelta(hours=1), description="Longest wait of a critical alert.")
    warning: Interval = Field(default=timedelta(hours=4), description="Longest wait of a warning.")
