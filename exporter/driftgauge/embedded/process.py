"""How the programs of a Postgres server are run: with a clean environment, and for as long as this process lives."""

from __future__ import annotations

import os
import subprocess
import threading
from typing import TYPE_CHECKING, Final

from driftgauge.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEPT_VARIABLES: Final = ("PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR")


def spawn(command: Sequence[str], directory: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start the command from a thread that lives as long as it does: its death signal follows the starting thread."""
    outcome: list[subprocess.Popen[bytes] | OSError] = []
    spawned = threading.Event()

    def keep() -> None:
        try:
            with log.open("ab") as sink:
                process = subprocess.Popen(  # noqa: S603 - no shell, arguments of our own
                    command,
                    cwd=directory,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            outcome.append(error)
            spawned.set()
            return
        outcome.append(process)
        spawned.set()
        process.wait()

    threading.Thread(target=keep, name="embedded-postgres", daemon=True).start()
    spawned.wait()
    result = outcome[0]
    if isinstance(result, OSError):
        raise SetupError(f"Postgres cannot be started: {result}") from result
    return result


def environment() -> dict[str, str]:
    """Pass on what programs need, and none of the caller's PG* variables."""
    return {"LC_ALL": "C.UTF-8", **{name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}}
