"""How long each thread has waited for Postgres: counted where every answer is waited for."""

from __future__ import annotations

import threading
import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

_RV = TypeVar("_RV")


class Meter:
    """Seconds by thread. A job runs in one thread, so that what it waited is the difference of two readings there."""

    def __init__(self) -> None:
        """Start at zero in every thread."""
        self._here = threading.local()

    @property
    def spent(self) -> float:
        """The seconds that this thread has waited so far."""
        return float(getattr(self._here, "seconds", 0.0))

    def add(self, seconds: float) -> None:
        """Add to what this thread has waited."""
        self._here.seconds = self.spent + seconds


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
