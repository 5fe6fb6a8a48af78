"""query-exporter as a real process, in an environment of its own, which a newer Python than ours has to make."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import yaml
from psycopg.conninfo import conninfo_to_dict

from alert_quality.peers import PeersMissing, install
from exporting import PATIENCE, Exporter

HERE: Final = Path(__file__).resolve().parent
ENVIRONMENT: Final = HERE.parents[1] / ".stack" / "query-exporter"
PINS: Final = HERE / "peer.txt"
OLDEST: Final = (3, 12)
VERSIONS: Final = """
import platform
from importlib.metadata import version
print(version("query-exporter"), platform.python_version())
"""
ENOUGH: Final = f"import ensurepip, sys, venv; sys.exit(sys.version_info < {OLDEST})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The Python of its environment, its version, and that Python's."""

    python: Path
    version: str
    runs_on: str


def find_peer(say: Callable[[str], None]) -> Peer:
    """Return query-exporter's environment, making it first where the pins changed.

    Raises
    ------
    PeersMissing
        If there is no Python that it runs on, or it cannot be installed.
    """
    python = install(say, environment=ENVIRONMENT, pins=PINS, base=_newer_python())
    told = subprocess.run([str(python), "-c", VERSIONS], capture_output=True, text=True, check=True, env=_clean())  # noqa: S603 - our own files
    version, runs_on = told.stdout.split()
    return Peer(python=python, version=version, runs_on=runs_on)


def _newer_python() -> str:
    for python in _pythons():
        try:
            # Run, as one of pyenv's shims is on PATH even where its version is not chosen.
            done = subprocess.run([python, "-c", ENOUGH], capture_output=True, check=False, timeout=30, env=_clean())  # noqa: S603 - a Python
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return python
    raise PeersMissing(f"no Python {'.'.join(map(str, OLDEST))} or newer with venv, neither on PATH nor under pyenv")


def _pythons() -> Iterator[str]:
    for name in ("python3.13", "python3.12"):
        found = shutil.which(name)
        if found:
            yield found
    roots = dict.fromkeys(filter(None, (os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv"))))
    for root in roots:
        yield from sorted(map(str, Path(root).glob("versions/3.1[2-9]*/bin/python")), reverse=True)


def _clean() -> dict[str, str]:
    """Return the environment without what points to our own modules."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def config_of(dsn: str, metrics: Mapping[str, list[str]], query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of one query, whose gauges are told with their labels."""
    parts = conninfo_to_dict(dsn)
    address = urlencode({"host": parts["host"], "port": parts["port"]})
    return {
        "databases": {"bench": {"dsn": f"postgresql+psycopg://{parts['user']}@/{parts['dbname']}?{address}"}},
        "metrics": {name: {"type": "gauge", "labels": labels} for name, labels in metrics.items()},
        "queries": {"bench": {"databases": ["bench"], "metrics": list(metrics), **query}},
    }


@contextmanager
def running_peer(peer: Peer, config: Mapping[str, Any]) -> Generator[Exporter]:
    """Run one on a free port until the end of the block; it has run its query when the block begins."""
    with tempfile.TemporaryDirectory(prefix="driftgauge-bench-") as directory:
        written, log = Path(directory) / "config.yaml", Path(directory) / "log"
        written.write_text(yaml.safe_dump(dict(config)), encoding="utf-8")
        port = _free_port()
        program = str(peer.python.with_name("query-exporter"))
        command = [program, "--config", str(written), "--host", "127.0.0.1", "--port", str(port)]
        with log.open("wb") as told:
            process = subprocess.Popen(command, stdout=told, stderr=told, cwd=directory, env=_clean())  # noqa: S603 - pinned
        try:
            exporter = Exporter(process, f"http://127.0.0.1:{port}")
            _await_query(exporter, process, log)
            yield exporter
        finally:
            end(process)


def end(process: subprocess.Popen[Any]) -> None:
    """Ask a process to end, and end it where it does not."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_query(exporter: Exporter, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            body = exporter.fetch()
        except OSError:  # it does not listen yet
            time.sleep(0.2)
            continue
        if b'query="bench",status="success"' in body:
            return
        if b'query="bench",status="error"' in body:
            break
        time.sleep(1)
    raise RuntimeError(f"query-exporter has not run its query: {log.read_text(encoding='utf-8')[-2000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
