"""Collects figures, prints them as tables, and keeps them for --json, and plots for --plots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(slots=True, kw_only=True)
class Report:
    """The figures of a run, by part, and plots, as SVG, by name."""

    console: Console = field(default_factory=lambda: Console(width=120))
    parts: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    plots: dict[str, str] = field(default_factory=dict[str, str])

    def say(self, line: str) -> None:
        """Print a line of progress."""
        self.console.print(line, highlight=False)

    def table(self, part: str, title: str, rows: list[dict[str, Any]]) -> None:
        """Print rows with the same keys, and keep them."""
        self.parts[part] = rows
        table = Table(title=title, title_justify="left")
        for place, column in enumerate(rows[0]):
            table.add_column(column, justify="left" if place == 0 else "right")
        for row in rows:
            table.add_row(*(_shown(value) for value in row.values()))
        self.console.print(table)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"  # noqa: PLR2004 - small figures keep their digits
    return "" if value is None else str(value)
