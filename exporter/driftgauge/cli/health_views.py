"""How health is shown to people: scores and what they follow from, then what was found lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import typer

from driftgauge.cli.output import moment
from driftgauge.cli.prediction_views import counts, latencies
from driftgauge.cli.tables import Columns, fact, figure, name_model, print_rows
from driftgauge.queries import HealthComponent, HealthDay, HealthScoreDay, LatestHealth, ModelHealth

LISTED: Final = 100  # as many of each does a model's health list

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


def print_scores(model: str, asked: str, found: Sequence[LatestHealth], hours: float) -> None:
    """Print the newest score of each version and environment, with the components that take most away first."""
    if not found:
        typer.echo(f"no score of {asked} in the last {hours:g} hours: driftgauge run writes them\n")
    for latest in found:
        typer.echo(f"{name_model(model, latest.version, latest.environment)}, {moment(latest.timestamp)}")
        side = "below" if latest.score < latest.threshold else "not below"
        typer.echo(fact("health", f"{latest.score:.3f} of 1, {side} {latest.threshold:g}; rule: {latest.rule}"))
        order = sorted(latest.components, key=lambda part: (part.value is None, -part.takes_away))
        print_rows(order, HEALTH_COMPONENT, nothing="  no component")
        typer.echo()


def print_health(name: str, health: ModelHealth, hours: float) -> None:
    """Print a model's health in few lines."""
    typer.echo(f"{name}, the last {hours:g} hours")
    lines = {
        "classic score": "unknown: there were no predictions" if health.score is None else f"{health.score:.3g} of 1",
        "predictions": counts(health.predictions),
        "latency": latencies(health.predictions),
        "metrics": _newest(
            [f"{metric.name} {figure(metric.value)} {metric.unit}".rstrip() for metric in health.metrics]
        ),
        "data drift": _newest([alert.message for alert in health.drift_alerts]),
        "concept drift": _newest([f"{alert.metric} by {alert.detector}" for alert in health.concept_drift_alerts]),
    }
    for what, said in lines.items():
        typer.echo(fact(what, said))
    typer.echo()


def _newest(said: Sequence[str]) -> str:
    if not said:
        return "none"
    count = f"{LISTED} or more" if len(said) >= LISTED else f"{len(said)}"
    return f"{count}, the newest: {said[0]}"
