"""A real exporter in a process of its own, as benchmarks look at it: what it serves, and what it costs."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

TICKS: Final = os.sysconf("SC_CLK_TCK")
LINE: Final = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
GZIPPED: Final = b"\x1f\x8b"
PATIENCE: Final = 120.0
OPENMETRICS: Final = "application/openmetrics-text;version=1.0.0"


class Exporter:
    """One process of `driftgauge run`, or of a peer, and its address."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        """Take them."""
        self.pid, self._process, self._url = process.pid, process, url

    def fetch(self) -> bytes:
        """Return what it answers to a request as Prometheus sends it, as it came: compressed where it does that."""
        request = urllib.request.Request(  # noqa: S310 - http on 127.0.0.1
            f"{self._url}/metrics", headers={"Accept-Encoding": "gzip", "Accept": OPENMETRICS}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - http on 127.0.0.1
            return answer.read()

    def page(self) -> bytes:
        """Return what it serves; unpacked here, since in a fleet that costs the exporter more than all else."""
        body = self.fetch()
        return gzip.decompress(body) if body.startswith(GZIPPED) else body

    def values(self, name: str, label: str = "") -> dict[str, float]:
        """Return the values of a metric by a label, or one value by the empty text."""
        return values_of(self.page(), name, label)

    def cpu(self) -> float:
        """Return its CPU-seconds so far."""
        return process_seconds(self.pid)

    def peak(self) -> float:
        """Return the most memory that it has held, in megabytes."""
        [line] = [each for each in Path(f"/proc/{self.pid}/status").read_text().splitlines() if "VmHWM" in each]
        return int(line.split()[1]) / 1024


def values_of(page: bytes, name: str, label: str = "") -> dict[str, float]:
    """Return the values of a metric on a page by a label, or one value by the empty text."""
    found: dict[str, float] = {}
    for series, labels, value in LINE.findall(_family(page, name)):
        if series == name:
            chosen = re.search(rf'{label}="([^"]*)"', labels) if label else None
            found[chosen[1] if chosen else ""] = float(value)
    return found


def _family(page: bytes, name: str) -> str:
    """Return the part of a page that has a metric's lines: a fleet's page is long to look through."""
    starts = [place for end in ("{", " ") if (place := page.find(f"\n{name}{end}".encode())) >= 0]
    if not starts:
        return ""
    end = page.find(b"\n#", min(starts))
    return page[min(starts) : None if end < 0 else end].decode()


@contextmanager
def running_exporter(dsn: str, settings: Mapping[str, Any]) -> Generator[Exporter]:
    """Run one on a free port until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="driftgauge-bench-") as directory:
        config = Path(directory) / "driftgauge.yml"
        config.write_text(yaml.safe_dump({**settings, "http": {"listen": "127.0.0.1:0"}}), encoding="utf-8")
        log = Path(directory) / "log"
        command = [sys.executable, "-m", "driftgauge", "--config", str(config), "--dsn", dsn, "run"]
        with log.open("wb") as told:
            process = subprocess.Popen(command, stdout=told, stderr=told)  # noqa: S603 - our own program
        try:
            yield Exporter(process, _address(process, log))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8"))
        if found:
            return found[0]
        time.sleep(0.05)
    raise RuntimeError(f"the exporter tells no address: {log.read_text(encoding='utf-8')}")


def process_seconds(pid: int) -> float:
    """Return the CPU-seconds of a process so far, those of its ended children included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return _own_seconds(pid) + sum(map(int, fields[13:15])) / TICKS


def _own_seconds(pid: int) -> float:
    """Return a process' own seconds to the nanosecond; clock_getcpuclockid(3) makes its clock's number like this."""
    return time.clock_gettime(~pid << 3 | 2)


def server_seconds(directory: str) -> float:
    """Return the CPU-seconds of a Postgres and of all its processes so far, from its data directory."""
    server = int((Path(directory) / "postmaster.pid").read_text().splitlines()[0])
    total = process_seconds(server)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == server:
                    total += _own_seconds(int(entry.name))
            except OSError:  # it has ended since, and is in the server's children
                continue
    return total
