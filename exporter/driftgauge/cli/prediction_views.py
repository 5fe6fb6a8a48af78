"""How predictions are shown to people: how many there were, how they ended, how long they took."""

from __future__ import annotations

import typer

from driftgauge.cli.tables import fact, figure
from driftgauge.queries import PredictionSummary


def print_predictions(name: str, found: PredictionSummary, hours: float) -> None:
    """Print a summary of predictions in up to three lines."""
    if not found.total:
        typer.echo(f"no predictions of {name} in the last {hours:g} hours")
        return
    typer.echo(f"{name}, the last {hours:g} hours")
    typer.echo(fact("predictions", counts(found)))
    typer.echo(fact("latency", latencies(found)))


def counts(found: PredictionSummary) -> str:
    """Return how many there were, and how they ended."""
    return f"{found.total:,}: {found.success:,} success, {found.error:,} error" if found.total else "none"


def latencies(found: PredictionSummary) -> str:
    """Return how long they took."""
    if not found.timed:
        return "none that can be right"
    said = (
        f"mean {figure(found.mean_latency_ms)} ms, p95 {figure(found.p95_latency_ms)} ms, "
        f"from {figure(found.min_latency_ms)} to {figure(found.max_latency_ms)} ms"
    )
    left_out = found.total - found.timed
    return f"{said} ({left_out:,} that cannot be right left out)" if left_out else said
