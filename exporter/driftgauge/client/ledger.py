"""The books of a logger: what became of every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import count


class Drop(StrEnum):
    """Why a row was dropped."""

    QUEUE_FULL = "queue_full"
    """There was no room in memory: the database (and the spool) took rows slower than they came."""
    TOO_LARGE = "too_large"
    """The row alone is larger than a row may be."""
    INVALID = "invalid"
    """What was logged cannot be a row."""
    CLOSED = "closed"
    """It was logged after the logger was closed, or could not be stored before the deadline of closing."""
    REJECTED = "rejected"
    """Postgres refuses it; with a spool it is kept in the file of rejected rows."""
    TORN = "torn"
    """Its place in the spool was damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Rows by what became of them: accepted = queued + spooled + stored + dropped, while no call is under way.

    `accepted` counts what was logged, and what an earlier process left in the spool, once it is read. `queued` is in
    memory, `spooled` on disk, `stored` in Postgres; `dropped` has every reason.
    """

    accepted: int
    queued: int
    spooled: int
    stored: int
    dropped: Mapping[Drop, int]


class Tally:
    """A count that any thread, signal handler or finalizer may raise without a lock: that is one call into C.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.add(), tally.add(), tally.read(), tally.read()
    (0, 1, 2, 2)
    """

    def __init__(self) -> None:
        """Start at zero."""
        self.add = count().__next__
        self._reads = 0

    def read(self) -> int:
        """Return the count; the caller sees to it that nobody else reads at the same time."""
        value = self.add() - self._reads  # reading counts, too
        self._reads += 1
        return value


class Ledger:
    """The books: the service raises tallies, the background keeps plain numbers under its own lock."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.offered = Tally()
        self.refused = {reason: Tally() for reason in Drop}
        self.taken_over = 0
        self.spooled = 0
        self.stored = 0
        self.dropped: Counter[Drop] = Counter()

    def close_books(self, *, queued: int) -> Stats:
        """Return where all rows are; the caller holds the background's lock."""
        return Stats(
            accepted=self.offered.read() + self.taken_over,
            queued=queued,
            spooled=self.spooled,
            stored=self.stored,
            dropped={reason: self.refused[reason].read() + self.dropped[reason] for reason in Drop},
        )
