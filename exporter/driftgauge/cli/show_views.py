"""How answers are shown to people: a line each, and only what a person reads of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from driftgauge.cli.output import moment, output_console
from driftgauge.queries import (
    ActiveAlert,
    ConceptDetector,
    ConceptDriftAlert,
    DriftAlert,
    DriftDay,
    ExplanationDay,
    FeatureDrift,
    HealthComponent,
    HealthDay,
    HealthScoreDay,
    LatestDrift,
    LatestHealth,
    Metric,
    MetricDay,
    MetricVerdict,
    ModelHealth,
    PerformanceDay,
    PredictionSummary,
    QualityCheck,
    ShapValue,
)

Row = TypeVar("Row")
Columns = Mapping[str, Callable[[Row], str]]
"""What a table shows of a row, by heading; a heading of `NUMBERS` has numbers below it."""

NUMBERS: Final = (
    frozenset(
        ["id", "value", "SHAP value", "score", "threshold", "p", "statistic", "reference", "current", "mean", "p95"]
    )
    | frozenset(["samples", "mean score", "mean p", "healthy", "drifted", "checks", "unjudged", "rows"])
    | frozenset(["of threshold", "of allowed", "importance", "least", "most", "seen"])
    | frozenset(["predictions", "outcomes", "coverage", "realised"])
    | frozenset(["was", "change", "rank", "was rank", "moved"])
    | frozenset(["weight", "takes away", "least score", "hours below"])
)

LISTED: Final = 100  # as many of each does a model's health list

METRIC: Final[Columns[Metric]] = {
    "when": lambda row: moment(row.timestamp),
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "metric": lambda row: row.name,
    "value": lambda row: figure(row.value),
    "unit": lambda row: row.unit,
}
METRIC_DAY: Final[Columns[MetricDay]] = {
    "day": lambda row: row.day.isoformat(),
    "mean": lambda row: figure(row.mean),
    "least": lambda row: figure(row.least),
    "most": lambda row: figure(row.most),
    "samples": lambda row: f"{row.samples:,}",
}
ANOMALY: Final[Columns[MetricVerdict]] = {
    "hour from": lambda row: moment(row.hour),
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "metric": lambda row: row.metric,
    "verdict": lambda row: row.verdict.replace("_", " "),
    "": lambda row: row.direction or "",
    "of allowed": lambda row: "" if row.score is None else f"{row.score:.2f}",
    "why": lambda row: row.reason,
}
HEALTH_COMPONENT: Final[Columns[HealthComponent]] = {
    "component": lambda row: row.component,
    "value": lambda row: "unknown" if row.value is None else f"{row.value:.3f}",
    "weight": lambda row: f"{row.weight:g}",
    "takes away": lambda row: "" if row.value is None else f"{100 * row.takes_away:.1f} %",
    "why": lambda row: row.reason,
}
HEALTH_SCORE_DAY: Final[Columns[HealthScoreDay]] = {
    "day": lambda row: row.day.isoformat(),
    "mean score": lambda row: f"{row.mean_score:.3f}",
    "least score": lambda row: f"{row.least_score:.3f}",
    "hours below": lambda row: f"{row.hours_below:.1f}",
}
HEALTH_DAY: Final[Columns[HealthDay]] = {
    "day": lambda row: row.day.isoformat(),
    "mean score": lambda row: figure(row.mean_score),
    "healthy": lambda row: f"{row.healthy:,}",
    "checks": lambda row: f"{row.checks:,}",
}
EXPLANATION_DAY: Final[Columns[ExplanationDay]] = {
    "day": lambda row: row.day.isoformat(),
    "type": lambda row: row.explanation_type,
    "method": lambda row: row.method or "",
    "explanations": lambda row: f"{row.explanations:,}",
    "mean complexity": lambda row: figure(row.mean_complexity),
}
DRIFT_ALERT: Final[Columns[DriftAlert]] = {
    "when": lambda row: moment(row.raised_at),
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "severity": lambda row: row.severity,
    "feature": lambda row: row.feature,
    "p": lambda row: figure(row.p_value),
    "message": lambda row: row.message,
    "": lambda row: "acknowledged" if row.acknowledged else "",
}
FEATURE_DRIFT: Final[Columns[FeatureDrift]] = {
    "feature": lambda row: row.feature,
    "verdict": lambda row: row.verdict.replace("_", " "),
    "of threshold": lambda row: "" if row.ratio is None else f"{row.ratio:.2f}",
    "importance": lambda row: figure(row.importance),
    "why": lambda row: row.reason,
}
SEGMENT_DRIFT: Final[Columns[LatestDrift]] = {
    "segment": lambda row: row.segment,
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "verdict": lambda row: row.verdict.replace("_", " "),
    "rows": lambda row: f"{row.rows:,}",
    "why": lambda row: row.reason,
}
QUALITY: Final[Columns[QualityCheck]] = {
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "feature": lambda row: row.feature or "",
    "check": lambda row: row.check,
    "verdict": lambda row: row.verdict.replace("_", " "),
    "value": lambda row: figure(row.value),
    "threshold": lambda row: figure(row.threshold),
    "why": lambda row: row.reason,
}
DRIFT_DAY: Final[Columns[DriftDay]] = {
    "day": lambda row: row.day.isoformat(),
    "drifted": lambda row: f"{row.drifted:,}",
    "checks": lambda row: f"{row.checks:,}",
    "unjudged": lambda row: f"{row.unjudged:,}",
    "mean p": lambda row: figure(row.mean_p_value),
}
DETECTOR: Final[Columns[ConceptDetector]] = {
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "detector": lambda row: row.detector,
    "metric": lambda row: row.metric,
    "seen": lambda row: f"{row.seen:,}",
    "score": lambda row: "" if row.score is None else f"{row.score:.2f}",
    "up to": lambda row: "" if row.last_at is None else moment(row.last_at),
    "last drift": lambda row: "" if row.drifted_at is None else moment(row.drifted_at),
    "direction": lambda row: row.direction or "",
    "why not": lambda row: row.reason,
}
CONCEPT: Final[Columns[ConceptDriftAlert]] = {
    "when": lambda row: moment(row.timestamp),
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "metric": lambda row: row.metric,
    "reference": lambda row: figure(row.reference_mean),
    "current": lambda row: figure(row.current_mean),
    "statistic": lambda row: figure(row.statistic),
    "threshold": lambda row: figure(row.threshold),
    "found by": lambda row: row.detector,
    "direction": lambda row: row.direction or "",
    "found": lambda row: moment(row.told_at),
}
PERFORMANCE_DAY: Final[Columns[PerformanceDay]] = {
    "day": lambda row: row.day.isoformat(),
    "mean": lambda row: figure(row.mean),
    "p95": lambda row: figure(row.p95),
    "samples": lambda row: f"{row.samples:,}",
}
ALERT: Final[Columns[ActiveAlert]] = {
    "id": lambda row: str(row.alert_id),
    "severity": lambda row: row.severity,
    "since": lambda row: moment(row.triggered_at),
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "type": lambda row: row.alert_type,
    "value": lambda row: figure(row.value),
    "limit": lambda row: figure(row.threshold),
    "message": lambda row: row.message,
    "": lambda row: f"acknowledged by {row.acknowledged_by or 'somebody'}" if row.acknowledged else "",
}
SHAP: Final[Columns[ShapValue]] = {
    "feature": lambda row: row.feature,
    "feature value": lambda row: row.feature_value or "",
    "SHAP value": lambda row: figure(row.value),
}


def print_rows(rows: Sequence[Row], columns: Columns[Row], *, nothing: str, limit: int | None = None) -> None:
    """Print a table, or say in words that there is nothing; a table cut at `limit` says so."""
    if not rows:
        typer.echo(nothing)
        return
    table = Table(box=None, pad_edge=False)
    for heading in columns:
        table.add_column(heading, justify="right" if heading in NUMBERS else "left")
    for row in rows:
        table.add_row(*(escape(cell(row)) for cell in columns.values()))
    output_console().print(table)
    if len(rows) == limit:
        typer.echo(f"the first {limit:,}; there may be more: --limit")


def print_predictions(name: str, found: PredictionSummary, hours: float) -> None:
    """Print a summary of predictions in up to three lines."""
    if not found.total:
        typer.echo(f"no predictions of {name} in the last {hours:g} hours")
        return
    typer.echo(f"{name}, the last {hours:g} hours")
    typer.echo(_line("predictions", _counts(found)))
    typer.echo(_line("latency", _latencies(found)))


def print_scores(model: str, asked: str, found: Sequence[LatestHealth], hours: float) -> None:
    """Print the newest score of each version and environment, with the components that take most away first."""
    if not found:
        typer.echo(f"no score of {asked} in the last {hours:g} hours: driftgauge run writes them\n")
    for latest in found:
        typer.echo(f"{name_model(model, latest.version, latest.environment)}, {moment(latest.timestamp)}")
        side = "below" if latest.score < latest.threshold else "not below"
        typer.echo(_line("health", f"{latest.score:.3f} of 1, {side} {latest.threshold:g}; rule: {latest.rule}"))
        order = sorted(latest.components, key=lambda part: (part.value is None, -part.takes_away))
        print_rows(order, HEALTH_COMPONENT, nothing="  no component")
        typer.echo()


def print_health(name: str, health: ModelHealth, hours: float) -> None:
    """Print a model's health in few lines."""
    typer.echo(f"{name}, the last {hours:g} hours")
    lines = {
        "classic score": "unknown: there were no predictions" if health.score is None else f"{health.score:.3g} of 1",
        "predictions": _counts(health.predictions),
        "latency": _latencies(health.predictions),
        "metrics": _newest(
            [f"{metric.name} {figure(metric.value)} {metric.unit}".rstrip() for metric in health.metrics]
        ),
        "data drift": _newest([alert.message for alert in health.drift_alerts]),
        "concept drift": _newest([f"{alert.metric} by {alert.detector}" for alert in health.concept_drift_alerts]),
    }
    for what, said in lines.items():
        typer.echo(_line(what, said))
    typer.echo()


