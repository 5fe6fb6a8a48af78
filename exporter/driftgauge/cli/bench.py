"""`driftgauge bench`: what monitoring costs here, and what that advises."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from driftgauge.cli.context import load
from driftgauge.cli.files import STANDARD_OUTPUT, require_writable, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from driftgauge.config import Settings

_EPILOG = """\
Examples:

driftgauge bench --quick

driftgauge --dsn postgresql://me@db/ml bench --expected-rate 800 --html bench.html

driftgauge bench --embedded --sizes 100,10000,1e6 --json - | jq .recommendations

All is measured in a schema of its own, driftgauge_bench_…, which is removed in the end. Tables that are there are only
looked at by EXPLAIN. docs/bench.md says how to read the figures.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("bench", epilog=_EPILOG)(bench)


def bench(  # noqa: PLR0913 - an option each
    ctx: typer.Context,
    *,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Measure on a Postgres of its own, even if a database is configured.")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Take about half a minute, instead of about three.")] = False,
    sizes: Annotated[
        str | None,
        typer.Option(metavar="ROWS", help="Rows to roll up, with commas between. [default: 100,1000,10000,100000]"),
    ] = None,
    expected_rate: Annotated[
        float | None, typer.Option(metavar="R", min=0.001, help="Predictions a second that you expect, for advice.")
    ] = None,
    expected_models: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Models that you expect, for advice.")
    ] = None,
    prediction_ms: Annotated[
        float, typer.Option(metavar="MS", min=0.01, max=1000, help="How long your model takes to predict a row.")
    ] = 1.0,
    batch_ms: Annotated[
        float, typer.Option(metavar="MS", min=0.1, max=10_000, help="How long it takes to score 1,000 rows at once.")
    ] = 100.0,
    json: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write every figure as JSON; - is standard output.")
    ] = None,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write a page with plots; - is standard output.")
    ] = None,
) -> None:
    """Measure what monitoring costs on your database: logging, rolling up, judging, scraping, asking.

    Without a database in the options, the environment or the configuration, a Postgres of its own is started for it.
    """
    from driftgauge.app.interruption import Interruption
    from driftgauge.bench.plan import choose_plan, parse_sizes
    from driftgauge.errors import BadInput

    settings = load(ctx)
    if STANDARD_OUTPUT == json == html:
        raise BadInput("--json - and --html -: only one can be standard output")
    for option, name in (("--json", json), ("--html", html)):
        if name is not None:
            require_writable(option, name)
    if html is not None:
        from driftgauge.report.extra import require_extra

        require_extra()
    own = embedded or (settings.database.dsn is None and settings.database.dsn_file is None)
    plan = choose_plan(
        quick=quick,
        sizes=() if sizes is None else parse_sizes(sizes),
        prediction_milliseconds=prediction_ms,
        batch_milliseconds=batch_ms,
        own_server=own,
    )
    with Interruption() as interruption, _database(settings, own=own) as conninfo:
        from rich.console import Console

        from driftgauge.app.steps import Steps
        from driftgauge.bench.results import about, circumstances
        from driftgauge.bench.run import run_bench
        from driftgauge.bench.table_reads import look_at_tables
        from driftgauge.costs.record import record
        from driftgauge.costs.rules import advise

        console = Console(file=sys.stderr)
        figures = run_bench(
            conninfo,
            plan,
            Steps(console, interruption.check),
            interruption,
            say=lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True),
            tables=lambda: () if own else look_at_tables(settings),
        )
        told = about(conninfo(), plan, embedded=own, quick=quick)
    held = circumstances(settings, expected_rate=expected_rate, expected_models=expected_models)
    advice = advise(figures, held)
    document = record(figures, held, advice, told)
    if STANDARD_OUTPUT not in (json, html):
        from driftgauge.cli.bench_views import print_bench

        print_bench(figures, advice, told)
    if json is not None:
        write_whole("--json", json, _as_json(document))
    if html is not None:
        from driftgauge.bench.page import render_bench

        write_whole("--html", html, render_bench(figures, advice, told))


def _as_json(document: dict[str, Any]) -> str:
    import orjson

    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode() + "\n"


@contextmanager
def _database(settings: Settings, *, own: bool) -> Generator[Callable[[], str]]:
    """Yield what tells the connection string: of a server that is started for it, or of the settings."""
    if not own:
        yield settings.database.conninfo
        return
    import tempfile
    from pathlib import Path

    from driftgauge.bench.results import SERVER
    from driftgauge.embedded import EmbeddedPostgres

    with (
        tempfile.TemporaryDirectory(prefix="driftgauge-bench-") as directory,
        EmbeddedPostgres(Path(directory), settings=SERVER) as server,
    ):
        yield lambda: server.dsn
