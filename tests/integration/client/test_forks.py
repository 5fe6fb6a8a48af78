"""Processes that fork: no connection, row or lock of the parent's is the child's, and nobody waits for ever."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from fixtures.soak import amount
from integration.client.books import report, select
from integration.client.forking import LONGEST, ROWS

FORKS: Final = amount(20, soak=200)
PROGRAM: Final = Path(__file__).with_name("forking.py")


@pytest.mark.soak
@pytest.mark.parametrize("spools", [False, True], ids=["in memory", "with a spool"])
def test_forks_under_load_share_and_lose_nothing(
    writer_dsn: str,
    database: str,
    tmp_path: Path,
    spools: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    spool = [str(tmp_path / "spool")] if spools else []
    ended = subprocess.run(
        # from Python 3.12 on, a fork beside threads is warned of
        [sys.executable, "-W", "error", "-W", "ignore:This process", str(PROGRAM), writer_dsn, str(FORKS), *spool],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST + 2 * FORKS,
    )
    assert ended.returncode == 0, ended.stderr
    accepted, stored = map(int, ended.stdout.split())
    rows = select(database, "SELECT id, segment FROM driftgauge.prediction_logs")
    by_process = Counter(row["segment"] for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    assert by_process.pop("parent") == accepted == stored
    assert by_process == {f"child {number}": ROWS for number in range(FORKS)}
    assert not ended.stderr
    report(
        f"{FORKS} forks while 3 threads log: deadlocks 0, rows twice 0, parent {stored:,} of {accepted:,}, children all"
    )
