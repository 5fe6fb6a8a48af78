"""What can be configured: every key with its unit, bounds, default and one line of explanation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from driftgauge.config.alert_settings import AlertmanagerSettings, RuleSettings, token
from driftgauge.config.concept_settings import ConceptSettings, ModelConceptSettings
from driftgauge.config.connection import read_conninfo, read_secret
from driftgauge.config.explanation_settings import ExplanationSettings, ModelExplanationSettings
from driftgauge.config.health_settings import HealthSettings, ModelHealthSettings
from driftgauge.config.importance_settings import ImportanceSettings, ModelImportanceSettings
from driftgauge.config.outcome_settings import ModelOutcomeSettings, OutcomeSettings
from driftgauge.config.performance_settings import ModelPerformanceSettings, PerformanceSettings
from driftgauge.config.section import Section
from driftgauge.config.slo_settings import AcknowledgementSettings, ModelSloSettings, SloSettings
from driftgauge.config.source_settings import SourceSettings
from driftgauge.config.values import (
    DAY,
    SECOND,
    Days,
    DaysOrOff,
    Deviations,
    FilePath,
    Flag,
    Interval,
    Kind,
    Listen,
    Load,
    Name,
    Names,
    SchemaName,
    SeasonOrOff,
    Share,
    Span,
    TestNames,
    Thresholds,
    Timeout,
    TimeZone,
)

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
MOST_SOURCES: Final = 32
"""Each is a job of its own."""


class DatabaseSettings(Section):
    """How Postgres is reached."""

    dsn: SecretStr | None = Field(
        default=None,
        description="Connection, as a libpq URI or key=value; none: libpq's own PGHOST, PGUSER, PGPASSFILE … apply.",
    )
    dsn_file: FilePath | None = Field(
        default=None,
        description="File with the connection instead, read anew for each connection; relative to this file.",
    )
    schema_name: SchemaName = Field(default="driftgauge", alias="schema", description="Schema of driftgauge's tables.")
    statement_timeout: Timeout = Field(default=30 * SECOND, description="Longest time for one SQL statement.")
    lock_timeout: Timeout = Field(default=2 * SECOND, description="Longest wait for a lock in Postgres.")

    def conninfo(self) -> str:
        """Return the connection string, reading `dsn_file` anew; empty where libpq's own environment is to decide.

        Raises
        ------
        ConfigError
            When `dsn_file` cannot be read or is empty.
        """
        return read_conninfo(self.dsn, self.dsn_file, place="database.dsn_file")


class HttpSettings(Section):
    """Where metrics are served."""

    listen: Listen = Field(
        default="127.0.0.1:9799",
        description="Address as host:port; port 0 takes any free one, an empty host every interface.",
    )
    web_config: FilePath | None = Field(
        default=None,
        description="File with TLS and basic auth, as other Prometheus exporters read it; relative to this file.",
    )
    webhook_token: SecretStr | None = Field(
        default=None,
        description="Bearer token by which Alertmanager's webhook is let in; none, and no file: nobody is.",
    )
    webhook_token_file: FilePath | None = Field(
        default=None, description="File with the token instead, read at the start; relative to this file."
    )

    def read_webhook_token(self) -> str | None:
        """Return the token, reading `webhook_token_file`; None where neither is given.

        Raises
        ------
        ConfigError
            When the file cannot be read or is empty, or the token is so short that it could be guessed.
        """
        if self.webhook_token is not None:
            return token(self.webhook_token.get_secret_value(), place="http.webhook_token")
        if self.webhook_token_file is None:
            return None
        place = "http.webhook_token_file"
        return token(read_secret(self.webhook_token_file, place=place), place=place)

    @property
    def host(self) -> str:
        """The host of `listen`, without the brackets of IPv6; empty for every interface."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port of `listen`."""
        return int(self.listen.rpartition(":")[2])


class RollupSettings(Section):
    """How rows are summed into buckets."""

    every: Interval = Field(default=15 * SECOND, description="Time between two roll-ups of new rows.")
    bucket: Interval = Field(
        default=timedelta(minutes=1),
        description="Width of a traffic bucket; divides profile_bucket.",
    )
    profile_bucket: Interval = Field(
        default=timedelta(hours=1),
        description="Width of a feature profile's bucket; divides a day.",
    )
    lag_limit: Interval = Field(
        default=timedelta(minutes=10),
        description="Age of a row that waits to be rolled up at which somebody is told.",
    )
    slice_rows: int = Field(default=20_000, ge=100, le=10_000_000, description="Most rows in one transaction.")


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


