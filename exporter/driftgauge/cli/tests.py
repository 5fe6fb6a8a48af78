"""`driftgauge tests`: which drift tests and shifts there are, and how to read their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from driftgauge.drift.shifts import Shift
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
    """List every shift that the calibrated policy looks for, and every drift test that drift.tests can name.

    The threshold is the score from which it matters. Under drift.policy: calibrated, the default, the shifts and the
    shares of missing and unseen values decide, and the tests are only shown. Under two_sample the tests decide, where
    a distance, which has no p-value of its own, is believed where ks or chi_squared is significant.
    """
    from driftgauge.cli.output import print_json
    from driftgauge.drift.registry import TESTS
    from driftgauge.drift.shifts import SHIFTS

    if json:
        print_json([*map(_shift_record, SHIFTS.values()), *map(_record, TESTS.values())])
    else:
        _print_table(list(SHIFTS.values()), list(TESTS.values()))


def _record(test: DriftTest) -> dict[str, object]:
    """Return what is known of a test; no greatest score is null."""
    from driftgauge.config.drift_settings import DEFAULT_TESTS
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


def _shift_record(shift: Shift) -> dict[str, object]:
    """Return what is known of a shift, by the keys of a test."""
    return {
        "name": shift.name,
        "default": True,
        "kinds": sorted(shift.kinds),
        "binary": False,
        "p_value": True,
        "threshold": shift.floor,
        "unit": shift.unit,
        "greatest": None,
        "meaning": shift.meaning,
    }


def _print_table(shifts: list[Shift], tests: list[DriftTest]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from driftgauge.cli.output import output_console
    from driftgauge.config.drift_settings import DEFAULT_TESTS

    table = Table(box=None, pad_edge=False)
    for column in ("test", "features", "threshold", "unit", "by", "what the score says"):
        table.add_column(column, justify="right" if column == "threshold" else "left", no_wrap=column == "test")
    for shift in shifts:
        kinds = ", ".join(sorted(shift.kinds, reverse=True))
        table.add_row(shift.name, kinds, f"{shift.floor:g}", escape(shift.unit), "reference", escape(shift.meaning))
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
    typer.echo("* = made by default; by: what tells chance, where reference is how the reference's own windows differ")
