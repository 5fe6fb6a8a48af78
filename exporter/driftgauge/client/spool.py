"""Rows on disk while Postgres is away: append-only segments, checksummed, one directory a logger.

Each logger locks a directory of its own below the spool's path, so that many processes can share the path. A directory
whose lock is free belonged to a process that has ended; its segments are taken over.
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

SEGMENT_BYTES: Final = 2 << 20  # a segment is read, and its rows are held, at once
PIECE_ROWS: Final = 100
ENDING: Final = ".segment"
HOMES: Final = f"[0-9]*-{'[0-9a-f]' * 32}"  # the directories that are ours, whatever else is beside them
LOCK: Final = "lock"
TAKE_OVER_EVERY: Final = 10.0  # seconds
NAMELESS_FOR: Final = 60.0  # seconds, far longer than a process takes
PRIVATE: Final = 0o700  # rows may be of people


class SpoolFull(OSError):
    """The spool has no room for these rows."""


@dataclass(slots=True, kw_only=True, eq=False)
class Segment:
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
    """The segments of one logger, oldest first; safe to use from several threads."""

    def __init__(self, root: Path, *, limit: int) -> None:
        """Keep at most `limit` bytes below `root`; nothing is made before it is needed."""
        self.root = root
        self._limit = limit
        self._guard = threading.RLock()
        self._home: Path | None = None
        self._lock: int | None = None
        self._segments: list[Segment] = []
        self._open: FileIO | None = None
        self._number = 0
        self._looked_at = float("-inf")

    def __len__(self) -> int:
        """Return how many segments wait."""
        return len(self._segments)

    @property
    def size(self) -> int:
        """How many bytes our segments hold."""
        return sum(segment.size for segment in self._segments)

    def is_used(self) -> bool:
        """Tell whether some process keeps rows here, or has left some."""
        return self._is_there() and any(path.is_dir() for path in self.root.glob("[!.]*"))

    def append(self, rows: Sequence[Row], *, apart: bool = False) -> Segment:
        """Write rows durably and return their segment; with `apart`, no other rows share it.

        Raises
        ------
        SpoolFull, OSError, TypeError, ValueError
            If they do not fit, the disk refuses them, or JSON has no such value; then none was written.
        """
        with self._guard:
            self._check_room(0)
            file = self._open
            if apart or file is None or self._segments[-1].size >= SEGMENT_BYTES:
                file = self._begin()
            segment = self._segments[-1]
            written = 0
            try:
                for piece in _pieces(rows):
                    self._check_room(written + len(piece))
                    end = written + len(piece)
                    while written < end:
                        written += file.write(piece[written - end :]) or 0
                os.fsync(file.fileno())
            except (OSError, TypeError, ValueError):  # the disk, or a value that JSON has not
                self._take_back(segment, file, written)
                raise
            segment.size += written
            segment.rows = (segment.rows or 0) + len(rows)
            if apart:
                self._seal()
            return segment

    def oldest(self) -> Segment | None:
        """Return the oldest segment, closed for good; None if there is none."""
        with self._guard:
            if not self._segments:
                return None
            if len(self._segments) == 1:
                self._seal()
            return self._segments[0]

    def load(self, segment: Segment) -> list[Row]:
        """Read the rows of a segment that are not done; the segment keeps which were damaged, or torn from its end."""
        records = rows_of(segment.path.read_bytes()) if segment.path.exists() else []
        if segment.rows is None:
            segment.rows = len(records)
        records += [None] * (segment.rows - len(records))
        numbered = enumerate(records[: segment.rows])  # what a failed write left behind them is in memory, too
        left = [(number, row) for number, row in numbered if number not in segment.lost][segment.done :]
        segment.lost.update(number for number, row in left if row is None)
        return [row for _, row in left if row is not None]

    def remove(self, segment: Segment) -> None:
        """Delete a segment: its rows are stored."""
        with self._guard:
            if segment not in self._segments:
                return
            if segment is self._segments[-1]:
                self._seal()
            self._segments.remove(segment)
            segment.path.unlink(missing_ok=True)

    def take_over(self, now: float | None = None) -> None:
        """Take over the segments of processes that have ended, at most every few seconds."""
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
            if home is not None and not self._segments:
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
        segment = Segment(path=path, rows=0, size=0)
        self._segments.append(segment)
        try:
            _sync(self._home)
        except OSError:
            self.remove(segment)
            raise
        return file

    def _take_back(self, segment: Segment, file: FileIO, written: int) -> None:
        """Undo a write that failed; where the disk refuses that, too, nothing is appended to the segment any more."""
        try:
            os.ftruncate(file.fileno(), segment.size)
            os.lseek(file.fileno(), segment.size, os.SEEK_SET)
        except OSError:
            segment.size += written  # only who takes it over reads these; they are in memory, too
            self._seal()
        if not segment.rows:
            self.remove(segment)

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
        self._segments.insert(0, Segment(path=moved, rows=None, size=moved.stat().st_size))


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
