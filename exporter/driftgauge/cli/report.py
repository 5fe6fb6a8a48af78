"""`driftgauge report`: what is known of a model on one page, to send to a colleague."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from driftgauge.cli.context import load
from driftgauge.cli.options import Model

if TYPE_CHECKING:
    from driftgauge.report.report import Report

_EPILOG = """\
Examples:

driftgauge report --model churn

driftgauge report --model churn --version 3 --days 90 --html churn.html

driftgauge report --model churn --json | jq .summary

Times are UTC. The page needs pip install 'driftgauge[report]'; it is one file, and loads nothing.
"""
STANDARD_OUTPUT = "-"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("report", epilog=_EPILOG)(report)


def report(
    ctx: typer.Context,
    *,
    model: Model,
    version: Annotated[str | None, typer.Option(metavar="V", help="This version. [default: that served last]")] = None,
    environment: Annotated[
        str | None, typer.Option(metavar="E", help="This environment. [default: where it served last]")
    ] = None,
    hours: Annotated[
        float, typer.Option(metavar="H", help="How many hours back health, drift and checks are looked for.")
    ] = 24,
    days: Annotated[
        int, typer.Option(metavar="D", help="How many UTC days trends, cohorts and alerts have, today the last.")
    ] = 30,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write a page with tables and plots; - is standard output.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON instead.")] = False,
) -> None:
    """Sum up a model: health and why, drift, performance, concept drift, importances, explanations, quality, alerts.

    On the terminal in sentences, as a page with tables and plots, or as JSON. Of a model with several versions or
    environments it is about the one that served last, unless one is named.
    """
    from driftgauge.app.reading import reader
    from driftgauge.errors import BadInput
    from driftgauge.report.data import read_data
    from driftgauge.report.extra import require_extra
    from driftgauge.report.report import make_report

    if html is not None:
        if json:
            raise BadInput("--html and --json: choose one")
        require_extra()
        _require_writable(html)
    settings = load(ctx)
    with reader(settings) as connection:
        data = read_data(
            connection,
            model,
            chosen=settings.concept_of(model).detectors,
            span=settings.importance.span,
            version=version,
            environment=environment,
            hours=hours,
            days=days,
        )
    made = make_report(data)
    if html is not None:
        _write(html, made)
    elif json:
        from driftgauge.cli.output import print_json
        from driftgauge.cli.report_views import record

        print_json(record(made))
    else:
        from driftgauge.cli.report_views import print_report

        print_report(made)


def _require_writable(html: str) -> None:
    """Refuse what cannot be written before anything is read.

    Raises
    ------
    BadInput
        With what is in the way.
    """
    from driftgauge.errors import BadInput

    if html == STANDARD_OUTPUT:
        return
    path = Path(html)
    try:
        if path.is_dir():
            raise BadInput(f"--html {html}: this is a directory; name a file in it")
        if path.exists() and not path.is_file():
            raise BadInput(f"--html {html}: this is no regular file; name another, or - for standard output")
        if not path.parent.is_dir():
            raise BadInput(f"--html {html}: there is no directory {path.parent}")
    except OSError as error:
        raise BadInput(f"--html {html}: {error.strerror or error}") from error


def _write(html: str, made: Report) -> None:
    from driftgauge.report.page import render_page

    page = render_page(made)
    if html == STANDARD_OUTPUT:
        typer.echo(page, nl=False)
        return
    written = _replace(Path(html).resolve(), page.encode())
    typer.echo(f"wrote {html}, {written / 1024:,.0f} KiB")


def _replace(path: Path, content: bytes) -> int:
    """Write a file whole or not at all, and return its size.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    import os
    import tempfile

    from driftgauge.errors import BadInput

    left: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".driftgauge-", delete=False) as file:
            left = Path(file.name)
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        left.chmod(0o666 & ~mask)
        left.replace(path)
    except OSError as error:
        if left is not None:
            left.unlink(missing_ok=True)
        raise BadInput(f"--html {path}: {error.strerror or error}") from error
    return len(content)
