"""How a model is, all in all and by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from driftgauge.health.classic import classic_score
from driftgauge.queries.asking import HOURS_A_DAY, of_model, whole_days
from driftgauge.queries.concept import ConceptDriftAlert, concept_drift_alerts
from driftgauge.queries.drift import DriftAlert, drift_alerts
from driftgauge.queries.metrics import Metric, recent_metrics
from driftgauge.queries.predictions import PredictionSummary, prediction_summary
from driftgauge.store.execute import Connection, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHealth:
    """A model's health over a span: the classic score, and what it follows from.

    The score is None when there were no predictions.
    """

    score: float | None
    predictions: PredictionSummary
    metrics: tuple[Metric, ...]
    drift_alerts: tuple[DriftAlert, ...]
    concept_drift_alerts: tuple[ConceptDriftAlert, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthDay:
    """The health checks that services reported in one UTC day; `mean_score` is None when no score was finite."""

    day: date
    mean_score: float | None
    healthy: int
    checks: int


def model_health(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    hours: float = 24,
) -> ModelHealth:
    """Return how a model was over the last hours: score, predictions, the newest metrics, and what drifted.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    predictions = prediction_summary(connection, model, version=version, environment=environment, hours=hours)
    metrics = recent_metrics(connection, model, version=version, environment=environment, hours=hours)
    drifted = drift_alerts(connection, model, version=version, environment=environment, segment="", hours=hours)
    days = hours / HOURS_A_DAY
    concept = concept_drift_alerts(connection, model, version=version, environment=environment, days=days)
    return ModelHealth(
        score=classic_score(
            success_rate=predictions.success_rate,
            mean_latency_ms=predictions.mean_latency_ms,
            data_drift=bool(drifted),
            concept_drift=bool(concept),
        ),
        predictions=predictions,
        metrics=tuple(metrics),
        drift_alerts=tuple(drifted),
        concept_drift_alerts=tuple(concept),
    )


def health_trend(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    days: int = 7,
) -> list[HealthDay]:
    """Return the health checks of a model by UTC day, today the last; a day without any is left out.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(connection, "show/health_trend", **of_model(model, version, environment), days=whole_days(days))
    return [HealthDay(day=row.day, mean_score=row.mean_score, healthy=row.healthy, checks=row.checks) for row in rows]
