"""How a report is shown on the terminal, and what of it is JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from driftgauge.cli.output import moment, output_console
from driftgauge.cli.tables import name_model
from driftgauge.report.report import Report
from driftgauge.report.section import Tone
from driftgauge.report.wording import clean

SIGNS: Final = {Tone.GOOD: "ok", Tone.ATTENTION: "look", Tone.UNKNOWN: "?"}


def print_report(report: Report) -> None:
    """Print the health, and a line a section."""
    data, top = report.data, report.headline
    name = name_model(data.model, data.version, data.environment)
    typer.echo(clean(f"{name}, as of {moment(data.at)}"))
    typer.echo(clean(f"health {top.figure} {top.unit}".rstrip() + f": {top.reason}"))
    typer.echo()
    table = Table(box=None, pad_edge=False, show_header=False)
    for section in report.sections:
        table.add_row(
            SIGNS[section.tone] if section.tone else "", section.title.lower(), escape(clean(section.conclusion))
        )
    output_console().print(table)
    if data.others:
        typer.echo(f"{len(data.others):,} more of its versions and environments: --version, --environment")
    typer.echo("driftgauge show has the tables behind this, --html FILE a page with plots")


def record(report: Report) -> dict[str, Any]:
    """Return all data, with what is said of it."""
    return {
        "summary": list(report.summary),
        "sections": [
            {"key": one.key, "title": one.title, "tone": one.tone, "conclusion": one.conclusion}
            for one in report.sections
        ],
        **asdict(report.data),
    }