def print_drift(model: str, asked: str, found: Sequence[LatestDrift], segment: str, hours: float) -> None:
    """Print the last judged window of each version and environment, its features in the order to look at them.

    Of segments other than the `segment` that was asked for, if any, a line each.
    """
    if not found:
        typer.echo(f"no window of {asked} was judged in the last {hours:g} hours")
    for latest in (one for one in found if one.segment == segment):
        name = name_model(model, latest.version, latest.environment, latest.segment)
        typer.echo(f"{name}, {moment(latest.window_start)} to {moment(latest.window_end)}, {latest.rows:,} rows")
        typer.echo(_line(latest.verdict.replace("_", " "), latest.reason))
        print_rows(latest.features, FEATURE_DRIFT, nothing="  no feature")
        typer.echo()
    if segments := [one for one in found if one.segment != segment]:
        print_rows(segments, SEGMENT_DRIFT, nothing="")
        typer.echo()


def mark_left_out(detectors: Sequence[ConceptDetector], chosen: Sequence[str]) -> list[ConceptDetector]:
    """Return detectors, those that no longer follow the model without a score and saying so."""
    return [
        row
        if row.detector in (*chosen, "t_test")
        else replace(row, score=None, reason="no longer chosen: not in concept.detectors")
        for row in detectors
    ]


