"""How well a model does, once outcomes are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from driftgauge.queries.asking import named, of_model, whole_days
from driftgauge.queries.values import finite, utc, utc_if_any
from driftgauge.store.execute import Connection, fetch_all

MAIN_METRICS: Final[Mapping[str, tuple[str, ...]]] = {
    "binary": ("accuracy", "roc_auc", "business_value"),
    "multiclass": ("accuracy", "macro_f1", "business_value"),
    "regression": ("mae", "rmse"),
}
"""By task, what to look at first, where a cohort has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFinding:
    """What one metric of a cohort is, realised or estimated; None where there is no figure, and `reason` says why.

    `error` is the sampling error; `low` and `high` are where the realised value should lie, of an estimate only. The
    verdict (`stable`, `degraded`, `improved` or `insufficient_data`) holds the value against `lower` and `upper`.
    """

    value: float | None
    error: float | None
    low: float | None
    high: float | None
    lower: float | None
    upper: float | None
    rows: int
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortMetric:
    """One metric of a cohort; `estimated` is None where it is not estimated, or the cohort is open still."""

    name: str
    unit: str
    realised: MetricFinding
    estimated: MetricFinding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceCohort:
    """The predictions of a span of event time, how many have an outcome by now, and how well they did.

    `segment` is empty where it is all rows. `restated_at` is when the cohort last changed after it had matured.
    """

    version: str
    environment: str
    segment: str
    task: str
    cohort_start: datetime
    cohort_end: datetime
    predictions: int
    outcomes: int
    coverage: float | None
    mean_lag_seconds: float | None
    matured: bool
    matured_at: datetime | None
    restated_at: datetime | None
    metrics: tuple[CohortMetric, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityPoint:
    """Rows of about one score: their mean score, and the share of them that turned out positive."""

    mean_score: float
    positive_share: float
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Whether the scores of a cohort are probabilities, by ascending score."""

    version: str
    environment: str
    cohort_start: datetime
    cohort_end: datetime
    matured: bool
    points: tuple[ReliabilityPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceDay:
    """The finite values that a metric took in one UTC day; mean and p95 are None when there was none."""

    day: date
    mean: float | None
    p95: float | None
    samples: int


def performance_trend(
    connection: Connection,
    model: str,
    *,
    metric: str = "accuracy",
    version: str | None = None,
    environment: str | None = None,
    days: int = 30,
) -> list[PerformanceDay]:
    """Return a performance metric of a model by UTC day, today the last; a day without any is left out.

    It is what was computed from outcomes (`model_performance_history`), not what services logged (`recent_metrics`).

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection,
        "show/performance_trend",
        **of_model(model, version, environment),
        metric_name=named("metric", metric),
        days=whole_days(days),
    )
    return [PerformanceDay(day=row.day, mean=row.mean, p95=row.p95, samples=row.samples) for row in rows]


def performance_cohorts(
    connection: Connection,
    model: str,
    *,
    segment: str = "",
    metric: str | None = None,
    version: str | None = None,
    environment: str | None = None,
    days: int = 30,
) -> list[PerformanceCohort]:
    """Return a model's cohorts of the last UTC days in order of time, with one metric, or all that it has.

    Of all rows by default, else of one `segment`. A cohort of hours is one of the day that it begins in.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    if metric is not None:
        named("metric", metric)
    if segment:
        named("segment", segment)
    rows = fetch_all(
        connection,
        "show/performance_cohorts",
        **of_model(model, version, environment),
        segment=segment,
        days=whole_days(days),
    )
    return [
        PerformanceCohort(
            version=row.version,
            environment=row.environment,
            segment=row.segment,
            task=row.task,
            cohort_start=utc(row.cohort_start),
            cohort_end=utc(row.cohort_end),
            predictions=row.predictions,
            outcomes=row.outcomes,
            coverage=finite(row.coverage),
            mean_lag_seconds=finite(row.mean_lag_seconds),
            matured=row.matured,
            matured_at=utc_if_any(row.matured_at),
            restated_at=utc_if_any(row.restated_at),
            metrics=tuple(
                CohortMetric(
                    name=name,
                    unit=found["unit"],
                    realised=_finding(found),
                    estimated=_finding(row.estimated[name]) if name in row.estimated else None,
                )
                for name, found in row.realised.items()
                if metric in (None, name)
            ),
        )
        for row in rows
    ]


def reliability(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    days: int = 30,
) -> list[Reliability]:
    """Return the reliability curve of the newest matured cohort of the last UTC days, one a version and environment.

    Where no matured one has scores, of the newest cohort that has.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(connection, "show/reliability", **of_model(model, version, environment), days=whole_days(days))
    return [
        Reliability(
            version=row.version,
            environment=row.environment,
            cohort_start=utc(row.cohort_start),
            cohort_end=utc(row.cohort_end),
            matured=row.matured,
            points=tuple(
                ReliabilityPoint(mean_score=score, positive_share=share, rows=count)
                for score, share, count in row.curve
            ),
        )
        for row in rows
    ]


def _finding(found: Mapping[str, Any]) -> MetricFinding:
    return MetricFinding(
        value=found.get("value"),
        error=found.get("error"),
        low=found.get("low"),
        high=found.get("high"),
        lower=found.get("lower"),
        upper=found.get("upper"),
        rows=found["rows"],
        verdict=found["verdict"],
        reason=found["reason"],
    )
