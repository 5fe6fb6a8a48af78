"""`driftgauge detectors`: which detectors of concept drift there are, what they take and what they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from driftgauge.concept.registry import AnyKind

_EPILOG: Final = """\
Examples:

driftgauge detectors list

driftgauge detectors list --json | jq '.[] | select(.name == "adwin") | .parameters'
"""


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    group = typer.Typer(no_args_is_help=True, epilog=_EPILOG, help="Show which detectors of concept drift there are.")
    group.command("list")(list_detectors)
    app.add_typer(group, name="detectors")


def list_detectors(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead, with every parameter.")] = False,
) -> None:
    """List every detector that can watch an ordered stream of errors, losses or a metric.

    Its statistic is a drift from a threshold on, which depends on the parameters (docs/concept-drift-detectors.md).
    """
    from driftgauge.cli.output import print_json
    from driftgauge.concept.registry import DETECTORS

    if json:
        print_json([_record(kind) for kind in DETECTORS.values()])
    else:
        _print_table(list(DETECTORS.values()))


def _record(kind: AnyKind) -> dict[str, object]:
    """Return what is known of a detector; a bound that is not there is null."""
    from driftgauge.queries.values import finite

    defaults = kind.parameters.defaults()
    return {
        "name": kind.name,
        "takes": kind.takes,
        "directions": kind.directions,
        "warns": kind.warns,
        "statistic": kind.statistic,
        "unit": kind.unit,
        "suits": kind.suits,
        "parameters": [
            {
                "name": name,
                "default": defaults[name],
                "least": finite(about.least),
                "greatest": finite(about.greatest),
                "open": about.open,
                "meaning": about.meaning,
            }
            for name, about in kind.parameters.described().items()
        ],
    }


def _print_table(kinds: list[AnyKind]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from driftgauge.cli.output import output_console

    table = Table(box=None, pad_edge=False)
    for column in ("detector", "input", "sees", "warns", "statistic", "unit", "for"):
        table.add_column(column, no_wrap=column in {"detector", "sees"})
    for kind in kinds:
        words = (kind.takes, ", ".join(kind.directions), "yes" if kind.warns else "no")
        table.add_row(kind.name, *words, *map(escape, (kind.statistic, kind.unit, kind.suits)))
    output_console().print(table)
