"""Let Ctrl-C and SIGTERM end the demonstration, and nothing interrupt the tidying up that follows."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def undisturbed() -> Generator[None]:
    """Ignore the signals in the body, but for the part of it that is `interruptible`."""
    before = {number: signal.signal(number, _ignore) for number in _heeded()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def interruptible() -> Generator[None]:
    """Raise KeyboardInterrupt in the body at each of the signals."""
    for number in _heeded():
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in _heeded():
            signal.signal(number, _ignore)


def _heeded() -> list[signal.Signals]:
    """Return the signals that whoever started this program, such as nohup, does not want to be ignored."""
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; unlike SIG_IGN, programs that are started do not inherit it."""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
