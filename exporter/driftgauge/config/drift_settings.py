"""How drift is judged: keys of `drift`, of a model and of a feature."""

from __future__ import annotations

from datetime import UTC, timedelta, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from driftgauge.config.section import Section
from driftgauge.config.values import DAY, Interval, Kind, Share, Span, TestNames, Thresholds, TimeZone

DEFAULT_TESTS: Final = (
    "ks",
    "psi",
    "jensen_shannon",
    "wasserstein",
    "chi_squared",
    "missing_share",
    "unseen_share",
    "out_of_range_share",
)


class DriftSettings(Section):
    """How drift is judged, for all models."""

    policy: Literal["calibrated", "two_sample"] = Field(
        default="calibrated",
        description="What decides: how the reference's own windows differ, or two-sample tests of independent rows.",
    )
    timezone: TimeZone = Field(
        default="UTC",
        description="Whose clocks seasons go by, such as Europe/Berlin: where summer time shifts what people do.",
    )
    every: Interval = Field(default=timedelta(minutes=1), description="Time between two judgements.")
    window: Span = Field(
        default=DAY,
        description="Width of the current window, a multiple of rollup.profile_bucket.",
    )
    minimum_rows: int = Field(
        default=200,
        ge=1,
        description="Rows in the window below which the verdict is insufficient_data.",
    )
    tests: TestNames = Field(default=DEFAULT_TESTS, description="Drift tests to make; each takes the features it fits.")
    thresholds: Thresholds = Field(
        default_factory=dict[str, float],
        description="Scores from which a feature may have drifted, by test or shift; the others keep their own.",
    )
    dataset_share: Share = Field(
        default=0.5,
        description="Share of the features, by importance where logged, from which a whole data set has drifted.",
    )
    persistence: int = Field(
        default=1,
        ge=1,
        le=1_000,
        description="Judgements in a row in which a feature must drift before it raises an alert.",
    )
    alarms_per_30_days: float = Field(
        default=1.0,
        gt=0,
        le=1_000,
        allow_inf_nan=False,
        description="Most false alarms per model in 30 days.",
    )

    @property
    def zone(self) -> tzinfo:
        """The time zone."""
        return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)


class ModelDriftSettings(Section):
    """How drift is judged for one model, where it differs from `drift`."""

    window: Span | None = Field(default=None, description="Width of the current window for this model.")
    minimum_rows: int | None = Field(default=None, ge=1, description="Rows below which there is no judgement.")
    tests: TestNames | None = Field(default=None, description="Drift tests for this model, instead of drift.tests.")
    thresholds: Thresholds = Field(default_factory=dict[str, float], description="Thresholds by test for this model.")
    persistence: int | None = Field(default=None, ge=1, le=1_000, description="Judgements in a row for this model.")
    dataset_share: Share | None = Field(default=None, description="Share from which this model's data set has drifted.")


class FeatureSettings(Section):
    """How one feature is read and judged."""

    kind: Kind | None = Field(default=None, description="How values are read; inferred where not given.")
    tests: TestNames | None = Field(default=None, description="Drift tests for this feature, instead of the model's.")
    thresholds: Thresholds = Field(default_factory=dict[str, float], description="Thresholds by test for this feature.")
