"""What happens to deliveries when their process forks, ends, or is told to end."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, Final, Protocol


class Ending(Protocol):
    """What must be told when its process forks or ends."""

    def after_fork(self) -> None:
        """Begin anew in a child."""
        ...

    def hurry(self) -> None:
        """Begin to store what is left."""
        ...

    def close(self, timeout: float) -> None:
        """Store what is left."""
        ...


# A fork, an exit and a signal come to the process, not to an object: so the process knows who must hear of them.
_LIVING: Final[dict[Ending, float]] = {}
_LAST_FORK: Final = deque([object()], maxlen=1)


def enrol(ending: Ending, *, timeout: float, on_sigterm: bool) -> None:
    """Tell `ending` of forks, and close it within `timeout` seconds at exit and, where nobody else cares, at SIGTERM.

    The signal is only taken from the main thread and where its default, sudden death, was in force; the process still
    dies of it.
    """
    _LIVING[ending] = timeout
    main = threading.current_thread() is threading.main_thread()
    if on_sigterm and main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _close_and_die)


def dismiss(ending: Ending) -> None:
    """Forget one that was closed."""
    _LIVING.pop(ending, None)


def last_fork() -> object:
    """Return what is another object after a fork of this process."""
    return _LAST_FORK[0]


def _note_fork() -> None:
    _LAST_FORK.append(object())


def _endings() -> Iterable[tuple[Ending, float]]:
    return list(_LIVING.items())


def _after_fork() -> None:
    for ending, _ in _endings():
        ending.after_fork()
    multiprocessing: Any = sys.modules.get("multiprocessing.util")  # who forks by it has loaded it
    if multiprocessing is not None:
        multiprocessing.register_after_fork(_close_all, _close_as_multiprocessing_ends)


def _close_as_multiprocessing_ends(close_all: Callable[[], None]) -> None:
    """Close in a child of multiprocessing, which ends without atexit: late, because what ends before may log."""
    multiprocessing: Any = sys.modules["multiprocessing.util"]
    multiprocessing.Finalize(None, close_all, exitpriority=-100)


def _close_all() -> None:
    """Close all at once, each within its own time from now."""
    started = time.monotonic()
    endings = _endings()
    for ending, _ in endings:
        ending.hurry()
    for ending, timeout in endings:
        ending.close(max(started + timeout - time.monotonic(), 0))


def _close_and_die(number: int, frame: FrameType | None) -> None:
    del frame
    try:
        _close_all()
    finally:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


os.register_at_fork(before=_note_fork, after_in_parent=_note_fork, after_in_child=_after_fork)
atexit.register(_close_all)
