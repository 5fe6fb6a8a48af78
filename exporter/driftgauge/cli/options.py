"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Model = Annotated[str, typer.Option(metavar="M", help="Name of the model.")]
Version = Annotated[str | None, typer.Option(metavar="V", help="Only this version. [default: every]")]
Environment = Annotated[str | None, typer.Option(metavar="E", help="Only this environment. [default: every]")]
