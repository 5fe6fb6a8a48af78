"""Rows that Postgres refuses, kept beside the journals of a spool for somebody to look at."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from driftgauge.client.finishing import finished
from driftgauge.client.records import kept
from driftgauge.client.rows import TABLES, Row
from driftgauge.client.spool import PRIVATE, SpoolFull

REJECTED: Final = "rejected.jsonl"
REJECTED_BYTES: Final = 64 << 20


def reject(root: Path, row: Row, reason: str) -> None:
    """Keep a row that Postgres refuses in the spool's directory `root`, with the reason.

    Raises
    ------
    SpoolFull, OSError
        If so much was kept before, or the disk refuses it.
    """
    table = TABLES.get(row[0])
    values = list(map(kept, finished(row)))
    fits = table is not None and len(table.columns) == len(values)  # or another version of the client spooled it
    line = {
        "rejected_at": datetime.now(UTC),
        "reason": reason,
        "table": row[0],
        "row": dict(zip(table.columns, values, strict=True)) if table is not None and fits else values,
    }
    root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    with open(root / REJECTED, "ab", opener=_privately) as file:
        if file.tell() > REJECTED_BYTES:
            raise SpoolFull(f"{root / REJECTED} holds its limit of {REJECTED_BYTES:,} bytes")
        file.write(orjson.dumps(line, default=str) + b"\n")


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