class RetentionSettings(Section):
    """What is kept for how long."""

    predictions: Days = Field(default=30 * DAY, description="Age at which prediction rows are dropped.")
    rollups: Days = Field(default=400 * DAY, description="Age at which roll-ups are dropped.")
    results: Days = Field(default=90 * DAY, description="Age at which results and resolved alerts are dropped.")
    every: Interval = Field(default=timedelta(hours=1), description="Time between two retention runs.")
    partitions_ahead: Days = Field(default=14 * DAY, description="How far ahead partitions are created.")


class LimitSettings(Section):
    """What keeps the exporter bounded."""

    max_series: int = Field(
        default=250_000,
        ge=1,
        le=10_000_000,
        description="Most series exposed; the rest are dropped and counted.",
    )
    cpu: Load = Field(
        default=0.5, description="Cores that the exporter may keep busy, over half an hour, before somebody is told."
    )
    database: Load = Field(
        default=1.0,
        description="Sessions of Postgres that its jobs may keep busy, over half an hour, before somebody is told.",
    )


class ModelDriftSettings(Section):
    """How drift is judged for one model, where it differs from `drift`."""

    window: Span | None = Field(default=None, description="Width of the current window for this model.")
    minimum_rows: int | None = Field(default=None, ge=1, description="Rows below which there is no judgement.")
    tests: TestNames | None = Field(default=None, description="Drift tests for this model, instead of drift.tests.")
    thresholds: Thresholds = Field(default_factory=dict[str, float], description="Thresholds by test for this model.")
    persistence: int | None = Field(default=None, ge=1, le=1_000, description="Judgements in a row for this model.")
    dataset_share: Share | None = Field(default=None, description="Share from which this model's data set has drifted.")


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


class FeatureSettings(Section):
    """How one feature is read and judged."""

    kind: Kind | None = Field(default=None, description="How values are read; inferred where not given.")
    tests: TestNames | None = Field(default=None, description="Drift tests for this feature, instead of the model's.")
    thresholds: Thresholds = Field(default_factory=dict[str, float], description="Thresholds by test for this feature.")


class ModelAnomalySettings(Section):
    """How metrics are judged for one model, where it differs from `anomalies`."""

    enabled: Flag | None = Field(default=None, description="Judge whether this model's metrics are as usual.")
    deviations: Deviations | None = Field(default=None, description="Robust standard deviations that are allowed.")
    ignore_metrics: Names = Field(default=(), description="Metrics that are not judged.")


class ModelSettings(Section):
    """What differs for one model."""

    reference: ModelReferenceSettings = Field(
        default_factory=ModelReferenceSettings,
        description="What it is compared with.",
    )
    drift: ModelDriftSettings = Field(default_factory=ModelDriftSettings, description="How its drift is judged.")
    outcomes: ModelOutcomeSettings = Field(
        default_factory=ModelOutcomeSettings,
        description="How its predictions are held against what turned out.",
    )
    anomalies: ModelAnomalySettings = Field(
        default_factory=ModelAnomalySettings,
        description="How its metrics are judged.",
    )
    concept: ModelConceptSettings = Field(
        default_factory=ModelConceptSettings, description="How its concept drift is looked for."
    )
    performance: ModelPerformanceSettings = Field(
        default_factory=ModelPerformanceSettings,
        description="How its performance is judged.",
    )
    explanations: ModelExplanationSettings = Field(
        default_factory=ModelExplanationSettings, description="How its explanations are judged."
    )
    importance: ModelImportanceSettings = Field(
        default_factory=ModelImportanceSettings,
        description="How its features' importances are compared.",
    )
    health: ModelHealthSettings = Field(default_factory=ModelHealthSettings, description="How its health is scored.")
    slo: ModelSloSettings = Field(default_factory=ModelSloSettings, description="What is promised of its service.")
    features: Mapping[Name, FeatureSettings] = Field(
        default_factory=dict[str, FeatureSettings],
        description="How its features are read and judged, by name.",
    )
    ignore_features: Names = Field(default=(), description="Features that are neither profiled nor judged.")


