"""How explanations are shown to people: what changed in a sentence, then a line a feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import typer

from driftgauge.cli.output import moment
from driftgauge.cli.tables import Columns, figure, name_model, print_rows
from driftgauge.queries import ExplanationDay, ExplanationDrift, FeatureAttribution, LimeWeight, ShapValue

EXPLANATION_DAY: Final[Columns[ExplanationDay]] = {
    "day": lambda row: row.day.isoformat(),
    "type": lambda row: row.explanation_type,
    "method": lambda row: row.method or "",
    "explanations": lambda row: f"{row.explanations:,}",
    "mean complexity": lambda row: figure(row.mean_complexity),
}
SHAP: Final[Columns[ShapValue]] = {
    "feature": lambda row: row.feature,
    "feature value": lambda row: row.feature_value or "",
    "SHAP value": lambda row: figure(row.value),
}
LIME: Final[Columns[LimeWeight]] = {
    "feature": lambda row: row.feature,
    "feature value": lambda row: row.feature_value or "",
    "weight": lambda row: figure(row.weight),
}
FEATURE: Final[Columns[FeatureAttribution]] = {
    "feature": lambda row: row.feature,
    "importance": lambda row: change(number(row.reference_importance), number(row.current_importance)),
    "rank": lambda row: change(str(row.reference_rank or ""), str(row.current_rank or "")),
    "mean": lambda row: change(number(row.reference_mean), number(row.current_mean)),
    "positive": lambda row: change(share(row.reference_positive_share), share(row.current_positive_share)),
    "score": lambda row: number(row.score),
    "threshold": lambda row: number(row.threshold),
    "verdict": lambda row: row.verdict.replace("_", " "),
    "why": lambda row: row.reason,
}


def number(value: float | None) -> str:
    """Return a number to three digits, or nothing where there is none."""
    return "" if value is None else f"{value:.3g}"


def share(value: float | None) -> str:
    """Return a share in per cent, or nothing where there is none."""
    return "" if value is None else f"{value:.0%}"


def change(before: str, now: str) -> str:
    """Return what something was and is.

    Examples
    --------
    >>> change("0.4", "0.1"), change("", "")
    ('0.4 → 0.1', '')
    """
    return f"{before or '–'} → {now or '–'}" if before or now else ""


def print_explanations(model: str, asked: str, found: Sequence[ExplanationDrift], hours: float) -> None:
    """Print the last judged window of each version, environment and type of explanation."""
    if not found:
        typer.echo(f"no window of the explanations of {asked} was judged in the last {hours:g} hours")
    for latest in found:
        name = name_model(model, latest.version, latest.environment)
        typer.echo(
            f"{name}, {latest.explanation_type}, {moment(latest.window_start)} to {moment(latest.window_end)}, "
            f"{latest.explained_predictions:,} explained predictions"
        )
        for said in lines_of(latest):
            typer.echo(f"  {said}")
        print_rows(latest.features, FEATURE, nothing="  no feature")
        typer.echo()


def lines_of(latest: ExplanationDrift) -> list[str]:
    """Return what is said of a window: what changed, why, how alike the orders are, which features came and went."""
    said = [latest.sentence, latest.reason]
    if latest.ndcg is not None and latest.explained_predictions:
        alike = [f"order of importance: nDCG {latest.ndcg:.3g} (changed below {latest.ndcg_threshold:g})"]
        alike += [f"Spearman {latest.spearman:.3g}"] if latest.spearman is not None else []
        alike += [f"Kendall {latest.kendall:.3g}"] if latest.kendall is not None else []
        said.append(", ".join(alike))
    for what, names in (("appeared since the reference", latest.appeared), ("vanished", latest.vanished)):
        if names:
            said.append(f"{what}: {', '.join(name or '(further ones)' for name in names)}")
    return said
