"""Rows on disk while Postgres is away: append-only journals, checksummed, one directory a logger.

Each logger locks a directory of its own below the spool's path, so that many processes can share the path. A directory
whose lock is free belonged to a process that has ended; its journals are taken over.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Final
from uuid import uuid4

from driftgauge.client.records import record_of, rows_of
from driftgauge.client.rows import Row

JOURNAL_BYTES: Final = 2 << 20  # a journal is read, and its rows are held, at once
PIECE_ROWS: Final = 100
ENDING: Final = ".journal"
HOMES: Final = f"[0-9]*-{'[0-9a-f]' * 32}"  # the directories that are ours, whatever else is beside them
LOCK: Final = "lock"
TAKE_OVER_EVERY: Final = 10.0  # seconds
NAMELESS_FOR: Final = 60.0  # seconds, far longer than a process takes
PRIVATE: Final = 0o700  # rows may be of people


class SpoolFull(OSError):
    """The spool has no room for these rows."""


@dataclass(slots=True, kw_only=True, eq=False)
class Journal:
    """A file of rows, each a record.

    `rows` is how many of ours it holds, None in one that was taken over and not read yet. `lost` has the numbers of
    those that were damaged when they were read; of the others, the first `done` need not be read again.
    """

    path: Path
    rows: int | None
    size: int
    done: int = 0
    lost: set[int] = field(default_factory=set[int])


class Spool:
    """The journals of one logger, oldest first; safe to use from several threads."""

    def __init__(self, root: Path, *, limit: int) -> None:
        """Keep at most `limit` bytes below `root`; nothing is made before it is needed."""
        self.root = root
        self._limit = limit
        self._guard = threading.RLock()
        self._home: Path | None = None
        self._lock: int | None = None
        self._journals: list[Journal] = []
        self._open: FileIO | None = None
        self._number = 0
        self._looked_at = float("-inf")

    def __len__(self) -> int:
        """Return how many journals wait."""
        return len(self._journals)

    @property
    def size(self) -> int:
        """How many bytes our journals hold."""
        return sum(journal.size for journal in self._journals)

    def is_used(self) -> bool:
        """Tell whether some process keeps rows here, or has left some."""
        return self._is_there() and any(path.is_dir() for path in self.root.glob("[!.]*"))

    def append(self, rows: Sequence[Row], *, apart: bool = False) -> Journal:
        """Write rows durably and return their journal; with `apart`, no other rows share it.

        Raises
        ------
        SpoolFull, OSError, TypeError, ValueError
            If they do not fit, the disk refuses them, or JSON has no such value; then none was written.
        """
        with self._guard:
            self._check_room(0)
            file = self._open
            if apart or file is None or self._journals[-1].size >= JOURNAL_BYTES:
                file = self._begin()
            journal = self._journals[-1]
            written = 0
            try:
                for piece in _pieces(rows):
                    self._check_room(written + len(piece))
                    end = written + len(piece)
                    while written < end:
                        written += file.write(piece[written - end :]) or 0
                os.fsync(file.fileno())
            except (OSError, TypeError, ValueError):  # the disk, or a value that JSON has not
                self._take_back(journal, file, written)
                raise
            journal.size += written
            journal.rows = (journal.rows or 0) + len(rows)
            if apart:
                self._seal()
            return journal

    def oldest(self) -> Journal | None:
        """Return the oldest journal, closed for good; None if there is none."""
        with self._guard:
            if not self._journals:
                return None
            if len(self._journals) == 1:
                self._seal()
            return self._journals[0]

    def load(self, journal: Journal) -> list[Row]:
        """Read the rows of a journal that are not done; the journal keeps which were damaged, or torn from its end."""
        records = rows_of(journal.path.read_bytes()) if journal.path.exists() else []
        if journal.rows is None:
            journal.rows = len(records)
        records += [None] * (journal.rows - len(records))
        numbered = enumerate(records[: journal.rows])  # what a failed write left behind them is in memory, too
        left = [(number, row) for number, row in numbered if number not in journal.lost][journal.done :]
        journal.lost.update(number for number, row in left if row is None)
        return [row for _, row in left if row is not None]

    def remove(self, journal: Journal) -> None:
        """Delete a journal: its rows are stored."""
        with self._guard:
            if journal not in self._journals:
                return
            if journal is self._journals[-1]:
                self._seal()
            self._journals.remove(journal)
            journal.path.unlink(missing_ok=True)

    def take_over(self, now: float | None = None) -> None:
        """Take over the journals of processes that have ended, at most every few seconds."""
        now = time.monotonic() if now is None else now
        with self._guard:
            if now < self._looked_at + TAKE_OVER_EVERY or not self._is_there():
                return
            self._looked_at = now
            nameless = filter(_is_left_behind, self.root.glob(f".{HOMES}"))
            for home in (*sorted(self.root.glob(HOMES)), *nameless):
                if home == self._home or (lock := _try_lock(home, os.O_CREAT if home.name[0] == "." else 0)) is None:
                    continue
                try:
                    for path in sorted(home.glob(f"*{ENDING}"), reverse=True):
                        self._move_in(path)
                    (home / LOCK).unlink()
                    home.rmdir()
                except OSError:
                    pass  # a full disk takes no more directories, or a stranger's file is in it: it is tried again
                finally:
                    os.close(lock)

    def close(self) -> None:
        """Let go of the directory; what is in it waits for the next process, and an empty one goes."""
        with self._guard:
            self._seal()
            home, self._home = self._home, None
            if home is not None and not self._journals:
                shutil.rmtree(home, ignore_errors=True)
            self._release()

    def afresh(self) -> Spool:
        """Return the spool of a forked child, and let go of what was inherited: the parent has it still."""
        self._seal()
        self._release()
        return Spool(self.root, limit=self._limit)

    def _check_room(self, more: int) -> None:
        if self.size + more > self._limit:
            raise SpoolFull(f"the spool {self.root} holds its limit of {self._limit:,} bytes")

    def _is_there(self) -> bool:
        try:
            return self.root.is_dir()
        except OSError:  # it is where we may not look
            return False

    def _release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _begin(self) -> FileIO:
        self._seal()
        if self._home is None or not self._home.is_dir():  # somebody may have cleaned up
            self._release()
            self._home = self._settle()
        self._number += 1
        path = self._home / f"{self._number:010d}{ENDING}"
        file = self._open = FileIO(path, "xb")
        journal = Journal(path=path, rows=0, size=0)
        self._journals.append(journal)
        try:
            _sync(self._home)
        except OSError:
            self.remove(journal)
            raise
        return file

    def _take_back(self, journal: Journal, file: FileIO, written: int) -> None:
        """Undo a write that failed; where the disk refuses that, too, nothing is appended to the journal any more."""
        try:
            os.ftruncate(file.fileno(), journal.size)
            os.lseek(file.fileno(), journal.size, os.SEEK_SET)
        except OSError:
            journal.size += written  # only who takes it over reads these; they are in memory, too
            self._seal()
        if not journal.rows:
            self.remove(journal)

    def _seal(self) -> None:
        file, self._open = self._open, None
        if file is not None:
            file.close()

    def _settle(self) -> Path:
        name = f"{os.getpid()}-{uuid4().hex}"
        hidden = self.root / f".{name}"  # until it is locked, or another process would take it over
        self.root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        hidden.mkdir(mode=PRIVATE)
        self._lock = _try_lock(hidden, os.O_CREAT)
        if self._lock is None:  # another process would take its rows for those of one that has ended
            shutil.rmtree(hidden, ignore_errors=True)
            raise OSError(f"cannot lock {hidden}")
        try:
            home = hidden.rename(self.root / name)
            _sync(self.root)
        except OSError:
            self._release()  # the empty directory is for who takes over
            raise
        return home

    def _move_in(self, path: Path) -> None:
        if self._home is None:
            self._home = self._settle()
        self._number += 1
        moved = path.rename(self._home / f"{self._number:010d}{ENDING}")
        self._journals.insert(0, Journal(path=moved, rows=None, size=moved.stat().st_size))


def _is_left_behind(hidden: Path) -> bool:
    """Return whether a directory is too old to get its lock and its name yet: its process died before."""
    try:
        return time.time() - hidden.stat().st_mtime > NAMELESS_FOR
    except OSError:  # it has just got its name
        return False


def _try_lock(home: Path, flags: int = 0) -> int | None:
    """Lock a directory and return the lock's descriptor; None if its owner lives."""
    try:
        lock = os.open(home / LOCK, flags | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:  # it has just been taken over, or is not ours
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _sync(directory: Path) -> None:
    """Make a new name in a directory survive a crash of the machine."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pieces(rows: Sequence[Row]) -> Iterator[bytes]:
    """Yield the records of some rows at a time: written at once, all would be held twice more."""
    for start in range(0, len(rows), PIECE_ROWS):
        yield b"".join([record_of(row) for row in rows[start : start + PIECE_ROWS]])
