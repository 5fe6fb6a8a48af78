"""Keep what the jobs' threads free for each other: many arenas of glibc's hold several times what is in use."""

from __future__ import annotations

import ctypes
from typing import Final

M_ARENA_MAX: Final = -8
ARENAS: Final = 2


def share_arenas() -> bool:
    """Have threads share two arenas, where glibc allocates; return whether it does.

    By default each thread has one, up to eight a core, and what a job has freed in its own serves no other.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # another libc has none, or does nothing
    return mallopt is not None and mallopt(M_ARENA_MAX, ARENAS) == 1
