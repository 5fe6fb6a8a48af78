"""Make the ids of rows in the service, so that they are known at once."""

from __future__ import annotations

import os
import time
from itertools import count
from typing import Final
from uuid import UUID, SafeUUID

VERSION_7: Final = 0x7 << 76 | 0x2 << 62
RANDOM_BITS: Final = 0xFFF << 64 | (1 << 61) - 1  # the highest bit of the counter stays free: it never runs over
UNKNOWN: Final = SafeUUID.unknown  # looking into an enum takes as long as making the number


def new_id() -> UUID:
    """Return an id made now.

    Examples
    --------
    >>> new_id().version, new_id() != new_id()
    (7, True)
    """
    return id_made_at(time.time_ns())


def id_made_at(nanoseconds: int) -> UUID:
    """Return a UUID of version 7 (RFC 9562, 6.2, with a counter): first come 48 bits of milliseconds since 1970.

    The other bits count from a start of 73 bits that the kernel chose for this process, and chooses again after a fork:
    neither a fork nor a service that seeds `random` repeats them, and within a millisecond ids keep their order. Asking
    the kernel each time would cost a tenth of what logging may.

    Examples
    --------
    >>> str(id_made_at(1_772_366_400_000_000_000))[:15]
    '019ca945-0a00-7'
    """
    made = _new(UUID)  # as copy and pickle make one: the constructor checks what needs no check, for as long again
    _set(made, "int", (nanoseconds // 1_000_000 << 80) + _next())
    _set(made, "is_safe", UNKNOWN)
    return made


def _begin() -> None:
    """Choose where this process counts from."""
    global _next  # noqa: PLW0603 - a process has one counter
    _next = count(int.from_bytes(os.urandom(10), "big") & RANDOM_BITS | VERSION_7).__next__


_begin()
os.register_at_fork(after_in_child=_begin)
_new: Final = object.__new__
_set: Final = object.__setattr__
