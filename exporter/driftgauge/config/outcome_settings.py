"""How predictions are held against what turned out: keys of `outcomes`, and of models where they differ."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from driftgauge.config.section import Section
from driftgauge.config.values import DAY, SECOND, Interval, Span, distinct

Label = Annotated[str, Field(min_length=1, max_length=200)]
Labels = Annotated[tuple[Label, ...], AfterValidator(distinct), Field(max_length=100)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class OutcomeSettings(Section):
    """How outcomes are joined to their predictions."""

    every: Interval = Field(default=60 * SECOND, description="Time between two readings of new outcomes.")
    cohort: Interval = Field(
        default=DAY,
        description="Width of a cohort, by the time of its predictions; divides a day.",
    )
    maturity: Span = Field(
        default=timedelta(days=7),
        description="How long after its end a cohort's outcomes are waited for.",
    )


class ModelOutcomeSettings(Section):
    """How one model's predictions are held against what turned out, where it differs from `outcomes`."""

    task: Literal["binary", "multiclass", "regression"] | None = Field(
        default=None,
        description="What it predicts; inferred from the first hundred outcomes where not given.",
    )
    positive: Label | None = Field(
        default=None,
        description="The label that scores are probabilities of, where there are two classes.",
    )
    threshold: Probability | None = Field(
        default=None,
        description="The score from which a prediction without a label is positive; 0.5 where not given.",
    )
    classes: Labels = Field(
        default=(), description="Labels to keep by name where there are several; else the 100 most."
    )
    maturity: Span | None = Field(default=None, description="How long this model's outcomes are waited for.")
