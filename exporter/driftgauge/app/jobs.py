"""The jobs that the settings ask for, in the order of a run, and how often each is due."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from driftgauge.app.alerting import alertmanager
from driftgauge.app.judging_settings import (
    anomaly_options,
    concept_detectors,
    concept_options,
    drift_options,
    explanation_options,
    explanation_policy,
    health_options,
    importance_options,
    performance_options,
    policy,
    quality_options,
)
from driftgauge.app.settings import (
    alert_options,
    attribution_options,
    objectives,
    outcome_options,
    retention_options,
    rollup_options,
    rule_options,
)
from driftgauge.app.sources import Sources
from driftgauge.config import Settings
from driftgauge.jobs.alerts import AlertsJob
from driftgauge.jobs.anomalies import AnomalyJob
from driftgauge.jobs.attributions import AttributionJob, AttributionRollup
from driftgauge.jobs.concept import ConceptJob
from driftgauge.jobs.concept_streams import ConceptStreams
from driftgauge.jobs.drift import DriftJob
from driftgauge.jobs.explanations import ExplanationJob
from driftgauge.jobs.health import HealthJob
from driftgauge.jobs.importance import ImportanceJob
from driftgauge.jobs.job import Job
from driftgauge.jobs.metrics import MetricsJob
from driftgauge.jobs.outcome_joining import OutcomeJoin
from driftgauge.jobs.outcomes import OutcomeJob
from driftgauge.jobs.performance import PerformanceJob
from driftgauge.jobs.quality import QualityJob
from driftgauge.jobs.retention import RetentionJob
from driftgauge.jobs.rollup import Rollup
from driftgauge.jobs.rules import RuleJob
from driftgauge.jobs.traffic import RollupJob
from driftgauge.store.attributions import TABLES
from driftgauge.store.database import Database
from driftgauge.store.references import Layouts


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The jobs by name, in the order of a run; some are asked for more than samples."""

    traffic: RollupJob
    drift: DriftJob
    anomalies: AnomalyJob
    by_name: Mapping[str, Job]
    intervals: Mapping[str, timedelta]


def build_jobs(database: Database, sources: Sources, settings: Settings, *, anomalies: AnomalyJob | None) -> Jobs:
    """Return the jobs of `settings`; `anomalies` goes on, because it remembers four weeks, unless it is None."""
    layouts = Layouts()
    rollup = Rollup(database, rollup_options(settings), time.sleep, layouts)
    traffic = RollupJob(database, rollup, partial(objectives, settings))
    drift = DriftJob(
        database,
        policy(settings),
        lambda model: drift_options(settings, model),
        settings.rollup.profile_bucket,
        layouts,
    )
    retention = RetentionJob(database, retention_options(settings))
    quality = QualityJob(database, quality_options(settings))
    concept = ConceptJob(database, concept_options(settings))
    streams = ConceptStreams(partial(concept_detectors, settings))
    join = OutcomeJoin(database, outcome_options(settings), time.sleep, streams.follow)
    outcomes = OutcomeJob(database, join)
    metrics = MetricsJob(database)
    if anomalies is None:
        anomalies = AnomalyJob(database, lambda model: anomaly_options(settings, model), settings.drift.zone)
    importance = ImportanceJob(database, importance_options(settings))
    alerts = AlertsJob(database, alertmanager(settings), alert_options(settings))
    performance = PerformanceJob(database, lambda model: performance_options(settings, model), layouts)
    attributions = AttributionJob(
        database,
        [AttributionRollup(database, kind, attribution_options(settings), time.sleep) for kind in TABLES],
    )
    explanations = ExplanationJob(
        database,
        explanation_policy(settings),
        lambda model: explanation_options(settings, model),
        settings.rollup.profile_bucket,
    )
    health = HealthJob(database, health_options(settings))
    rules = RuleJob(database, rule_options(settings))
    sourced = sources.jobs(database, settings, layouts)
    # Sources first, so that a single run tells the traffic that they have just read, and judges it.
    jobs: tuple[Job, ...] = (
        *sourced,
        traffic,
        outcomes,
        attributions,
        drift,
        explanations,
        quality,
        performance,
        concept,
        importance,
        metrics,
        anomalies,
        health,  # after all that it follows from
        rules,  # after all that they can ask of
        alerts,
        retention,
    )
    intervals = {
        "rollup": settings.rollup.every,
        "outcomes": settings.outcomes.every,
        "drift": settings.drift.every,
        "quality": settings.drift.every,
        "performance": settings.performance.every,
        "metrics": settings.anomalies.every,
        "anomalies": settings.anomalies.every,
        "concept": settings.concept.every,
        "attributions": settings.explanations.every,
        "explanations": settings.explanations.every,
        "importance": settings.importance.every,
        "health": settings.health.every,
        "rules": settings.rules.every,
        "alerts": settings.alertmanager.every,
        "retention": settings.retention.every,
        **{job.name: source.every for job, source in zip(sourced, settings.sources, strict=True)},
    }
    return Jobs(
        traffic=traffic,
        drift=drift,
        anomalies=anomalies,
        by_name={job.name: job for job in jobs},
        intervals=intervals,
    )
