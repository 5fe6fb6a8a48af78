"""From the configuration to where rows are, and how they are rolled up, told of and kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from driftgauge.config import Settings
from driftgauge.config.source_settings import SourceSettings
from driftgauge.config.values import parse_relation
from driftgauge.jobs.alerts import AlertOptions
from driftgauge.jobs.attribution_counting import AttributionOptions
from driftgauge.jobs.options import FeatureOptions, Objectives, OutcomeOptions, RollupOptions
from driftgauge.jobs.retention import RetentionOptions
from driftgauge.jobs.rule_values import TrafficOptions
from driftgauge.jobs.rules import RuleOptions
from driftgauge.jobs.source_reading import SourceOptions
from driftgauge.performance.evidence import Choice
from driftgauge.performance.metric import Task
from driftgauge.store.database import Database
from driftgauge.store.metering import Meter
from driftgauge.store.profiles import DAY
from driftgauge.store.source_table import Label, SourceTable


def database(settings: Settings, meter: Meter | None = None) -> Database:
    """Return the database of the settings; it connects when it is first used, and tells a meter how long that takes."""
    return Database(
        settings.database.conninfo,
        schema=settings.database.schema_name,
        statement_timeout=settings.database.statement_timeout,
        lock_timeout=settings.database.lock_timeout,
        meter=meter,
    )


def source_conninfo(settings: Settings, source: SourceSettings) -> Callable[[], str]:
    """Return what tells the connection string of a source: its own, else that of the database."""

    def conninfo() -> str:
        own = source.conninfo()
        return settings.database.conninfo() if own is None else own

    return conninfo


def source_database(settings: Settings, source: SourceSettings, meter: Meter | None = None) -> Database:
    """Return the database of a source, which is only read; it connects when it is first used."""
    return Database(
        source_conninfo(settings, source),
        schema="pg_catalog",  # none of ours: it only words what goes wrong
        statement_timeout=settings.database.statement_timeout,
        lock_timeout=settings.database.lock_timeout,
        application_name="driftgauge source",
        foreign=True,
        meter=meter,
    )


def source_options(settings: Settings, source: SourceSettings) -> SourceOptions:
    """Return where a source's rows are, what they mean, and how far back they are read."""
    return SourceOptions(
        table=SourceTable(
            name=source.name,
            time=source.time,
            relation=parse_relation(source.relation) if source.relation is not None else (),
            query=(source.query or "").strip().rstrip(";"),
            model=Label(column=source.model_column, otherwise=source.model),
            version=Label(column=source.version_column, otherwise=source.version or "unversioned"),
            environment=Label(column=source.environment_column, otherwise=source.environment or "production"),
            status=Label(column=source.status, otherwise="success"),
            features=source.features,
            latency_ms=source.latency_ms,
            confidence=source.confidence,
            segment=source.segment,
        ),
        lookback=source.lookback,
        history=source.history,
        configured=frozenset(other.name for other in settings.sources),
    )


def rollup_options(settings: Settings) -> RollupOptions:
    """Return how rows are rolled up."""
    return RollupOptions(
        bucket=settings.rollup.bucket,
        profile_bucket=settings.rollup.profile_bucket,
        profile_buckets_kept=_profile_buckets_kept(settings),
        slice_rows=settings.rollup.slice_rows,
        automatic_rows=settings.reference.automatic_rows,
        features={name: _feature_options(settings, name) for name in settings.models},
        features_of_others=_feature_options(settings, ""),
    )


def _feature_options(settings: Settings, model: str) -> FeatureOptions:
    own, reference = settings.of_model(model), settings.reference_of(model)
    return FeatureOptions(
        reconstructed=reference.reconstruction_error,
        kinds={feature: chosen.kind for feature, chosen in own.features.items() if chosen.kind is not None},
        ignored=frozenset(own.ignore_features),
        segments=reference.segments,
        segment_rows=settings.drift_of(model).minimum_rows,
    )


def objectives(settings: Settings, model: str) -> Objectives:
    """Return what is promised of a model's service."""
    slo = settings.slo_of(model)
    return Objectives(
        errors=slo.errors,
        latency=slo.latency,
        latency_threshold=slo.latency_threshold.total_seconds(),
        minimum_predictions=slo.minimum_predictions,
    )


def outcome_options(settings: Settings) -> OutcomeOptions:
    """Return how outcomes are joined to their predictions."""
    chosen = {name: model.outcomes for name, model in settings.models.items()}
    return OutcomeOptions(
        cohort=settings.outcomes.cohort,
        choices={
            name: Choice(
                task=None if own.task is None else Task(own.task),
                positive=own.positive,
                threshold=own.threshold,
                classes=own.classes,
            )
            for name, own in chosen.items()
        },
    )


def attribution_options(settings: Settings) -> AttributionOptions:
    """Return how attributions are rolled up: in the buckets that features are profiled in."""
    return AttributionOptions(
        bucket=settings.rollup.profile_bucket,
        buckets_kept=_profile_buckets_kept(settings),
        automatic_predictions=settings.explanations.automatic_rows,
    )


def alert_options(settings: Settings) -> AlertOptions:
    """Return how the history of alerts is kept in line with Alertmanager."""
    return AlertOptions(grace=settings.alertmanager.grace, receiver=settings.alertmanager.receiver)


def rule_options(settings: Settings) -> RuleOptions:
    """Return how often rules are evaluated, and when traffic is of now: while it is read as often as it should be."""
    often = max(settings.rollup.every, *(source.every for source in settings.sources), timedelta())
    return RuleOptions(
        every=settings.rules.every,
        traffic=TrafficOptions(bucket=settings.rollup.bucket, fresh=often + settings.rollup.lag_limit),
    )


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
