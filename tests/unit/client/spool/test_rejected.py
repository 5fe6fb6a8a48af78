"""Rows that Postgres refuses are kept for somebody to look at, within a limit."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from driftgauge.client import rejected
from driftgauge.client.rejected import REJECTED, reject
from driftgauge.client.rows import TABLES
from driftgauge.client.spool import SpoolFull
from unit.client.spool.spooling import metric

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_refused_row_is_kept_for_somebody_to_look_at(root: Path) -> None:
    columns = TABLES["model_metrics"].columns
    reject(root, metric("id", "m\x00", "1", "prod", NOON, "auc", math.nan, None), "no partition")
    reject(root, metric("id2", "m", "1", "prod", NOON, "\ud800", 2.5, ""), "no")
    first, second = (json.loads(line) for line in (root / REJECTED).read_text().splitlines())
    assert first["row"] == dict(
        zip(columns, ("id", "m\ufffd", "1", "prod", NOON.isoformat(), "auc", "nan", None), strict=True)
    )
    assert (first["reason"], first["table"]) == ("no partition", "model_metrics")
    assert datetime.fromisoformat(first["rejected_at"]).tzinfo is not None
    assert second["row"]["metric_name"] == "?"


def test_refused_rows_have_a_limit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejected, "REJECTED_BYTES", 300)
    row = metric("id", "m", "1", "prod", NOON, "auc", 1.0, "")
    reject(root, row, "no")
    reject(root, row, "no")
    with pytest.raises(SpoolFull, match=r"rejected\.jsonl holds its limit of 300 bytes$"):
        reject(root, row, "no")
    assert len((root / REJECTED).read_bytes()) < 1000
