"""How a bench is shown on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from driftgauge.bench.tables import tables_of
from driftgauge.cli.output import moment, output_console
from driftgauge.costs.advice import Advice
from driftgauge.costs.figures import Figures

NOTHING_WRONG: Final = "Nothing to recommend: no figure is out of bounds."


def print_bench(figures: Figures, advice: Sequence[Advice], about: dict[str, Any]) -> None:
    """Print a table a subject, and the recommendations."""
    console = output_console()
    machine, database = about["machine"], about["database"]
    typer.echo(
        f"measured {moment(about['at'])} on {machine['architecture']}, {machine['cores']} cores, Postgres "
        f"{database['version']}{' of its own' if database['embedded'] else ''}; medians of rounds, "
        f"the clock tells {figures.clock.resolution:,.0f} ns apart"
    )
    for one in tables_of(figures):
        typer.echo(f"\n{one.caption}")
        table = Table(box=None, pad_edge=False)
        for column in one.columns:
            table.add_column(column.heading, justify="right" if column.numeric else "left")
        for row in one.rows:
            table.add_row(*(escape(cell) if isinstance(cell, str) else cell.text for cell in row))
        console.print(table)
    typer.echo()
    typer.echo("Recommendations")
    for one in advice:
        console.print(f"  {one.rule}: {one.text}", markup=False, highlight=False)
    if not advice:
        typer.echo(f"  {NOTHING_WRONG}")
