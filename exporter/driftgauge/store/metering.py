"""How long each thread has waited for Postgres: counted where every answer is waited for."""

from __future__ import annotations

import threading
import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

_RV = TypeVar("_RV")


class Account:
    """Seconds that one thread, or some that work for it, have waited."""

    def __init__(self) -> None:
        """Start at zero."""
        self.seconds = 0.0
        self._guard = threading.Lock()

    def add(self, seconds: float) -> None:
        """Add to them."""
        with self._guard:
            self.seconds += seconds


class Meter:
    """Seconds by thread. A job runs in one, so that what it waited is the difference of two readings there.

    Threads that it starts may count on its account.
    """

    def __init__(self) -> None:
        """Start at zero in every thread."""
        self._here = threading.local()

    @property
    def account(self) -> Account:
        """What this thread counts on."""
        if not hasattr(self._here, "account"):
            self._here.account = Account()
        account: Account = self._here.account
        return account

    @property
    def spent(self) -> float:
        """The seconds that have been waited so far on this thread's account."""
        return self.account.seconds

    def add(self, seconds: float) -> None:
        """Add to this thread's account."""
        self.account.add(seconds)

    def count_on(self, account: Account) -> None:
        """From now on count what this thread waits on another's account."""
        self._here.account = account


class MeteredConnection(psycopg.Connection[Any]):
    """A connection that tells a meter of every wait: for a statement, its rows, a COPY, a commit."""

    meter: Meter | None = None

    def wait(self, gen: PQGen[_RV], interval: float = 0.1, timeout: float | None = None) -> _RV:
        """Wait as psycopg does, and tell how long."""
        began = time.perf_counter()
        try:
            return super().wait(gen, interval, timeout)
        finally:
            if self.meter is not None:
                self.meter.add(time.perf_counter() - began)
