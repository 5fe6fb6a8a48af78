"""What was found, told line by line: ok, empty or error."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from servers import POLL_SECONDS, Unreachable

OK, EMPTY, ERROR = "ok", "empty", "error"
WIDEST: Final = 160


class Amiss(Exception):
    """Something answers, but not with what is expected; the message says what."""


@dataclass(slots=True)
class Table:
    """What was found, told line by line."""

    counts: dict[str, int] = field(default_factory=lambda: {OK: 0, EMPTY: 0, ERROR: 0})

    def tell(self, found: str, what: str, detail: str = "") -> None:
        """Print one line and count it."""
        self.counts[found] += 1
        print(f"{found:<6} {what:<58} {' '.join(detail.split())[:WIDEST]}".rstrip(), flush=True)  # noqa: T201 - a program

    def check(self, what: str, look: Callable[[], str], *, until: float = 0.0) -> None:
        """Tell what `look` returns; what it raises is looked at again until the time is over, and then an error."""
        while True:
            try:
                self.tell(OK, what, look())
            except (Unreachable, Amiss) as error:
                if time.monotonic() < until:
                    time.sleep(POLL_SECONDS)
                    continue
                self.tell(ERROR, what, str(error))
            return


def expect(condition: object, message: str) -> None:
    """Return if the condition holds.

    Raises
    ------
    Amiss
        With the message, if it does not.
    """
    if not condition:
        raise Amiss(message)
