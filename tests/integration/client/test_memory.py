"""However much is logged while the database is down, memory stays within its cap, and every row is accounted for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from fixtures.soak import amount
from integration.client.books import report

EVENTS: Final = amount(100_000, soak=1_000_000)
PROGRAM: Final = Path(__file__).with_name("flooding.py")
CAP: Final = 64 << 20
TOLERANCE: Final = 1.1
BACKGROUND: Final = 2 << 20
"""Bytes that are the interpreter's, not the queue's: stacks, libpq, what the allocator keeps."""


def flood(kind: str, *options: str) -> tuple[int, Counter[str]]:
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), kind, str(EVENTS), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    report(
        f"{EVENTS:,} events of kind {kind}, database down: memory grew by {told['grown']:,} of {CAP:,} bytes; {told}"
    )
    dropped = Counter[str](told["dropped"])
    books = Counter[str]({name: told[name] for name in ("queued", "spooled", "stored")}) + dropped
    assert told["accepted"] == books.total()
    return told["grown"], books


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["small", "usual", "long", "emoji", "explained"])
def test_memory_stays_within_its_cap(kind: str) -> None:
    grown, books = flood(kind)
    assert grown <= CAP * TOLERANCE + BACKGROUND
    assert set(books) == {"queued", "queue_full"}


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["usual", "emoji"])
def test_memory_stays_within_its_cap_beside_a_spool(kind: str, tmp_path: Path) -> None:
    grown, books = flood(kind, str(tmp_path / "spool"))
    assert grown <= CAP * TOLERANCE + BACKGROUND
    assert books["spooled"]
    assert set(books) <= {"queued", "spooled", "queue_full"}
