"""What a report is made of: the answers to all questions about one model, of one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from driftgauge import queries
from driftgauge.errors import BadInput
from driftgauge.queries.asking import of_model
from driftgauge.report.wording import listing
from driftgauge.store.clock import read_now

PLOTTED: Final = 12
"""As many features are plotted, the first in the order to look at them."""

HOURS_A_DAY: Final = 24
ALERTS: Final = 1000
KNOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """All that is known of one version of a model in one environment: of the last hours, and over the last days.

    `health` has the classic score, `scored` the newest that the exporter wrote of these hours, if any.
    `others` are the versions and environments that it also has; `chosen` are the detectors that follow it now.
    """

    model: str
    version: str
    environment: str
    at: datetime
    hours: float
    days: int
    others: tuple[queries.ServedModel, ...]
    chosen: tuple[str, ...]
    health: queries.ModelHealth
    scored: queries.LatestHealth | None
    score_days: tuple[queries.HealthScoreDay, ...]
    health_days: tuple[queries.HealthDay, ...]
    traffic: tuple[queries.TrafficStep, ...]
    drift: queries.LatestDrift | None
    segments: tuple[queries.LatestDrift, ...]
    drift_days: tuple[queries.DriftDay, ...]
    distributions: tuple[queries.FeatureDistribution, ...]
    cohorts: tuple[queries.PerformanceCohort, ...]
    reliability: queries.Reliability | None
    detectors: tuple[queries.ConceptDetector, ...]
    concept_drift_alerts: tuple[queries.ConceptDriftAlert, ...]
    importance: queries.ImportanceDrift | None
    importances: tuple[queries.FeatureImportance, ...]
    explanations: tuple[queries.ExplanationDrift, ...]
    quality: tuple[queries.QualityCheck, ...]
    anomalies: tuple[queries.MetricVerdict, ...]
    drift_alerts: tuple[queries.DriftAlert, ...]
    alerts: tuple[queries.ActiveAlert, ...]
    alert_history: tuple[queries.PastAlert, ...]

    @property
    def start(self) -> datetime:
        """Where the days begin."""
        today = self.at.replace(hour=0, minute=0, second=0, microsecond=0)
        return today - timedelta(days=self.days - 1)


def read_data(
    connection: queries.Connection,
    model: str,
    *,
    chosen: Sequence[str],
    span: timedelta | None = None,
    version: str | None = None,
    environment: str | None = None,
    hours: float = 24,
    days: int = 30,
) -> ReportData:
    """Ask everything about a model; of several versions or environments, about the one that served last.

    Importances that were logged within a `span` are one logging, by default an hour.

    Raises
    ------
    BadInput
        If no such model was ever counted, or an argument is out of range.
    """
    of_model(model, version, environment)  # refuses what is no name
    asked, others = _choose(queries.models(connection), model, version, environment)
    of: dict[str, Any] = {"version": asked.version, "environment": asked.environment}
    recent: dict[str, Any] = {**of, "hours": hours}
    daily: dict[str, Any] = {**of, "days": days}
    long: dict[str, Any] = {**of, "hours": days * HOURS_A_DAY}
    latest = queries.latest_drift(connection, model, segment=None, **recent)
    whole = next((one for one in latest if not one.segment), None)
    first = [] if whole is None else [feature.feature for feature in whole.features[:PLOTTED]]
    compared = {one.feature: one for one in queries.feature_distributions(connection, model, features=first, **recent)}
    return ReportData(
        model=model,
        version=asked.version,
        environment=asked.environment,
        at=read_now(connection).astimezone(asked.last_at.tzinfo),
        hours=hours,
        days=days,
        others=others,
        chosen=tuple(chosen),
        health=queries.model_health(connection, model, **recent),
        scored=next(iter(queries.latest_health(connection, model, **recent)), None),
        score_days=tuple(queries.health_score_trend(connection, model, **daily)),
        health_days=tuple(queries.health_trend(connection, model, **daily)),
        traffic=tuple(queries.traffic_trend(connection, model, **daily)),
        drift=whole,
        segments=tuple(one for one in latest if one.segment),
        drift_days=tuple(queries.drift_trend(connection, model, **daily)),
        distributions=tuple(compared[name] for name in first if name in compared),
        cohorts=tuple(queries.performance_cohorts(connection, model, **daily)),
        reliability=next(iter(queries.reliability(connection, model, **daily)), None),
        detectors=tuple(
            row for row in queries.concept_detectors(connection, model, **of) if row.detector in (*chosen, "t_test")
        ),
        concept_drift_alerts=tuple(queries.concept_drift_alerts(connection, model, limit=ALERTS, **daily)),
        importance=next(iter(queries.importance_drift(connection, model, **of)), None),
        importances=tuple(queries.importance_history(connection, model, span=span, **daily)),
        explanations=tuple(queries.explanation_drift(connection, model, **recent)),
        quality=tuple(queries.data_quality(connection, model, **recent)),
        anomalies=tuple(queries.anomalies(connection, model, limit=ALERTS, **long)),
        drift_alerts=tuple(queries.drift_alerts(connection, model, limit=ALERTS, **long)),
        alerts=tuple(queries.active_alerts(connection, model, limit=ALERTS, **of)),
        alert_history=tuple(queries.alert_history(connection, model, limit=ALERTS, **daily)),
    )


def _choose(
    served: Sequence[queries.ServedModel], model: str, version: str | None, environment: str | None
) -> tuple[queries.ServedModel, tuple[queries.ServedModel, ...]]:
    """Return the one to report on, and the others of that name."""
    of_name = [one for one in served if one.model == model]
    if not of_name:
        names = sorted({one.model for one in served})
        known = f"known are {listing(names, KNOWN)}" if names else "none is known yet: driftgauge run rolls rows up"
        raise BadInput(f"no model {model!r} was counted yet; {known}")
    fitting = [one for one in of_name if version in (None, one.version) and environment in (None, one.environment)]
    if not fitting:
        known = listing([f"version {one.version} in {one.environment}" for one in of_name], KNOWN)
        raise BadInput(f"{model} was counted in no such version and environment; known are {known}")
    asked = max(fitting, key=lambda one: (one.last_at, one.predictions))
    return asked, tuple(one for one in of_name if one is not asked)
