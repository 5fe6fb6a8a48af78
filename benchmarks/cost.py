"""What something costs: wall time, and CPU time of this process, of Postgres backends and of those that help them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
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


def measure(action: Callable[[], object], *, backend_pid: int | Collection[int] | None = None) -> Cost:
    """Run an action once and return its cost; several backends are those of one server."""
    pids = () if backend_pid is None else (backend_pid,) if isinstance(backend_pid, int) else backend_pid
    backend = _backend_seconds(pids)
    client, wall = time.process_time(), time.perf_counter()
    action()
    return Cost(
        wall=time.perf_counter() - wall,
        client=time.process_time() - client,
        backend=_backend_seconds(pids) - backend,
    )


def _backend_seconds(pids: Collection[int]) -> float:
    """Return the CPU seconds of backends, and of all processes of their server that have ended: parallel workers do."""
    servers = {int(_stat(pid)[1]) for pid in pids}
    return sum(map(_own_seconds, pids)) + sum(sum(map(int, _stat(pid)[13:15])) / TICKS for pid in servers)


def _own_seconds(pid: int) -> float:
    """Return the CPU seconds of one process of one thread, by its scheduler: ticks are too coarse for milliseconds."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
