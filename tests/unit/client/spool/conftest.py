"""A spool, processes that share its path, and small disks below it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from driftgauge.client.spool import Spool
from unit.client.spool.spooling import PLENTY

# A process that spools rows into a path, says so, and keeps its lock until it is killed.
OWNER: Final = """
import sys, time
from pathlib import Path
from driftgauge.client.spool import Spool
spool = Spool(Path(sys.argv[1]), limit=1 << 30)
for number in range(int(sys.argv[2])):
    spool.append([("model_metrics", ("owner", number), 1)], apart=True)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(root: Path) -> Iterator[Spool]:
    spool = Spool(root, limit=PLENTY)
    yield spool
    spool.close()


@pytest.fixture
def start_owner(root: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    """Start a process that spools and lives on; all end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(rows: int) -> subprocess.Popen[str]:
        owner = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(root), str(rows)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(owner)
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        return owner

    yield start
    for owner in started:
        owner.kill()
        owner.communicate()


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a real, small file system; skip where that is not allowed."""
    mount = shutil.which("mount")
    places: list[Path] = []

    def make(options: str) -> Path:
        place = tmp_path / f"disk{len(places)}"
        place.mkdir(exist_ok=True)
        done = subprocess.run([str(mount), "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=False)
        if done.returncode:
            pytest.skip("file systems cannot be mounted here")
        places.append(place)
        return place

    yield make
    for place in places:
        subprocess.run([str(shutil.which("umount")), "--lazy", str(place)], check=True)  # whatever a failure left open
