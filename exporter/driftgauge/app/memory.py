"""Keep little more memory than is in use: glibc keeps what is freed, by thread, and for long."""

from __future__ import annotations

import ctypes
from typing import Final

M_ARENA_MAX: Final = -8
ARENAS: Final = 2
_LIBC: Final = ctypes.CDLL(None)  # another libc than glibc has neither function, or they do nothing


def share_arenas() -> bool:
    """Have threads share two arenas, where glibc allocates; return whether it does.

    By default each thread has one, up to eight a core, and what a job has freed in its own serves no other.
    """
    mallopt = getattr(_LIBC, "mallopt", None)
    return mallopt is not None and mallopt(M_ARENA_MAX, ARENAS) == 1


def give_back() -> None:
    """Give what is free to the system, which takes glibc a few milliseconds: a slice of rows leaves a hundred MB."""
    malloc_trim = getattr(_LIBC, "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)
