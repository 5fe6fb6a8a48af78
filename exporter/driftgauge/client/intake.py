"""The queue between the service and the background: bounded in rows and memory, filled without a lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import repeat
from typing import Final

from driftgauge.client.rows import Row

BLOCK: Final = 1024
"""Bytes of one block, the unit in which memory is allowed."""


class Intake:
    """Rows that wait; `put` may be called from any thread, signal handler or finalizer at any moment.

    A row's memory stays taken until `release` is called with it, so what is on its way counts as well. Rows and free
    blocks are both a `deque`: each step is one call into C, which nothing interrupts, so none is lost or taken twice.
    """

    def __init__(self, *, rows: int, size: int) -> None:
        """Hold at most `rows` rows and `size` bytes."""
        self._rows: deque[Row] = deque()
        self._most = rows
        self._free = deque(repeat(None, size // BLOCK))

    def __len__(self) -> int:
        """Return how many rows wait."""
        return len(self._rows)

    def put(self, table: str, values: tuple[object, ...], blocks: int) -> bool:
        """Append a row; False if there is no room."""
        if len(self._rows) >= self._most:
            return False
        taken = 0
        try:
            while taken < blocks:
                self._free.pop()
                taken += 1
        except IndexError:
            self._give(taken)
            return False
        self._rows.append((table, values, blocks))
        return True

    def take(self, most: int, blocks: float = float("inf")) -> list[Row]:
        """Take the oldest rows, at most `most`, until they have `blocks`."""
        taken: list[Row] = []
        try:
            while len(taken) < most and blocks > 0:
                row = self._rows.popleft()
                taken.append(row)
                blocks -= row[2]
        except IndexError:
            pass  # that was the last one
        return taken

    def put_back(self, rows: Sequence[Row]) -> None:
        """Return rows that were taken to the front."""
        self._rows.extendleft(reversed(rows))

    def release(self, rows: Sequence[Row]) -> None:
        """Give back the memory of rows that have left."""
        self._give(sum(blocks for _, _, blocks in rows))

    def _give(self, blocks: int) -> None:
        self._free.extend(repeat(None, blocks))
