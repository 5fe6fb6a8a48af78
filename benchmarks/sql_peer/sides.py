"""What both sides are measured by: our own process, and CPU-seconds of an exporter and of Postgres."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cost import Cost
from exporting import Exporter, process_seconds, server_seconds
from sql_peer.peer import end

ROUNDS: Final = 5
BENCHMARKS: Final = Path(__file__).resolve().parents[1]


class Ours(Exporter):
    """Our process, which takes what is new when it is told to."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        """Take them."""
        super().__init__(process, url)
        self._pipes, self._log = process, log

    def publish(self) -> None:
        """Have it take what is new, and wait until that is published."""
        assert self._pipes.stdin is not None  # noqa: S101 - it is asked for
        self._pipes.stdin.write(b"\n")
        self._pipes.stdin.flush()
        answer(self._pipes, self._log)


def answer(process: subprocess.Popen[bytes], log: Path) -> str:
    """Return the next line of our process."""
    assert process.stdout is not None  # noqa: S101 - it is asked for
    line = process.stdout.readline().decode().strip()
    if not line:
        raise RuntimeError(f"driftgauge's side has ended: {log.read_text(encoding='utf-8')[-2000:]}")
    return line


@contextmanager
def running_ours(*arguments: str) -> Generator[Ours]:
    """Run our side until the end of the block; it has published when the block begins."""
    paths = [str(BENCHMARKS), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    with tempfile.TemporaryDirectory(prefix="driftgauge-bench-") as directory:
        log = Path(directory) / "log"
        with log.open("wb") as told:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "sql_peer.ours", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                env=environment,
            )
        with process:
            try:
                yield Ours(process, answer(process, log), log)
            finally:
                end(process)


def spent(exporter: Exporter, directory: str, action: Callable[[], object], *, times: int = 1) -> Cost:
    """Return what an action costs the exporter and Postgres, the mean of some in a row."""
    client, backend, wall = process_seconds(exporter.pid), server_seconds(directory), time.perf_counter()
    for _ in range(times):
        action()
    wall = time.perf_counter() - wall
    return Cost(
        wall=wall / times,
        client=(process_seconds(exporter.pid) - client) / times,
        backend=(server_seconds(directory) - backend) / times,
    )


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the one whose CPU is the median."""
    return sorted(costs, key=lambda cost: cost.cpu)[len(costs) // 2]


def spread(costs: Sequence[Cost], unit: float) -> str:
    """Return the least and the most CPU, as so many of a unit of seconds; nothing where there is one only."""
    if len(costs) == 1:
        return ""
    least, most = (choose(cost.cpu for cost in costs) / unit for choose in (min, max))
    digits = 0 if most > 100 else 3  # noqa: PLR2004 - thousands need no fractions
    return f"{least:.{digits}f}–{most:.{digits}f}"
