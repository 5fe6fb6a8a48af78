"""What something costs: wall time, and CPU time of this process, of one Postgres backend and of those that help it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds."""

    wall: float
    client: float
    backend: float

    @property
    def cpu(self) -> float:
        """CPU-seconds of both sides."""
        return self.client + self.backend


def measure(action: Callable[[], object], *, backend_pid: int | None = None) -> Cost:
    """Run an action once and return its cost."""
    backend = _backend_seconds(backend_pid)
    client, wall = time.process_time(), time.perf_counter()
    action()
    return Cost(
        wall=time.perf_counter() - wall,
        client=time.process_time() - client,
        backend=_backend_seconds(backend_pid) - backend,
    )


def _backend_seconds(pid: int | None) -> float:
    """Return the CPU seconds of a backend, and of all processes of its server that have ended: parallel workers do."""
    if pid is None:
        return 0.0
    backend = _stat(pid)
    server = _stat(int(backend[1]))
    return sum(map(int, (*backend[11:13], *server[13:15]))) / TICKS


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
