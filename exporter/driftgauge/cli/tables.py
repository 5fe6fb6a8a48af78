"""How people read answers: rows as a table, and names, figures and facts in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from driftgauge.cli.output import output_console

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


def fact(what: str, said: str) -> str:
    """Return a line that tells one fact of what an answer is about."""
    return f"  {what:<15}{said}"


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
