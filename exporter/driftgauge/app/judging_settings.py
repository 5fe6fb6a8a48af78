"""From the configuration to how models are judged: inputs, data, metrics, concept, importance, outcomes, reasoning."""

from __future__ import annotations

from typing import Final

from driftgauge.concept.windows import Widths
from driftgauge.config import Settings
from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.comparing import SAFETY
from driftgauge.drift.comparison import Comparison
from driftgauge.drift.policies import POLICIES
from driftgauge.drift.policy import FeatureChoice, Policy, PolicySettings
from driftgauge.explanation.findings import ExplanationRule, Rule
from driftgauge.explanation.importance import Rules
from driftgauge.health.components import Yardstick
from driftgauge.health.score import Rule as HealthRule
from driftgauge.jobs.anomalies import AnomalyOptions
from driftgauge.jobs.concept import ConceptOptions, ModelConcept
from driftgauge.jobs.concept_streams import Chosen
from driftgauge.jobs.explanations import ExplanationOptions
from driftgauge.jobs.health import HealthOptions, ModelHealthOptions
from driftgauge.jobs.importance import ImportanceOptions, ModelImportance
from driftgauge.jobs.job import THIRTY_DAYS
from driftgauge.jobs.judging import DriftOptions
from driftgauge.jobs.quality import QualityOptions
from driftgauge.performance.options import JudgingOptions
from driftgauge.performance.thresholds import FixedLimits

ATTRIBUTION_TESTS: Final = ("ks", "wasserstein")
"""Drift tests that are made of attributions, and shown beside what decides."""


def policy(settings: Settings) -> Policy:
    """Return what decides whether a window drifted."""
    return POLICIES[settings.drift.policy](settings.drift.zone)


def drift_options(settings: Settings, model: str) -> DriftOptions:
    """Return how a model is judged; each closed bucket is one judgement."""
    drift = settings.drift_of(model)
    return DriftOptions(
        window=drift.window,
        comparison=_comparison(settings, model),
        dataset_threshold=drift.dataset_share,
        persistence=drift.persistence,
        policy=PolicySettings(
            tests=drift.tests,
            thresholds=drift.thresholds,
            minimum_rows=drift.minimum_rows,
            alarms_per_30_days=drift.alarms_per_30_days,
            judgements_per_30_days=THIRTY_DAYS / settings.rollup.profile_bucket,
            features={
                feature: FeatureChoice(
                    tests=settings.drift_of(model, feature).tests,
                    thresholds=settings.drift_of(model, feature).thresholds,
                )
                for feature in settings.of_model(model).features
            },
        ),
    )


def _comparison(settings: Settings, model: str) -> Comparison:
    reference = settings.reference_of(model)
    return Comparison(rolling=reference.rolling, season=reference.season, zone=settings.drift.zone)


def quality_options(settings: Settings) -> QualityOptions:
    """Return how rows are checked as data: each closed bucket is one check."""
    checks = THIRTY_DAYS / settings.rollup.profile_bucket
    return QualityOptions(
        bucket=settings.rollup.profile_bucket, alpha=SAFETY * settings.drift.alarms_per_30_days / checks
    )


def anomaly_options(settings: Settings, model: str) -> AnomalyOptions:
    """Return how the metrics of a model are judged; they share a part of the budget of false alarms."""
    anomalies = settings.anomalies_of(model)
    return AnomalyOptions(
        alpha=SAFETY * settings.drift.alarms_per_30_days,
        enabled=anomalies.enabled,
        deviations=anomalies.deviations,
        ignored=frozenset(settings.of_model(model).anomalies.ignore_metrics),
    )


def judges_anomalies_alike(before: Settings, after: Settings) -> bool:
    """Tell whether the metrics of every model are judged the same by two settings."""
    return before.drift.zone == after.drift.zone and all(
        anomaly_options(before, model) == anomaly_options(after, model) for model in ("", *before.models, *after.models)
    )


def concept_options(settings: Settings) -> ConceptOptions:
    """Return how concept drift is looked for: each cohort is one test of a metric."""
    concept = settings.concept
    tests = THIRTY_DAYS / settings.outcomes.cohort
    return ConceptOptions(
        of_model=lambda model: _model_concept(settings, model),
        metrics=frozenset(metric for model in ("", *settings.models) for metric in settings.concept_of(model).metrics),
        widths=Widths(current=concept.window, reference=concept.reference_window),
        cohort=settings.outcomes.cohort,
        alpha=concept.alpha,
        chance=min(SAFETY * settings.drift.alarms_per_30_days / tests, SAFETY),
        recent=concept.recent,
    )


