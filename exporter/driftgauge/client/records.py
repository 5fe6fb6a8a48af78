"""A row's bytes on disk, with their length and checksum; and rows that are read back from them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import Any, Final

import orjson

from driftgauge.client.finishing import finished
from driftgauge.client.rows import Row

HEADER: Final = struct.Struct("<II")  # the record's length and CRC-32


def record_of(row: Row) -> bytes:
    """Return a row as it is written to disk."""
    record = orjson.dumps([row[0], *map(kept, finished(row))], default=str)  # a subclass of datetime, for instance
    return HEADER.pack(len(record), zlib.crc32(record)) + record


def rows_of(data: bytes) -> list[Row | None]:
    """Return the rows of some records, None for a damaged one; a torn tail is left out."""
    rows: list[Row | None] = []
    place = 0
    while place + HEADER.size <= len(data):
        size, checksum = HEADER.unpack_from(data, place)
        record = data[place + HEADER.size : place + HEADER.size + size]
        if not size or len(record) < size:
            break  # a crash of the machine may leave zeros, too
        rows.append(_row(record) if zlib.crc32(record) == checksum else None)
        place += HEADER.size + size
    return rows


def kept(value: object) -> object:
    """Return a value as JSON keeps it and Postgres reads it: numbers that JSON has not become text."""
    return str(value) if type(value) is float and value - value != 0 else value


def _row(record: bytes) -> Row:
    name, *values = _parsed(record)
    return name, tuple(values), 0


def _parsed(record: bytes) -> Iterable[Any]:
    return orjson.loads(record)
