"""Options that several questions of `driftgauge show` have."""

from __future__ import annotations

from typing import Annotated

import typer

Hours = Annotated[float, typer.Option(metavar="H", help="How many hours to go back from now.")]
Days = Annotated[int, typer.Option(metavar="D", help="How many UTC days to show, today the last.")]
Limit = Annotated[int, typer.Option(metavar="N", help="Show at most so many, the first in order.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