class Settings(Section):
    """The whole configuration; made by `load_config`, which also checks what lies between keys."""

    database: DatabaseSettings = Field(default_factory=DatabaseSettings, description="How Postgres is reached.")
    http: HttpSettings = Field(default_factory=HttpSettings, description="Where metrics are served.")
    rollup: RollupSettings = Field(default_factory=RollupSettings, description="How rows are summed into buckets.")
    reference: ReferenceSettings = Field(
        default_factory=ReferenceSettings,
        description="How a model without a registered reference gets one.",
    )
    drift: DriftSettings = Field(default_factory=DriftSettings, description="How drift is judged.")
    outcomes: OutcomeSettings = Field(
        default_factory=OutcomeSettings, description="How outcomes are joined to their predictions."
    )
    anomalies: AnomalySettings = Field(
        default_factory=AnomalySettings, description="How metrics are judged by how they were before."
    )
    concept: ConceptSettings = Field(default_factory=ConceptSettings, description="How concept drift is looked for.")
    performance: PerformanceSettings = Field(
        default_factory=PerformanceSettings, description="How performance is judged."
    )
    explanations: ExplanationSettings = Field(
        default_factory=ExplanationSettings, description="How explanations are judged."
    )
    importance: ImportanceSettings = Field(
        default_factory=ImportanceSettings, description="How feature importances are compared with those before."
    )
    health: HealthSettings = Field(default_factory=HealthSettings, description="How health is scored.")
    slo: SloSettings = Field(default_factory=SloSettings, description="What is promised of models' service.")
    acknowledgement: AcknowledgementSettings = Field(
        default_factory=AcknowledgementSettings,
        description="How long an alert may wait until somebody says that they have seen it.",
    )
    alertmanager: AlertmanagerSettings = Field(
        default_factory=AlertmanagerSettings, description="Where alerts are silenced, and which of them have ended."
    )
    rules: RuleSettings = Field(
        default_factory=RuleSettings, description="How the rules in the table alert_rules are evaluated."
    )
    retention: RetentionSettings = Field(default_factory=RetentionSettings, description="What is kept for how long.")
    limits: LimitSettings = Field(default_factory=LimitSettings, description="What keeps the exporter bounded.")
    models: Mapping[Name, ModelSettings] = Field(
        default_factory=dict[str, ModelSettings],
        description="What differs for single models, by name.",
    )
    sources: tuple[SourceSettings, ...] = Field(
        default=(),
        max_length=MOST_SOURCES,
        description="Tables of your own that predictions are read from, with SELECT rights alone.",
    )

    def of_model(self, model: str) -> ModelSettings:
        """Return what was written for `model`; empty where nothing was."""
        return self.models.get(model) or ModelSettings()

    def reference_of(self, model: str) -> ReferenceSettings:
        """Return what `model` is compared with."""
        own = self.of_model(model).reference
        return self.reference.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})

    def anomalies_of(self, model: str) -> AnomalySettings:
        """Return how the metrics of `model` are judged."""
        own = self.of_model(model).anomalies
        given = {"enabled": own.enabled, "deviations": own.deviations}
        return self.anomalies.model_copy(update={key: value for key, value in given.items() if value is not None})

    def importance_of(self, model: str) -> ImportanceSettings:
        """Return how the importances of `model` are compared."""
        own = self.of_model(model).importance
        given = {key: getattr(own, key) for key in ("threshold", "relative_threshold", "ndcg_threshold", "normalise")}
        return self.importance.model_copy(update={key: value for key, value in given.items() if value is not None})

    def slo_of(self, model: str) -> SloSettings:
        """Return what is promised of the service of `model`."""
        own = self.of_model(model).slo
        return self.slo.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})

    def concept_of(self, model: str) -> ConceptSettings:
        """Return how concept drift of `model` is looked for: the narrowest setting wins, parameter by parameter."""
        own, general = self.of_model(model).concept, self.concept
        parameters = {
            detector: {**general.parameters.get(detector, {}), **own.parameters.get(detector, {})}
            for detector in sorted({*general.parameters, *own.parameters})
        }
        narrowed = {
            "detectors": general.detectors if own.detectors is None else own.detectors,
            "metrics": general.metrics if own.metrics is None else own.metrics,
            "parameters": parameters,
        }
        return general.model_copy(update=narrowed)

    def explanations_of(self, model: str) -> ExplanationSettings:
        """Return how the explanations of `model` are judged."""
        own = self.of_model(model).explanations
        given = {key: value for key in own.model_fields_set if (value := getattr(own, key)) is not None}
        return self.explanations.model_copy(update=given)

    def health_of(self, model: str) -> HealthSettings:
        """Return how the health of `model` is scored: the narrowest setting wins, weight by weight."""
        own = self.of_model(model).health
        given = {key: value for key in own.model_fields_set if (value := getattr(own, key)) is not None}
        return self.health.model_copy(update={**given, "weights": {**self.health.weights, **own.weights}})

    def drift_of(self, model: str, feature: str | None = None) -> DriftSettings:
        """Return how drift is judged for `model`, or one of its features: the narrowest setting wins, test by test."""
        own = self.of_model(model)
        single = own.features.get(feature) if feature is not None else None
        single = single or FeatureSettings()
        narrowed = {
            "window": own.drift.window or self.drift.window,
            "minimum_rows": own.drift.minimum_rows or self.drift.minimum_rows,
            "persistence": own.drift.persistence or self.drift.persistence,
            "dataset_share": own.drift.dataset_share or self.drift.dataset_share,
            "tests": single.tests or own.drift.tests or self.drift.tests,
            "thresholds": {**self.drift.thresholds, **own.drift.thresholds, **single.thresholds},
        }
        return self.drift.model_copy(update=narrowed)
