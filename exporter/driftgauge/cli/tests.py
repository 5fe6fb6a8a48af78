"""`driftgauge tests`: which drift tests there are, and how to read their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from driftgauge.drift.test import DriftTest

_EPILOG: Final = """\
Examples:

driftgauge tests list

driftgauge tests list --json | jq '.[] | select(.default) | .name'
"""


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    group = typer.Typer(no_args_is_help=True, epilog=_EPILOG, help="Show which drift tests there are.")
    group.command("list")(list_tests)
    app.add_typer(group, name="tests")


def list_tests(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead.")] = False,
) -> None:
    """List every drift test that `drift.tests` can name, with the score from which it finds drift.

    A distance has no p-value of its own: it is believed where ks or chi_squared is significant.
    """
    from driftgauge.cli.output import print_json
    from driftgauge.drift.registry import TESTS

    if json:
        print_json([_record(test) for test in TESTS.values()])
    else:
        _print_table(list(TESTS.values()))


def _record(test: DriftTest) -> dict[str, object]:
    """Return what is known of a test; no greatest score is null."""
    from driftgauge.config.settings import DEFAULT_TESTS
    from driftgauge.queries.values import finite

    return {
        "name": test.name,
        "default": test.name in DEFAULT_TESTS,
        "kinds": sorted(test.kinds),
        "binary": test.binary,
        "p_value": not test.distance,
        "threshold": test.default_threshold,
        "unit": test.unit,
        "greatest": finite(test.greatest),
        "meaning": test.meaning,
    }


def _print_table(tests: list[DriftTest]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from driftgauge.cli.output import output_console
    from driftgauge.config.settings import DEFAULT_TESTS

    table = Table(box=None, pad_edge=False)
    for column in ("test", "features", "threshold", "unit", "by", "what the score says"):
        table.add_column(column, justify="right" if column == "threshold" else "left", no_wrap=column == "test")
    for test in tests:
        table.add_row(
            f"{test.name} *" if test.name in DEFAULT_TESTS else test.name,
            test.features,
            f"{test.default_threshold:g}",
            escape(test.unit),
            "distance" if test.distance else "p-value",
            escape(test.meaning),
        )
    output_console().print(table)
    typer.echo("* = default")
