"""The steps of the set-up, told one a line with the time that each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text


@dataclass(slots=True)
class Step:
    """What a step is doing, later what it did."""

    says: str


class Steps:
    """Prints each step when it is done; on a terminal also while it lasts."""

    def __init__(self, console: Console, check: Callable[[], None]) -> None:
        """Print to `console`; `check` raises, between two steps, if they are to end."""
        self._console = console
        self._check = check

    @contextmanager
    def step(self, subject: str, doing: str) -> Generator[Step]:
        """Time what is done in the body, which may set what it `says` in the end."""
        step = Step(doing)
        line = Text.assemble("  ", (f"{subject:<14}", "bold"), doing, " …")
        started = time.monotonic()
        with self._console.status(line, spinner="line") if self._console.is_terminal else nullcontext():
            yield step
        self._check()
        took = f" … {time.monotonic() - started:.1f} s"
        self._console.print(
            Text.assemble("  ", (f"{subject:<14}", "bold"), step.says, (took, "dim")), soft_wrap=True, highlight=False
        )
