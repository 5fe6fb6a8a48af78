"""A real Prometheus beside the demonstration, where a binary is at hand."""

from __future__ import annotations

import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import yaml

from driftgauge.errors import SetupError

FETCHED: Final = Path(".stack", "current", "prometheus")
ABSENT: Final = f"no Prometheus: there is no {FETCHED} (`make stack` fetches it), and no `prometheus` on the PATH"
SCRAPE_INTERVAL: Final = "2s"
RETENTION: Final = "1d"
READY_SECONDS: Final = 15.0
STOP_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.1


def find_prometheus(directory: Path) -> Path | None:
    """Return the binary that `make stack` put below `directory`, else the one on the PATH; `ABSENT` words None."""
    fetched = directory / FETCHED
    if fetched.is_file():
        return fetched.resolve()
    installed = shutil.which("prometheus")
    return Path(installed) if installed else None


def configuration(exporter: str) -> str:
    """Return the configuration that scrapes the exporter at `host:port`."""
    return yaml.safe_dump(
        {
            "global": {
                "scrape_interval": SCRAPE_INTERVAL,
                "scrape_timeout": SCRAPE_INTERVAL,
                "evaluation_interval": SCRAPE_INTERVAL,
            },
            "scrape_configs": [{"job_name": "driftgauge", "static_configs": [{"targets": [exporter]}]}],
        },
        sort_keys=False,
    )


@contextmanager
def running_prometheus(
    binary: Path, *, directory: Path, exporter: str, patience: float = READY_SECONDS
) -> Generator[str]:
    """Run Prometheus on a free port of 127.0.0.1, with its files in `directory`; yield its URL once it is ready.

    It dies with the thread that starts it, so enter from one that outlives it.

    Raises
    ------
    SetupError
        If it ends or is not ready within `patience` seconds; the message has its last words.
    """
    directory.mkdir(parents=True, exist_ok=True)
    config, log = directory / "prometheus.yml", directory / "prometheus.log"
    config.write_text(configuration(exporter))
    address = f"127.0.0.1:{_free_port()}"
    command = [
        *_dies_with_parent(),
        str(binary),
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--storage.tsdb.retention.time={RETENTION}",
        f"--web.listen-address={address}",
    ]
    try:
        with log.open("wb") as sink:
            process = subprocess.Popen(  # noqa: S603  # no shell, arguments of our own
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
            )
    except OSError as error:
        raise SetupError(f"Prometheus cannot be started: {error}") from error
    try:
        _wait_until_ready(process, f"http://{address}/-/ready", log, patience)
        yield f"http://{address}"
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path, patience: float) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business on 127.0.0.1
    for _ in range(round(patience / POLL_SECONDS)):
        try:
            code = process.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            try:
                with opener.open(url, timeout=1):
                    return
            except OSError:  # not listening yet, or 503 while it replays its log
                continue
        raise SetupError(f"Prometheus ended with code {code}: {_last_line(log)}")
    raise SetupError(f"Prometheus was not ready within {patience:g} seconds: {_last_line(log)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _dies_with_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it wrote nothing")
