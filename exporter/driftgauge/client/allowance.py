"""Memory that may be taken and given back without a lock, from any thread, signal handler or finalizer."""

from __future__ import annotations

from collections import deque
from itertools import repeat
from typing import Final

BLOCK: Final = 1024
"""Bytes of one block, the unit of what is taken."""


class Allowance:
    """A number of blocks; each step is one call into C, which nothing interrupts, so none is lost or taken twice.

    Examples
    --------
    >>> allowance = Allowance(4096)
    >>> allowance.take(3), allowance.take(2), allowance.take(1)
    (True, False, True)
    """

    def __init__(self, size: int) -> None:
        """Hold as many blocks as `size` bytes have."""
        self._blocks = deque(repeat(None, size // BLOCK))

    @property
    def left(self) -> int:
        """How many blocks can be taken."""
        return len(self._blocks)

    def take(self, blocks: int) -> bool:
        """Take some blocks; False, and nothing taken, if there are too few."""
        taken = 0
        try:
            while taken < blocks:
                self._blocks.pop()
                taken += 1
        except IndexError:
            self.give(taken)
            return False
        return True

    def give(self, blocks: int) -> None:
        """Give blocks back."""
        self._blocks.extend(repeat(None, blocks))
