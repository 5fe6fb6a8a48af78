"""Wait until every row numbered up to now is there for good, or will never be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from driftgauge.store.database import Database
from driftgauge.store.horizon import Holder, Horizon, read_horizon, read_mark, read_remaining

POLLS: Final = 20
POLL_SECONDS: Final = 0.05


class Finality:
    """The horizon of one log table; one that could not be waited for is kept for the next run."""

    def __init__(self, database: Database, table: str, pause: Callable[[float], None]) -> None:
        """Take the table to wait for; `pause` sleeps for some seconds."""
        self._database = database
        self._table = table
        self._pause = pause
        self._horizon: Horizon | None = None

    def wait(self) -> tuple[Horizon, Holder | None]:
        """Return a horizon, and the transaction that still holds it back after a second, if one does."""
        polls = 0
        while True:
            with self._database.transaction() as connection:
                horizon = self._horizon
                if horizon is None or horizon.mark.server_start != read_mark(connection, self._table).server_start:
                    horizon = self._horizon = read_horizon(connection, self._table)
                remaining = read_remaining(connection, horizon)
            polls += 1
            if not remaining or polls == POLLS:
                return horizon, remaining[0] if remaining else None
            self._pause(POLL_SECONDS)

    def reached(self) -> None:
        """Ask for a new horizon next time: all rows up to this one are counted."""
        self._horizon = None
