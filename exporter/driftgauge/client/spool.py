"""Rows on disk while Postgres is away: append-only segments, checksummed, one directory a logger.

Each logger locks a directory of its own below the spool's path, so that many processes can share the path. A directory
whose lock is free belonged to a process that has ended; its segments are taken over.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import threading
import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson

from driftgauge.client.finishing import finished
from driftgauge.client.rows import TABLES, Row

HEADER: Final = struct.Struct("<II")  # the record's length and CRC-32
SEGMENT_BYTES: Final = 4 << 20
ENDING: Final = ".segment"
HOMES: Final = f"[0-9]*-{'[0-9a-f]' * 32}"  # the directories that are ours, whatever else is beside them
LOCK: Final = "lock"
REJECTED: Final = "rejected.jsonl"
REJECTED_BYTES: Final = 64 << 20
ADOPT_EVERY: Final = 10.0  # seconds
PRIVATE: Final = 0o700  # rows may be of people


class SpoolFull(OSError):
    """The spool has no room for these rows."""


@dataclass(slots=True, kw_only=True, eq=False)
class Segment:
    """A file of rows, of which the first `done` need not be read again.

    `rows` is how many of ours it holds, None in one that was taken over and not read yet.
    """

    path: Path
    rows: int | None
    size: int
    done: int = 0


class Spool:
    """The segments of one logger, oldest first; safe to use from several threads."""

    def __init__(self, root: Path, *, limit: int) -> None:
        """Keep at most `limit` bytes below `root`; nothing is made before it is needed."""
        self._root = root
        self._limit = limit
        self._guard = threading.RLock()
        self._home: Path | None = None
        self._lock: int | None = None
        self._segments: list[Segment] = []
        self._open: FileIO | None = None
        self._number = 0
        self._adopted_at = float("-inf")

    def __len__(self) -> int:
        """Return how many segments wait."""
        return len(self._segments)

    @property
    def size(self) -> int:
        """How many bytes our segments hold."""
        return sum(segment.size for segment in self._segments)

    def is_used(self) -> bool:
        """Tell whether some process keeps rows here, or has left some."""
        return self._is_there() and any(path.is_dir() for path in self._root.glob("[!.]*"))

    def append(self, rows: Sequence[Row], *, apart: bool = False) -> Segment:
        """Write rows durably and return their segment; with `apart`, no other rows share it.

        Raises
        ------
        SpoolFull, OSError
            If they do not fit, or the disk refuses them; then none was written.
        """
        data = b"".join([_record(row) for row in rows])
        with self._guard:
            if self.size + len(data) > self._limit:
                raise SpoolFull(f"the spool {self._root} holds its limit of {self._limit:,} bytes")
            file = self._open
            if apart or file is None or self._segments[-1].size >= SEGMENT_BYTES:
                file = self._begin()
            segment = self._segments[-1]
            try:
                written = 0
                while written < len(data):
                    written += file.write(data[written:]) or 0
                os.fsync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), segment.size)
                os.lseek(file.fileno(), segment.size, os.SEEK_SET)
                if not segment.size:
                    self.remove(segment)
                raise
            segment.size += len(data)
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
        """Read a segment's rows; a torn tail is left out."""
        data = segment.path.read_bytes() if segment.path.exists() else b""
        rows: list[Row] = []
        place = 0
        while place + HEADER.size <= len(data):
            size, checksum = HEADER.unpack_from(data, place)
            record = data[place + HEADER.size : place + HEADER.size + size]
            if not size or len(record) < size or zlib.crc32(record) != checksum:
                break  # a crash of the machine may leave zeros, too
            rows.append(_row(record))
            place += HEADER.size + size
        return rows

    def remove(self, segment: Segment) -> None:
        """Delete a segment: its rows are stored."""
        with self._guard:
            if segment not in self._segments:
                return
            if segment is self._segments[-1]:
                self._seal()
            self._segments.remove(segment)
            segment.path.unlink(missing_ok=True)

    def adopt(self, now: float | None = None) -> None:
        """Take over the segments of processes that have ended, at most every few seconds."""
        now = time.monotonic() if now is None else now
        with self._guard:
            if now < self._adopted_at + ADOPT_EVERY or not self._is_there():
                return
            self._adopted_at = now
            for home in sorted(self._root.glob(HOMES)):
                if home == self._home or (lock := _try_lock(home)) is None:
                    continue
                try:
                    for path in sorted(home.glob(f"*{ENDING}"), reverse=True):
                        self._take_over(path)
                    (home / LOCK).unlink()
                    home.rmdir()
                except OSError:
                    pass  # a full disk takes no more directories: it is tried again
                finally:
                    os.close(lock)

    def reject(self, row: Row, reason: str) -> None:
        """Keep a row that Postgres refuses, for somebody to look at.

        Raises
        ------
        OSError
            If the disk refuses it, or so much was kept before.
        """
        table = TABLES.get(row[0])
        values = list(map(_kept, finished(row)))
        fits = table is not None and len(table.columns) == len(values)  # or another version of the client spooled it
        line = {
            "rejected_at": datetime.now(UTC),
            "reason": reason,
            "table": row[0],
            "row": dict(zip(table.columns, values, strict=True)) if table is not None and fits else values,
        }
        self._make_root()
        with open(self._root / REJECTED, "ab", opener=_privately) as file:
            if file.tell() > REJECTED_BYTES:
                raise SpoolFull(f"{self._root / REJECTED} holds its limit of {REJECTED_BYTES:,} bytes")
            file.write(orjson.dumps(line, default=str) + b"\n")

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
        return Spool(self._root, limit=self._limit)

    def _is_there(self) -> bool:
        try:
            return self._root.is_dir()
        except OSError:  # it is where we may not look
            return False

    def _make_root(self) -> None:
        self._root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)

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
        self._segments.append(Segment(path=path, rows=0, size=0))
        _sync(self._home)
        return file

    def _seal(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _settle(self) -> Path:
        name = f"{os.getpid()}-{uuid4().hex}"
        hidden = self._root / f".{name}"  # until it is locked, or another process would take it over
        self._make_root()
        hidden.mkdir(mode=PRIVATE)
        self._lock = _try_lock(hidden, os.O_CREAT)
        if self._lock is None:  # another process would take its rows for those of one that has ended
            shutil.rmtree(hidden, ignore_errors=True)
            raise OSError(f"cannot lock {hidden}")
        try:
            home = hidden.rename(self._root / name)
            _sync(self._root)
        except OSError:
            self._release()  # the empty directory is for who takes over
            raise
        return home

    def _take_over(self, path: Path) -> None:
        if self._home is None:
            self._home = self._settle()
        self._number += 1
        moved = path.rename(self._home / f"{self._number:010d}{ENDING}")
        self._segments.insert(0, Segment(path=moved, rows=None, size=moved.stat().st_size))


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


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _sync(directory: Path) -> None:
    """Make a new name in a directory survive a crash of the machine."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _record(row: Row) -> bytes:
    record = orjson.dumps([row[0], *map(_kept, finished(row))], default=str)  # a subclass of datetime, for instance
    return HEADER.pack(len(record), zlib.crc32(record)) + record


def _kept(value: object) -> object:
    """Return a value as JSON keeps it and Postgres reads it: numbers that JSON has not become text."""
    return str(value) if type(value) is float and value - value != 0 else value


def _row(record: bytes) -> Row:
    name, *values = _parsed(record)
    return name, tuple(values), 0


def _parsed(record: bytes) -> Iterable[Any]:
    return orjson.loads(record)
