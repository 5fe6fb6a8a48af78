"""Let Ctrl-C and SIGTERM end a long command, and nothing disturb the tidying up that follows."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Final, Self

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Takes the signals while it is entered; the first one raises KeyboardInterrupt where that is `allowed`.

    Some libraries swallow every exception in places, this one included: `check` raises it again.
    """

    def __init__(self) -> None:
        """Nothing has been received."""
        self._received = False
        self._allowed = False
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None] = {}

    def __enter__(self) -> Self:
        """Take the signals that whoever started this program, such as nohup, does not want to be ignored."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def allowed(self) -> Generator[None]:
        """Let the body be interrupted."""
        self._allowed = True
        try:
            self.check()
            yield
        finally:
            self._allowed = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal has come.

        Raises
        ------
        KeyboardInterrupt
            Also for a signal whose own was swallowed.
        """
        if self._received:
            raise KeyboardInterrupt

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        first, self._received = not self._received, True
        if first and self._allowed:
            raise KeyboardInterrupt
