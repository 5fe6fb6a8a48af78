"""When something dear may be done again: so seldom that it takes its share of the time and no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager


class Turns:
    """Times what is done, and tells how long to wait before it may be done again.

    Examples
    --------
    >>> now = iter([0.0, 2.0, 5.0, 30.0])
    >>> turns = Turns(share=0.1, clock=lambda: next(now))
    >>> with turns.taken():
    ...     pass
    >>> turns.seconds, turns.wait(), turns.wait()
    (2.0, 15.0, 0.0)
    """

    def __init__(self, share: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Take which share of the time it may take; `clock` tells seconds."""
        self._share, self._clock = share, clock
        self._next = float("-inf")
        self.seconds = 0.0

    @contextmanager
    def taken(self) -> Generator[None]:
        """Time the body; the next turn is as long after its beginning as it has taken, divided by the share.

        Until it has ended, it is taken to last as long as the one before.
        """
        began = self._clock()
        self._next = began + self.seconds / self._share
        try:
            yield
        finally:
            self.seconds = self._clock() - began
            self._next = began + self.seconds / self._share

    def wait(self) -> float:
        """Return the seconds until the next turn, 0 where it has come."""
        return max(self._next - self._clock(), 0.0)
