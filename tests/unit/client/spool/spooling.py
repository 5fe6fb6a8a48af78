"""Rows to spool, and what is found of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from driftgauge.client.rows import Row
from driftgauge.client.spool import ENDING, Spool

PLENTY: Final = 1 << 30


def metric(*values: object) -> Row:
    return ("model_metrics", values, 1)


def loaded(spool: Spool) -> list[tuple[str, tuple[object, ...]]]:
    """Read and remove everything, oldest first."""
    found: list[tuple[str, tuple[object, ...]]] = []
    while (journal := spool.oldest()) is not None:
        found.extend((table, values) for table, values, _ in spool.load(journal))
        spool.remove(journal)
    return found


def journals(root: Path) -> list[Path]:
    return sorted(root.glob(f"*/*{ENDING}"))
