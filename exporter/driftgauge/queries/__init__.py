"""What is known of a model, one function a question: typed rows, times in UTC, and None where there is no figure."""

from __future__ import annotations

from driftgauge.queries.alerts import ActiveAlert, PastAlert, active_alerts, alert_history
from driftgauge.queries.anomaly import MetricVerdict, anomalies
from driftgauge.queries.concept import ConceptDetector, ConceptDriftAlert, concept_detectors, concept_drift_alerts
from driftgauge.queries.connecting import connect
from driftgauge.queries.drift import (
    Distribution,
    DriftAlert,
    DriftDay,
    FeatureDistribution,
    FeatureDrift,
    LatestDrift,
    drift_alerts,
    drift_trend,
    feature_distributions,
    latest_drift,
)
from driftgauge.queries.explanations import (
    ExplanationDay,
    ExplanationDrift,
    FeatureAttribution,
    LimeWeight,
    ShapValue,
    explanation_drift,
    explanation_trend,
    lime_weights,
    shap_values,
)
from driftgauge.queries.health import (
    HealthComponent,
    HealthDay,
    HealthScoreDay,
    LatestHealth,
    ModelHealth,
    health_score_trend,
    health_trend,
    latest_health,
    model_health,
)
from driftgauge.queries.importance import (
    FeatureImportance,
    FeatureImportanceChange,
    ImportanceDrift,
    importance_drift,
    importance_history,
)
from driftgauge.queries.metrics import Metric, MetricDay, metric_trend, recent_metrics
from driftgauge.queries.performance import (
    CohortMetric,
    MetricFinding,
    PerformanceCohort,
    PerformanceDay,
    Reliability,
    ReliabilityPoint,
    performance_cohorts,
    performance_trend,
    reliability,
)
from driftgauge.queries.predictions import PredictionSummary, prediction_summary
from driftgauge.queries.quality import QualityCheck, data_quality
from driftgauge.queries.served import ServedModel, TrafficStep, models, traffic_trend
from driftgauge.store.execute import Connection

__all__ = [
    "ActiveAlert",
    "CohortMetric",
    "ConceptDetector",
    "ConceptDriftAlert",
    "Connection",
    "Distribution",
    "DriftAlert",
    "DriftDay",
    "ExplanationDay",
    "ExplanationDrift",
    "FeatureAttribution",
    "FeatureDistribution",
    "FeatureDrift",
    "FeatureImportance",
    "FeatureImportanceChange",
    "HealthComponent",
    "HealthDay",
    "HealthScoreDay",
    "ImportanceDrift",
    "LatestDrift",
    "LatestHealth",
    "LimeWeight",
    "Metric",
    "MetricDay",
    "MetricFinding",
    "MetricVerdict",
    "ModelHealth",
    "PastAlert",
    "PerformanceCohort",
    "PerformanceDay",
    "PredictionSummary",
    "QualityCheck",
    "Reliability",
    "ReliabilityPoint",
    "ServedModel",
    "ShapValue",
    "TrafficStep",
    "active_alerts",
    "alert_history",
    "anomalies",
    "concept_detectors",
    "concept_drift_alerts",
    "connect",
    "data_quality",
    "drift_alerts",
    "drift_trend",
    "explanation_drift",
    "explanation_trend",
    "feature_distributions",
    "health_score_trend",
    "health_trend",
    "importance_drift",
    "importance_history",
    "latest_drift",
    "latest_health",
    "lime_weights",
    "metric_trend",
    "model_health",
    "models",
    "performance_cohorts",
    "performance_trend",
    "prediction_summary",
    "recent_metrics",
    "reliability",
    "shap_values",
    "traffic_trend",
]
