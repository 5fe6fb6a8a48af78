"""What a process left is taken over once it has ended, and nobody takes rows from a living one."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from driftgauge.client.spool import ENDING, LOCK, Spool
from unit.client.spool.spooling import PLENTY, journals, loaded, metric


def test_what_a_dead_process_left_is_taken_over_in_its_order(
    spool: Spool, root: Path, start_owner: Callable[[int], subprocess.Popen[str]]
) -> None:
    owner = start_owner(3)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    spool.take_over()
    assert len(spool) == 3
    first = spool.oldest()
    assert first is not None
    assert first.rows is None, "nobody knows yet"
    assert first.size == first.path.stat().st_size
    assert loaded(spool) == [("model_metrics", ("owner", number)) for number in range(3)]
    assert len(list(root.iterdir())) == 1, "the dead one's directory is gone"


def test_what_was_taken_over_comes_before_what_is_our_own(spool: Spool, root: Path) -> None:
    earlier = Spool(root, limit=PLENTY)
    earlier.append([metric("earlier")])
    spool.append([metric("own")])
    earlier.close()
    spool.take_over()
    assert [values for _, values in loaded(spool)] == [("earlier",), ("own",)]


def test_nothing_is_taken_from_a_living_process(
    spool: Spool, root: Path, start_owner: Callable[[int], subprocess.Popen[str]]
) -> None:
    owner = start_owner(2)
    spool.take_over(now=0)
    assert spool.oldest() is None
    assert len(journals(root)) == 2
    os.kill(owner.pid, signal.SIGSTOP)
    spool.take_over(now=100)
    assert spool.oldest() is None, "one that stands still lives, too"
    os.kill(owner.pid, signal.SIGCONT)
    owner.communicate("")
    assert owner.returncode == 0
    spool.take_over(now=200)
    assert len(loaded(spool)) == 2


def test_a_forked_child_takes_nothing_from_its_parent(spool: Spool, root: Path) -> None:
    spool.append([metric("parent")])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*fork.*", DeprecationWarning)  # of other tests' threads, from 3.12 on
        child = os.fork()
    if child == 0:
        code = 1
        try:
            own = spool.afresh()
            own.append([metric("child")])
            own.take_over()
            code = 0 if loaded(own) == [("model_metrics", ("child",))] else 2
            own.close()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    stranger = Spool(root, limit=PLENTY)
    stranger.take_over()
    assert stranger.oldest() is None, "the parent's lock outlives the child"
    stranger.close()
    spool.append([metric("parent again")])
    assert [values for _, values in loaded(spool)] == [("parent",), ("parent again",)]


def test_two_spools_of_a_process_share_a_path(spool: Spool, root: Path) -> None:
    other = Spool(root, limit=PLENTY)
    spool.append([metric("one")])
    other.append([metric("two")])
    spool.take_over()
    other.take_over()
    assert loaded(spool) == [("model_metrics", ("one",))]
    other.close()
    spool.take_over(now=float("inf"))
    assert loaded(spool) == [("model_metrics", ("two",))]


def test_two_that_take_over_at_once_share_without_loss(root: Path) -> None:
    for number in range(40):
        dead = Spool(root, limit=PLENTY)
        dead.append([metric(number)])
        dead.close()
    takers = [Spool(root, limit=PLENTY) for _ in range(4)]
    barrier = threading.Barrier(4)

    def take(spool: Spool) -> None:
        barrier.wait()
        spool.take_over()

    threads = [threading.Thread(target=take, args=(spool,)) for spool in takers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [values for spool in takers for _, values in loaded(spool)]
    assert sorted(found, key=str) == sorted([(number,) for number in range(40)], key=str)
    for spool in takers:
        spool.close()
    assert list(root.iterdir()) == []


def test_the_path_is_looked_at_every_few_seconds_only(spool: Spool, root: Path) -> None:
    spool.append([metric("own")])
    spool.take_over(now=100)
    dead = Spool(root, limit=PLENTY)
    dead.append([metric("dead")])
    dead.close()
    spool.take_over(now=105)
    assert len(spool) == 1
    spool.take_over(now=110)
    assert len(spool) == 2


def test_what_else_is_below_the_path_stays_untouched(spool: Spool, root: Path) -> None:
    for place in ("photos", "1234-backup", "locked", "."):
        (root / place).mkdir(parents=True, exist_ok=True)
        (root / place / "precious").write_text("x")
        (root / place / f"1{ENDING}").write_text("x")
    (root / "locked" / LOCK).write_text("somebody's")
    before = sorted(root.rglob("*"))
    spool.take_over()
    assert spool.oldest() is None
    assert sorted(root.rglob("*")) == before


@pytest.fixture
def hidden(root: Path) -> Path:
    """The directory of a process that died before it gave it its name."""
    place = root / f".1234-{uuid4().hex}"
    place.mkdir(parents=True)
    (place / LOCK).touch()
    return place


def aged(place: Path, seconds: float) -> None:
    """Let a directory be as old as that."""
    then = time.time() - seconds
    os.utime(place, (then, then))


@pytest.mark.parametrize("locked_once", [True, False], ids=["with its lock", "empty"])
def test_a_directory_whose_process_died_before_it_had_a_name_goes(
    spool: Spool, root: Path, hidden: Path, *, locked_once: bool
) -> None:
    if not locked_once:
        (hidden / LOCK).unlink()
    aged(hidden, 61)
    spool.take_over()
    assert list(root.iterdir()) == []


def test_a_directory_that_may_get_its_name_yet_stays(spool: Spool, root: Path, hidden: Path) -> None:
    aged(hidden, 50)
    spool.take_over()
    assert list(hidden.iterdir()) == [hidden / LOCK], "its process may be about to lock it"
    aged(hidden, 3600)
    with (hidden / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        spool.take_over(now=float("inf"))
        assert list(root.iterdir()) == [hidden]


def test_hidden_directories_that_are_not_ours_stay(spool: Spool, root: Path, hidden: Path) -> None:
    (hidden / "precious").write_text("x")
    for name in (".git", ".1234-backup", f"..1234-{uuid4().hex}", f".cache-{uuid4().hex}"):
        (root / name).mkdir()
    (root / f".5678-{uuid4().hex}").write_text("a file")
    before = sorted(root.iterdir())
    for place in before:
        aged(place, 3600)
    spool.take_over()
    assert sorted(root.iterdir()) == before
    assert (hidden / "precious").read_text() == "x"
