"""Logging from finalizers and signal handlers, whatever they interrupt: nothing stands still, the books are exact."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from fixtures.soak import amount
from integration.client.books import report, stored_ids

SECONDS: Final = amount(2, soak=60)
PROGRAM: Final = Path(__file__).with_name("reentering.py")


@pytest.mark.soak
@pytest.mark.parametrize("spools", [False, True], ids=["in memory", "with a spool"])
@pytest.mark.parametrize("way", ["finalizers", "signals"])
def test_logging_in_the_midst_of_everything_neither_blocks_nor_loses(
    writer_dsn: str,
    database: str,
    tmp_path: Path,
    way: str,
    spools: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    spool = [str(tmp_path / "spool")] if spools else []
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), way, writer_dsn, str(SECONDS), *spool],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert not ended.stderr
    told = json.loads(ended.stdout)
    ids = stored_ids(database)
    assert told == {"rows": len(ids), "flushed": True, "accepted": len(ids), "stored": len(ids)}
    assert len(ids) == len(set(ids))
    report(f"{way}, {SECONDS} s: {len(ids):,} rows logged and stored, deadlocks 0")
