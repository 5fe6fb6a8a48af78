"""Make the ids of rows in the service, so that they are known at once."""

from __future__ import annotations

import os
import random
import time
from typing import Final
from uuid import UUID, SafeUUID

VERSION_7: Final = 0x7 << 76 | 0x2 << 62
UNKNOWN: Final = SafeUUID.unknown  # looking into an enum takes as long as making the number
RANDOM_BITS: Final = ~(0xFFFF_FFFF_FFFF << 80 | 0xF << 76 | 0x3 << 62) & ((1 << 128) - 1)


def new_id() -> UUID:
    """Return an id made now.

    Examples
    --------
    >>> new_id().version, new_id() != new_id()
    (7, True)
    """
    return id_made_at(time.time_ns())


def id_made_at(nanoseconds: int) -> UUID:
    """Return a UUID of version 7 (RFC 9562): its first 48 bits are milliseconds since 1970, 74 bits are random.

    They come from a generator of our own, seeded by the kernel and again after a fork: neither a fork nor a service
    that seeds `random` repeats them. Asking the kernel each time would cost a tenth of what logging may.

    Examples
    --------
    >>> str(id_made_at(1_772_366_400_000_000_000))[:15]
    '019ca945-0a00-7'
    """
    made = _new(UUID)  # as copy and pickle make one: the constructor checks what needs no check, for as long again
    _set(made, "int", nanoseconds // 1_000_000 << 80 | _random_bits(80) & RANDOM_BITS | VERSION_7)
    _set(made, "is_safe", UNKNOWN)
    return made


_random: Final = random.Random()  # noqa: S311 - unique, not secret
_random_bits: Final = _random.getrandbits
os.register_at_fork(after_in_child=_random.seed)
_new: Final = object.__new__
_set: Final = object.__setattr__
