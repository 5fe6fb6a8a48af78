"""A disk that takes nothing costs no row, no descriptor and no lock, and is used again once it takes rows."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from driftgauge.client import spool as spool_module
from driftgauge.client.backlog import Backlog
from driftgauge.client.rejected import reject
from driftgauge.client.spool import Spool
from unit.client.doubles import PATIENCE
from unit.client.spool.spooling import PLENTY, journals, loaded, metric

# A process whose files may not grow beyond some bytes, as on a full disk.
LIMITED: Final = """
import resource, signal, sys
from pathlib import Path
from driftgauge.client.spool import Spool
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
spool = Spool(Path(sys.argv[1]), limit=1 << 30)
row = ("model_metrics", ("x" * 500, 1), 1)
spool.append([row] * 2)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
try:
    spool.append([row] * 5)
except OSError as error:
    print(type(error).__name__, error.errno)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
spool.append([row])
journal = spool.oldest()
print(journal.rows, len(spool.load(journal)), journal.size == journal.path.stat().st_size)
spool.remove(journal)
spool.close()
"""


def test_a_path_that_cannot_be_synced_costs_no_descriptors(
    spool: Spool, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with monkeypatch.context() as broken:
        broken.setattr(spool_module, "_sync", unsynced)
        for _ in range(3):
            with pytest.raises(OSError, match="Input/output error"):
                spool.append([metric(1)])
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    spool.take_over()
    assert list(root.glob("*")) == [], "the directories that nobody filled are gone"
    spool.append([metric(1)])
    assert len(spool) == 1


def unsynced(directory: Path) -> None:
    raise OSError(5, "Input/output error", str(directory))


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[None]]:
    """A disk that syncs no file, and does not even take back what was written."""
    sync = os.fsync

    def refuse_files(descriptor: int) -> None:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(5, "Input/output error")
        sync(descriptor)

    def refuse(descriptor: int, size: int) -> None:
        raise OSError(5, f"Input/output error of {descriptor} at {size}")

    @contextmanager
    def fail() -> Generator[None]:
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", refuse_files)
            broken.setattr(os, "ftruncate", refuse)
            with pytest.raises(OSError, match=r"Input/output error$"):
                yield

    return fail


def test_nothing_is_appended_to_what_could_not_be_taken_back(
    spool: Spool, root: Path, failing: Callable[[], AbstractContextManager[None]]
) -> None:
    first = spool.append([metric("before")])
    with failing():
        spool.append([metric("not written"), metric("nor this")])
    assert spool.append([metric("after")]) is not first
    assert spool.size == sum(path.stat().st_size for path in journals(root))
    assert [values for _, values in loaded(spool)] == [("before",), ("after",)]


def test_a_journal_of_nothing_but_what_could_not_be_taken_back_goes(
    spool: Spool, root: Path, failing: Callable[[], AbstractContextManager[None]]
) -> None:
    spool.append([metric("before")], apart=True)
    with failing():
        spool.append([metric("not written")])
    assert len(journals(root)) == len(spool) == 1
    spool.append([metric("after")])
    assert [values for _, values in loaded(spool)] == [("before",), ("after",)]


def test_what_could_not_be_taken_back_is_counted_by_who_takes_it_over(
    spool: Spool, root: Path, failing: Callable[[], AbstractContextManager[None]]
) -> None:
    spool.append([metric("before")])
    with failing():
        spool.append([metric("also in memory")])
    spool.close()
    heir = Backlog(Spool(root, limit=PLENTY), rows=10, size=PLENTY)
    batch = heir.next_batch()
    assert batch is not None
    assert [values for _, values, _ in batch.left] == [("before",), ("also in memory",)]
    heir.account(batch, None)
    heir.finish(batch)
    stats = heir.stats()
    assert (stats.accepted, stats.stored, stats.spooled) == (2, 2, 0)
    heir.give_up()


def test_a_journal_whose_name_cannot_be_synced_goes(spool: Spool, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.append([metric("before")], apart=True)
    with monkeypatch.context() as broken:
        broken.setattr(spool_module, "_sync", unsynced)
        with pytest.raises(OSError, match="Input/output error"):
            spool.append([metric("not written")])
    assert len(journals(root)) == len(spool) == 1


def test_what_was_written_in_part_is_taken_back(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(root)], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout.splitlines() == ["OSError 27", "3 3 True"]


def test_a_full_disk_takes_nothing_and_recovers(mounted: Callable[[str], Path]) -> None:
    disk = mounted("size=256k")
    spool = Spool(disk / "spool", limit=PLENTY)
    spool.append([metric("before")])
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    for apart in (False, True):
        with pytest.raises(OSError, match="No space left"):
            spool.append([metric("x" * 10_000)], apart=apart)
    assert len(spool) == 1
    ballast.unlink()
    spool.append([metric("after")])
    assert [values for _, values in loaded(spool)] == [("before",), ("after",)]
    spool.close()


def test_a_disk_without_names_left_takes_nothing_and_recovers(mounted: Callable[[str], Path]) -> None:
    disk = mounted("nr_inodes=8")
    spool = Spool(disk / "spool", limit=PLENTY)
    for taken in range(10):
        try:
            (disk / f"file{taken}").touch()
        except OSError:
            break
    for free in range(3):  # the root, the hidden directory and the lock each find no room in turn
        with pytest.raises(OSError, match=r"No space left|cannot lock"):
            spool.append([metric("lost")])
        (disk / f"file{free}").unlink()
    with pytest.raises(OSError, match="No space left"):
        spool.append([metric("lost")])
    (disk / "file3").unlink()
    spool.append([metric("kept")])
    stranger = Spool(disk / "spool", limit=PLENTY)
    stranger.take_over()
    assert stranger.oldest() is None, "the directory is locked, whatever failed before"
    assert loaded(spool) == [("model_metrics", ("kept",))]
    spool.close()


def test_a_full_disk_hinders_taking_over_for_a_while_only(mounted: Callable[[str], Path]) -> None:
    disk = mounted("nr_inodes=12")
    dead = Spool(disk / "spool", limit=PLENTY)
    dead.append([metric("dead")])
    dead.close()
    fillers: list[Path] = []
    for number in range(12):
        try:
            (disk / f"file{number}").touch()
        except OSError:
            break
        fillers.append(disk / f"file{number}")
    spool = Spool(disk / "spool", limit=PLENTY)
    spool.take_over(now=0)
    assert spool.oldest() is None
    for filler in fillers:
        filler.unlink()
    spool.take_over(now=100)
    assert loaded(spool) == [("model_metrics", ("dead",))]
    spool.close()


def test_a_disk_that_may_not_be_written_takes_nothing(mounted: Callable[[str], Path]) -> None:
    disk = mounted("size=256k")
    dead = Spool(disk / "spool", limit=PLENTY)
    dead.append([metric("dead")])
    dead.close()
    subprocess.run([str(shutil.which("mount")), "-o", "remount,ro", str(disk)], check=True)
    spool = Spool(disk / "spool", limit=PLENTY)
    with pytest.raises(OSError, match="Read-only file system"):
        spool.append([metric(1)])
    with pytest.raises(OSError, match="Read-only file system"):
        reject(disk / "spool", metric(*range(8)), "no")
    spool.take_over()
    assert spool.oldest() is None
    subprocess.run([str(shutil.which("mount")), "-o", "remount,rw", str(disk)], check=True)
    spool.append([metric(1)])
    assert loaded(spool) == [("model_metrics", (1,))]
    spool.close()


def test_a_path_that_is_a_file_takes_nothing(root: Path) -> None:
    root.write_text("somebody's")
    spool = Spool(root, limit=PLENTY)
    spool.take_over()
    with pytest.raises(FileExistsError):
        spool.append([metric(1)])
    with pytest.raises(FileExistsError):
        reject(root, metric(*range(8)), "no")
    spool.close()
    assert root.read_text() == "somebody's"
