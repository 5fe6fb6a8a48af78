"""How changes of feature importances are found: keys of `importance`, and of models where they differ."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from driftgauge.config.section import Section
from driftgauge.config.values import Flag, Interval, Name, Share

Change = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ImportanceSettings(Section):
    """How the importances that services log are compared."""

    every: Interval = Field(default=timedelta(minutes=1), description="Time between two looks for new importances.")
    span: Interval = Field(
        default=timedelta(hours=1), description="Importances within so long of the first are one logging."
    )
    threshold: Change = Field(
        default=0.1,
        description="Change of an importance above which its feature has drifted, in the importance's unit.",
    )
    relative_threshold: Change | None = Field(
        default=None, description="Change by what it was above which a feature has drifted as well: 0.5 is half."
    )
    ndcg_threshold: Share = Field(
        default=0.9, description="nDCG of the features' order below which the importances have drifted."
    )
    normalise: Flag = Field(
        default=False, description="Compare shares of all importance, so that the unit does not matter."
    )


class ModelImportanceSettings(Section):
    """How the importances of one model are compared, where it differs from `importance`."""

    threshold: Change | None = Field(default=None, description="Change above which a feature of this model drifted.")
    relative_threshold: Change | None = Field(default=None, description="The same by what the importance was.")
    ndcg_threshold: Share | None = Field(default=None, description="nDCG below which this model's order is another.")
    normalise: Flag | None = Field(default=None, description="Compare shares of all importance of this model.")
    reference_version: Name | None = Field(
        default=None, description="Compare always with the first importances of this version, not with those before."
    )