def _model_concept(settings: Settings, model: str) -> ModelConcept:
    chosen = settings.concept_of(model)
    return ModelConcept(
        detectors=frozenset(chosen.detectors),
        metrics=frozenset(chosen.metrics),
        maturity=settings.of_model(model).outcomes.maturity or settings.outcomes.maturity,
    )


def concept_detectors(settings: Settings, model: str) -> Chosen:
    """Return the detectors that follow the errors of a model, with what is set of each."""
    chosen = settings.concept_of(model)
    return {name: chosen.parameters.get(name, {}) for name in chosen.detectors}


def importance_options(settings: Settings) -> ImportanceOptions:
    """Return how the importances of features are compared."""
    return ImportanceOptions(
        of_model=lambda model: ModelImportance(
            rules=importance_rules(settings, model),
            reference_version=settings.of_model(model).importance.reference_version,
        ),
        span=settings.importance.span,
    )


def importance_rules(settings: Settings, model: str) -> Rules:
    """Return when the importances of a model have drifted."""
    chosen = settings.importance_of(model)
    return Rules(
        threshold=chosen.threshold,
        relative_threshold=chosen.relative_threshold,
        ndcg_threshold=chosen.ndcg_threshold,
        normalise=chosen.normalise,
    )


def performance_options(settings: Settings, model: str) -> JudgingOptions:
    """Return how a model's performance is judged."""
    own, others = settings.of_model(model), settings.performance
    chosen = own.performance
    return JudgingOptions(
        maturity=own.outcomes.maturity or settings.outcomes.maturity,
        minimum_rows=chosen.minimum_rows or others.minimum_rows,
        reference_cohorts=chosen.reference_cohorts or others.reference_cohorts,
        deviations=chosen.deviations or others.deviations,
        limits={name: FixedLimits(lower=one.lower, upper=one.upper) for name, one in chosen.limits.items()},
        costs=chosen.costs,
        cost_unit=chosen.cost_unit or "",
    )


def explanation_policy(settings: Settings) -> Policy:
    """Return what judges attributions, whatever judges features."""
    return Calibrated(settings.drift.zone)


def explanation_options(settings: Settings, model: str) -> ExplanationOptions:
    """Return how a model's explanations are judged, within a budget of their own, as large as that of its features."""
    chosen = settings.explanations_of(model)
    policy = PolicySettings(
        tests=ATTRIBUTION_TESTS,
        minimum_rows=chosen.minimum_rows,
        alarms_per_30_days=settings.drift.alarms_per_30_days,
        judgements_per_30_days=THIRTY_DAYS / settings.rollup.profile_bucket,
    )
    return ExplanationOptions(
        window=chosen.window or settings.drift_of(model).window,
        policy=policy,
        rule=ExplanationRule(
            minimum_rows=chosen.minimum_rows,
            alpha=policy.alpha,
            rule=Rule(chosen.rule),
            threshold=chosen.threshold,
            sign_flip=chosen.sign_flip,
            ndcg_threshold=chosen.ndcg,
        ),
    )


def health_options(settings: Settings) -> HealthOptions:
    """Return how the health of models is scored, over a window of whole buckets of traffic."""
    bucket = settings.rollup.bucket
    return HealthOptions(
        of_model=lambda model: _model_health(settings, model),
        every=settings.health.every,
        window=-(-settings.health.window // bucket) * bucket,
        traffic_bucket=bucket,
        bucket=settings.rollup.profile_bucket,
        concept=concept_options(settings),
    )


def _model_health(settings: Settings, model: str) -> ModelHealthOptions:
    health = settings.health_of(model)
    return ModelHealthOptions(
        rule=HealthRule(health.rule),
        weights=health.weights,
        yardstick=Yardstick(
            latency_objective=health.latency_objective.total_seconds(),
            latency_target=health.latency_target,
            minimum_predictions=health.minimum_predictions,
        ),
        threshold=health.threshold,
    )