def say_why_none_follows(name: str, detectors: Sequence[str]) -> str:
    """Return why no detector has anything to show.

    Examples
    --------
    >>> say_why_none_follows("churn", [])
    'no detector follows churn: concept.detectors is empty'
    >>> say_why_none_follows("churn", ["adwin", "ddm"])
    'adwin, ddm have seen no error of churn: there are no outcomes yet, or too few to tell what it predicts'
    """
    if not detectors:
        return f"no detector follows {name}: concept.detectors is empty"
    have = "has" if len(detectors) == 1 else "have"
    seen = f"{', '.join(detectors)} {have} seen no error of {name}"
    return f"{seen}: there are no outcomes yet, or too few to tell what it predicts"


def name_model(model: str, version: str | None, environment: str | None, segment: str | None = None) -> str:
    """Return whom a question is about, in words.

    Examples
    --------
    >>> name_model("churn", None, None), name_model("churn", "3", "staging")
    ('churn', 'churn (version 3, staging)')
    """
    parts = (version and f"version {version}", environment, segment and f"segment {segment}")
    narrowed = [part for part in parts if part]
    return f"{model} ({', '.join(narrowed)})" if narrowed else model


def figure(value: float | None) -> str:
    """Return a number to six digits, or nothing where there is none.

    Examples
    --------
    >>> figure(12.5), figure(0.0123456789), figure(None)
    ('12.5', '0.0123457', '')
    """
    return "" if value is None else f"{value:.6g}"


def _line(what: str, said: str) -> str:
    return f"  {what:<15}{said}"


def _counts(found: PredictionSummary) -> str:
    return f"{found.total:,}: {found.success:,} success, {found.error:,} error" if found.total else "none"


def _latencies(found: PredictionSummary) -> str:
    if not found.timed:
        return "none that can be right"
    said = (
        f"mean {figure(found.mean_latency_ms)} ms, p95 {figure(found.p95_latency_ms)} ms, "
        f"from {figure(found.min_latency_ms)} to {figure(found.max_latency_ms)} ms"
    )
    left_out = found.total - found.timed
    return f"{said} ({left_out:,} that cannot be right left out)" if left_out else said


def _newest(said: Sequence[str]) -> str:
    if not said:
        return "none"
    count = f"{LISTED} or more" if len(said) >= LISTED else f"{len(said)}"
    return f"{count}, the newest: {said[0]}"
