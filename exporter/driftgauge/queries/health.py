"""How a model is, all in all and by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from driftgauge.errors import BadInput
from driftgauge.health.score import HealthScore, Part, Rule, classic_parts
from driftgauge.queries.asking import HOURS_A_DAY, hours_back, of_model, whole_days
from driftgauge.queries.concept import ConceptDriftAlert, concept_drift_alerts
from driftgauge.queries.drift import DriftAlert, drift_alerts
from driftgauge.queries.metrics import Metric, recent_metrics
from driftgauge.queries.predictions import PredictionSummary, prediction_summary
from driftgauge.queries.values import utc
from driftgauge.store.execute import Connection, fetch_all

CLASSIC: Final = Rule.CLASSIC.value


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthComponent:
    """A part of a score, which is the product of 1 - takes_away over all; `value` is None where nobody can tell.

    All are in [0, 1]: `takes_away` is weight (1 - value), the share of the score that is lost.
    """

    component: str
    value: float | None
    weight: float
    takes_away: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestHealth:
    """The newest score that the exporter wrote of a version in an environment; `timestamp` is when it was scored.

    While a score stays within a hundredth, it is written once an hour, and its components with it.
    """

    version: str
    environment: str
    score: float
    threshold: float
    rule: str
    components: tuple[HealthComponent, ...]
    timestamp: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthScoreDay:
    """The scores of one UTC day: the mean over time, the least, for how many hours there was one, and a low one."""

    day: date
    mean_score: float
    least_score: float
    hours: float
    hours_below: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHealth:
    """A model's health over a span: a score by a rule, its components, and what else is known.

    The score is None when there were no predictions, or, by the rule `components`, when none was written.
    """

    rule: str
    score: float | None
    components: tuple[HealthComponent, ...]
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
    rule: str = CLASSIC,
) -> ModelHealth:
    """Return how a model was over the last hours: score, predictions, the newest metrics, and what drifted.

    By the rule `classic` the score follows from those. By `components` it is the newest that the exporter wrote in
    these hours; of several versions or environments the lowest.

    Raises
    ------
    BadInput
        If an argument is out of range, or there is no such rule.
    """
    if rule not in tuple(Rule):
        raise BadInput(f"rule is {rule!r}; give one of {', '.join(Rule)}")
    predictions = prediction_summary(connection, model, version=version, environment=environment, hours=hours)
    metrics = recent_metrics(connection, model, version=version, environment=environment, hours=hours)
    drifted = drift_alerts(connection, model, version=version, environment=environment, segment="", hours=hours)
    days = hours / HOURS_A_DAY
    concept = concept_drift_alerts(connection, model, version=version, environment=environment, days=days)
    if rule == CLASSIC:
        found = classic_parts(
            success_rate=predictions.success_rate,
            mean_latency_ms=predictions.mean_latency_ms,
            data_drift=bool(drifted),
            concept_drift=bool(concept),
        )
        score, components = found.score, _components(found)
    else:
        latest = latest_health(connection, model, version=version, environment=environment, hours=hours)
        lowest = min((one for one in latest if one.rule == rule), key=lambda one: one.score, default=None)
        score, components = (None, ()) if lowest is None else (lowest.score, lowest.components)
    return ModelHealth(
        rule=str(rule),
        score=score,
        components=components,
        predictions=predictions,
        metrics=tuple(metrics),
        drift_alerts=tuple(drifted),
        concept_drift_alerts=tuple(concept),
    )


def latest_health(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    hours: float = 24,
) -> list[LatestHealth]:
    """Return the newest score of each version and environment of a model in the last hours, with its components.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(connection, "show/latest_health", **of_model(model, version, environment), hours=hours_back(hours))
    return [
        LatestHealth(
            version=row.version,
            environment=row.environment,
            score=row.score,
            threshold=row.threshold,
            rule=row.rule,
            components=tuple(_component(Part(**part)) for part in row.components),
            timestamp=utc(row.timestamp),
        )
        for row in rows
    ]


def health_score_trend(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    days: int = 7,
) -> list[HealthScoreDay]:
    """Return the scores of a model by UTC day, today the last; a day without any is left out.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection, "show/health_score_trend", **of_model(model, version, environment), days=whole_days(days)
    )
    return [
        HealthScoreDay(
            day=row.day,
            mean_score=row.mean_score,
            least_score=row.least_score,
            hours=row.hours,
            hours_below=row.hours_below,
        )
        for row in rows
    ]


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


def _components(found: HealthScore) -> tuple[HealthComponent, ...]:
    return tuple(map(_component, found.parts))


def _component(part: Part) -> HealthComponent:
    return HealthComponent(
        component=part.component,
        value=part.value,
        weight=part.weight,
        takes_away=part.takes_away,
        reason=part.reason,
    )
