"""Programs that the demonstration runs beside itself: started, waited for, and ended with it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from driftgauge.errors import SetupError

READY_SECONDS: Final = 15.0
STOP_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.1


def find_program(fetched: Path, name: str) -> Path | None:
    """Return the binary that `make stack` fetched, else the one on the PATH."""
    if fetched.is_file():
        return fetched.resolve()
    installed = shutil.which(name)
    return Path(installed) if installed else None


@contextmanager
def running_program(
    name: str, command: Sequence[str], *, address: str, log: Path, patience: float = READY_SECONDS
) -> Generator[str]:
    """Run a program that listens at `address` and has a page `/-/ready`; yield its URL once that answers.

    It dies with the thread that starts it, so enter from one that outlives it.

    Raises
    ------
    SetupError
        If it ends or is not ready within `patience` seconds; the message has its last words.
    """
    try:
        with log.open("wb") as sink:
            process = subprocess.Popen(  # noqa: S603  # no shell, arguments of our own
                [*_dies_with_parent(), *command],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise SetupError(f"{name} cannot be started: {error}") from error
    try:
        _wait_until_ready(name, process, f"http://{address}/-/ready", log, patience)
        yield f"http://{address}"
    finally:
        _stop(process)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens to now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def version_of(binary: Path) -> str:
    """Return the release that a binary says it is."""
    told = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=False)  # noqa: S603  # our own arguments
    words = (told.stdout or told.stderr).split()
    return words[2] if len(words) > 2 else "of an unknown release"  # noqa: PLR2004  # "prometheus, version 3.5.3 …"


def _wait_until_ready(name: str, process: subprocess.Popen[bytes], url: str, log: Path, patience: float) -> None:
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
        raise SetupError(f"{name} ended with code {code}: {_last_line(log)}")
    raise SetupError(f"{name} was not ready within {patience:g} seconds: {_last_line(log)}")


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


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it wrote nothing")
