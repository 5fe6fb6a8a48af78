"""From the configuration to what each part takes."""

from __future__ import annotations

from datetime import timedelta

from driftgauge.config import Settings
from driftgauge.drift.comparing import SAFETY
from driftgauge.drift.comparison import Comparison
from driftgauge.drift.policies import POLICIES
from driftgauge.drift.policy import FeatureChoice, Policy, PolicySettings
from driftgauge.jobs.job import THIRTY_DAYS
from driftgauge.jobs.judging import DriftOptions
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.quality import QualityOptions
from driftgauge.jobs.retention import RetentionOptions
from driftgauge.store.database import Database
from driftgauge.store.profiles import DAY


def database(settings: Settings) -> Database:
    """Return the database of the settings; it connects when it is first used."""
    return Database(
        settings.database.conninfo,
        schema=settings.database.schema_name,
        statement_timeout=settings.database.statement_timeout,
        lock_timeout=settings.database.lock_timeout,
    )


def rollup_options(settings: Settings) -> RollupOptions:
    """Return how rows are rolled up."""
    return RollupOptions(
        bucket=settings.rollup.bucket,
        profile_bucket=settings.rollup.profile_bucket,
        profile_buckets_kept=_profile_buckets_kept(settings),
        slice_rows=settings.rollup.slice_rows,
        automatic_rows=settings.reference.automatic_rows,
        features={
            name: FeatureOptions(
                reconstructed=settings.reference_of(name).reconstruction_error,
                kinds={feature: own.kind for feature, own in model.features.items() if own.kind is not None},
                ignored=frozenset(model.ignore_features),
            )
            for name, model in settings.models.items()
        },
        features_of_others=FeatureOptions(reconstructed=settings.reference.reconstruction_error),
    )


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


def quality_options(settings: Settings) -> QualityOptions:
    """Return how rows are checked as data: each closed bucket is one check."""
    checks = THIRTY_DAYS / settings.rollup.profile_bucket
    return QualityOptions(
        bucket=settings.rollup.profile_bucket, alpha=SAFETY * settings.drift.alarms_per_30_days / checks
    )


def _comparison(settings: Settings, model: str) -> Comparison:
    reference = settings.reference_of(model)
    return Comparison(rolling=reference.rolling, season=reference.season, zone=settings.drift.zone)


def retention_options(settings: Settings) -> RetentionOptions:
    """Return what is kept for how long."""
    return RetentionOptions(
        predictions=settings.retention.predictions,
        rollups=settings.retention.rollups,
        results=settings.retention.results,
        partitions_ahead=settings.retention.partitions_ahead,
        profile_buckets_kept=_profile_buckets_kept(settings),
    )


def _profile_buckets_kept(settings: Settings) -> timedelta:
    """Return how long days keep their buckets apart: as long as a rolling reference looks back at them."""
    looks_back = [
        rolling + settings.drift_of(model).window
        for model in ("", *settings.models)
        if (rolling := settings.reference_of(model).rolling) is not None
    ]
    return DAY + max(looks_back, default=timedelta())
