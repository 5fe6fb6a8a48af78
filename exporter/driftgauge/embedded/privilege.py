"""How to start a server that refuses to run as root, without adding users to the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from driftgauge.errors import MissingComponent

if TYPE_CHECKING:
    from pathlib import Path

NOBODY: Final = 65534
NAMESPACE: Final = ("--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
# The server shuts down by itself when the thread that started it ends, however it ends.
DIES_WITH_PARENT: Final = ("--pdeathsig", "INT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """The words to put before a command so that it runs unprivileged, and who must then own its files."""

    prefix: tuple[str, ...]
    owner: int

    def hand_over(self, path: Path) -> None:
        """Give a directory and all in it to the user that the launched command runs as."""
        if path.stat().st_uid == self.owner:
            return
        for entry in (path, *path.rglob("*")):
            os.chown(entry, self.owner, -1, follow_symlinks=False)


def unprivileged() -> Launcher:
    """Return the launcher that fits this process: as it is, by a user namespace, or as the user nobody.

    Raises
    ------
    MissingComponent
        The process is root and `setpriv` is absent.
    """
    if os.geteuid() != 0:
        return as_is()
    return by_namespace() if _namespaces_work() else by_switching_user()


def as_is() -> Launcher:
    """Launch as the present, ordinary user."""
    setpriv = shutil.which("setpriv")
    return Launcher(prefix=(setpriv, *DIES_WITH_PARENT) if setpriv else (), owner=os.geteuid())


def by_namespace() -> Launcher:
    """Launch in a user namespace where root is called nobody; on the machine its files stay root's."""
    return Launcher(
        prefix=(_program("unshare"), *NAMESPACE, _program("setpriv"), *DIES_WITH_PARENT), owner=os.geteuid()
    )


def by_switching_user() -> Launcher:
    """Launch as the machine's user nobody, for where user namespaces are blocked."""
    identity = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    return Launcher(prefix=(_program("setpriv"), *identity, *DIES_WITH_PARENT), owner=NOBODY)


def _namespaces_work() -> bool:
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    probe = subprocess.run([unshare, *NAMESPACE, "true"], capture_output=True, check=False)  # noqa: S603 - no shell, fixed arguments
    return probe.returncode == 0


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise MissingComponent(
            f"{name} is needed to start Postgres as root: install util-linux, or run as another user"
        )
    return path
