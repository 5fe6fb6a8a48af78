"""What can be configured: every key with its unit, bounds, default and one line of explanation."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from driftgauge.config.alert_settings import AlertmanagerSettings, RuleSettings
from driftgauge.config.anomaly_settings import AnomalySettings, ModelAnomalySettings
from driftgauge.config.concept_settings import ConceptSettings, ModelConceptSettings
from driftgauge.config.database_settings import DatabaseSettings
from driftgauge.config.drift_settings import DriftSettings, FeatureSettings, ModelDriftSettings
from driftgauge.config.explanation_settings import ExplanationSettings, ModelExplanationSettings
from driftgauge.config.health_settings import HealthSettings, ModelHealthSettings
from driftgauge.config.http_settings import HttpSettings
from driftgauge.config.importance_settings import ImportanceSettings, ModelImportanceSettings
from driftgauge.config.limit_settings import LimitSettings
from driftgauge.config.outcome_settings import ModelOutcomeSettings, OutcomeSettings
from driftgauge.config.performance_settings import ModelPerformanceSettings, PerformanceSettings
from driftgauge.config.reference_settings import ModelReferenceSettings, ReferenceSettings
from driftgauge.config.retention_settings import RetentionSettings
from driftgauge.config.rollup_settings import RollupSettings
from driftgauge.config.section import Section
from driftgauge.config.slo_settings import AcknowledgementSettings, ModelSloSettings, SloSettings
from driftgauge.config.source_settings import MOST_SOURCES, SourceSettings
from driftgauge.config.values import Name, Names


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
