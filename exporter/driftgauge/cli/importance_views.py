"""How importances, and how they changed, are shown to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import typer

from driftgauge.cli.output import moment
from driftgauge.cli.tables import Columns, figure, name_model, print_rows
from driftgauge.queries import FeatureImportance, FeatureImportanceChange, ImportanceDrift

CHANGE: Final[Columns[FeatureImportanceChange]] = {
    "feature": lambda row: row.feature,
    "importance": lambda row: figure(row.current),
    "was": lambda row: figure(row.previous),
    "change": lambda row: "" if row.change is None else f"{row.change:+.4g}",
    "rank": lambda row: _rank(row.current_rank),
    "was rank": lambda row: _rank(row.previous_rank),
    "moved": lambda row: f"{row.rank_change:+d}" if row.rank_change else "",
    "state": lambda row: row.state or "",
    "": lambda row: "drifted" if row.drifted else "",
}
ENTRY: Final[Columns[FeatureImportance]] = {
    "when": lambda row: moment(row.timestamp),
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "rank": lambda row: _rank(row.rank),
    "feature": lambda row: row.feature,
    "importance": lambda row: figure(row.importance),
}


def print_importance(model: str, asked: str, found: Sequence[ImportanceDrift]) -> None:
    """Print each version's importances beside those that they were compared with, and a sentence on what that says."""
    if not found:
        typer.echo(f"no importances of {asked}: log them by log_feature_importance, or see --history")
    for place, one in enumerate(found):
        if place:
            typer.echo()
        typer.echo(tell(model, one))
        print_rows(one.features, CHANGE, nothing="  no feature")
        if one.left_out:
            typer.echo(f"left out, as no number: {', '.join(one.left_out)}")


def tell(model: str, one: ImportanceDrift) -> str:
    """Return what was compared with what, and what that says, in a sentence or two."""
    said = f"{name_model(model, one.version, one.environment)}, logged {moment(one.timestamp)}"
    if one.previous_timestamp is not None:
        whose = f"version {one.previous_version}" if one.compared_with == "version" else "itself"
        said += f", against {whose} of {moment(one.previous_timestamp)}"
    verdict = {None: "not compared", True: "drifted", False: "stable"}[one.drifted]
    order = "" if one.ndcg is None else f" Order: nDCG {one.ndcg:.3f}"
    for name, value in (("Spearman", one.spearman), ("Kendall", one.kendall)):
        order += "" if value is None or not order else f", {name} {value:.2f}"
    return f"{said}: {verdict}. {one.reason[:1].upper()}{one.reason[1:]}.{order and f'{order}.'}"


def _rank(rank: int | None) -> str:
    return "" if rank is None else str(rank)
