"""How drift is shown to people: the last judged window of each version, its features and segments, and days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import typer

from driftgauge.cli.output import moment
from driftgauge.cli.tables import Columns, fact, figure, name_model, print_rows
from driftgauge.queries import DriftAlert, DriftDay, FeatureDrift, LatestDrift

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
DRIFT_DAY: Final[Columns[DriftDay]] = {
    "day": lambda row: row.day.isoformat(),
    "drifted": lambda row: f"{row.drifted:,}",
    "checks": lambda row: f"{row.checks:,}",
    "unjudged": lambda row: f"{row.unjudged:,}",
    "mean p": lambda row: figure(row.mean_p_value),
}


def print_drift(model: str, asked: str, found: Sequence[LatestDrift], segment: str, hours: float) -> None:
    """Print the last judged window of each version and environment, its features in the order to look at them.

    Of segments other than the `segment` that was asked for, if any, a line each.
    """
    if not found:
        typer.echo(f"no window of {asked} was judged in the last {hours:g} hours")
    for latest in (one for one in found if one.segment == segment):
        name = name_model(model, latest.version, latest.environment, latest.segment)
        typer.echo(f"{name}, {moment(latest.window_start)} to {moment(latest.window_end)}, {latest.rows:,} rows")
        typer.echo(fact(latest.verdict.replace("_", " "), latest.reason))
        print_rows(latest.features, FEATURE_DRIFT, nothing="  no feature")
        typer.echo()
    if segments := [one for one in found if one.segment != segment]:
        print_rows(segments, SEGMENT_DRIFT, nothing="")
        typer.echo()
