"""`driftgauge reference`: set what drift is compared with, and look at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from driftgauge.cli.context import load
from driftgauge.cli.options import Environment, Model, Version
from driftgauge.errors import BadInput

if TYPE_CHECKING:
    from driftgauge.app.referencing import SetReference, Source
    from driftgauge.model.reference import Reference

_EPILOG: Final = """\
Examples:

driftgauge reference set --model churn --file training.parquet

driftgauge reference set --model churn --version 3 --from 2026-03-01 --to 2026-04-01

driftgauge reference set --model churn --query "SELECT age, plan FROM customers"

driftgauge reference show --model churn
"""
SHOWN_LEFT_OUT: Final = 5


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    group = typer.Typer(no_args_is_help=True, epilog=_EPILOG, help="Set what drift is compared with, and look at it.")
    group.command("set")(set_reference)
    group.command("list")(list_references)
    group.command("show")(show_reference)
    app.add_typer(group, name="reference")


def set_reference(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="T", help="Predictions logged from here: ISO 8601, or 7d back.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="T", help="Up to here, excluded.")] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Rows of a .csv (names in the first row) or .parquet file.")
    ] = None,
    query: Annotated[
        str | None, typer.Option(metavar="SQL", help="Rows of a SELECT in the database; each column is a feature.")
    ] = None,
) -> None:
    """Freeze a reference from a time range, a file or a query, and compare with it from now on."""
    from driftgauge.app.referencing import set_reference as set_in_force
    from driftgauge.store.predictions import ModelFilter

    source = _source(start, end, file, query)
    settings = load(ctx)
    only = ModelFilter(model=_named("--model", model), version=version, environment=environment)
    with _progress() as advance:
        done = set_in_force(settings, only, source, on_rows=advance)
    _report(done)


def list_references(
    ctx: typer.Context,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Retired ones, too.")] = False,
) -> None:
    """List the references in force, the newest first."""
    from driftgauge.app import referencing
    from driftgauge.cli.output import print_json
    from driftgauge.cli.reference_views import print_list

    references = referencing.list_references(load(ctx), active_only=not every)
    if json:
        print_json([_record(reference) for reference in references])
    elif references:
        print_list(references)
    else:
        typer.echo("no reference yet: a model's first rows become its reference, or set one: driftgauge reference set")


def show_reference(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Show a model's reference, feature by feature, with the shape of each."""
    from driftgauge.app import referencing
    from driftgauge.cli.output import print_json
    from driftgauge.cli.reference_views import feature_record, print_reference
    from driftgauge.store.predictions import ModelFilter

    only = ModelFilter(model=model, version=version, environment=environment)
    reference, profile = referencing.show_reference(load(ctx), only)
    if json:
        features = [feature_record(name, profile.feature(name)) for name in profile.layout.features]
        print_json(_record(reference) | {"features": features})
    else:
        print_reference(reference, profile)


def _source(start: str | None, end: str | None, file: Path | None, query: str | None) -> Source:
    """Return the one source that was given.

    Raises
    ------
    BadInput
        If none was, or several, or half of one.
    """
    from driftgauge.config.durations import parse_moment
    from driftgauge.model.window import TimeWindow

    given = [start is not None or end is not None, file is not None, query is not None]
    if sum(given) != 1:
        raise BadInput("give exactly one source: --from T --to T, or --file PATH, or --query SQL")
    if file is not None:
        return file
    if query is not None:
        return query
    if start is None or end is None:
        raise BadInput(f"{'--to' if start else '--from'} is missing: a time range has both --from and --to")
    now = datetime.now(UTC)
    window = TimeWindow(start=parse_moment(start, now), end=parse_moment(end, now))
    if window.start >= window.end:
        raise BadInput(f"--from {window.start.isoformat()} is not before --to {window.end.isoformat()}")
    return window


def _named(option: str, name: str) -> str:
    if not name.strip():
        raise BadInput(f"{option} is empty; give the model's name")
    return name


@contextmanager
def _progress() -> Generator[Callable[[int], None]]:
    """Yield what counts rows, shown on standard error where people see it."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(file=sys.stderr)
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,.0f} rows"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("read", total=None)
        yield lambda rows: progress.advance(task, rows)


def _report(done: SetReference) -> None:
    from driftgauge.app.referencing import describe_scope

    reference, layout = done.reference, done.frozen.layout
    numeric = sum(bins.kind == "numeric" for bins in layout.features.values())
    typer.echo(
        f"reference #{reference.reference_id} of {reference.model} ({describe_scope(reference)}): "
        f"{reference.rows:,} rows, {len(layout.features)} features ({numeric} numeric, "
        f"{len(layout.features) - numeric} categorical) from {reference.description}"
    )
    typer.echo(f"{done.reprofiled:,} logged rows were re-profiled on it; windows are compared with it from now on")
    for beside in done.explanations:
        typer.echo(
            f"explanations ({beside.explanation_type}, {beside.environment}, any version) are compared with "
            f"{beside.predictions:,} explained predictions of that span, too"
        )
    if reference.segments:
        typer.echo(f"segments judged apart: {', '.join(reference.segments)}")
    left_out = done.frozen.left_out
    if left_out:
        more = f" and {len(left_out) - SHOWN_LEFT_OUT} more" if len(left_out) > SHOWN_LEFT_OUT else ""
        typer.echo(f"left out, no features: {', '.join(left_out[:SHOWN_LEFT_OUT])}{more}", err=True)


def _record(reference: Reference) -> dict[str, object]:
    return {
        "reference_id": reference.reference_id,
        "model": reference.model,
        "version": reference.version,
        "environment": reference.environment,
        "source": reference.source.value,
        "description": reference.description,
        "rows": reference.rows,
        "segments": list(reference.segments),
        "window_start": reference.window_start,
        "window_end": reference.window_end,
        "active": reference.active,
        "created_at": reference.created_at,
    }
