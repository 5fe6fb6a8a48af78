"""What waits on disk may be of people: nobody but its own user reads it, whatever the umask lets others do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from driftgauge.client import PredictionLogger
from driftgauge.client.rejected import REJECTED, reject
from driftgauge.client.rows import METRICS


@pytest.mark.parametrize("shared", [False, True])
def test_only_its_user_reads_the_spool(tmp_path: Path, shared: bool) -> None:  # noqa: FBT001 - a parameter of pytest's
    spool = tmp_path / "spool"
    before = os.umask(0)
    try:
        if shared:
            spool.mkdir(0o777)
        with PredictionLogger("host=127.0.0.1 port=1", model="churn", spool=spool, on_sigterm=False) as logger:
            logger.log_prediction({"name": "somebody"}, latency_ms=8.4)
        reject(spool, (METRICS.name, ("",) * len(METRICS.columns), 0), "no such day")
    finally:
        os.umask(before)
    assert logger.stats().spooled == 1
    (home,) = [path for path in spool.iterdir() if path.is_dir()]
    assert home.stat().st_mode & 0o077 == 0
    assert (spool / REJECTED).stat().st_mode & 0o077 == 0
    assert shared or spool.stat().st_mode & 0o077 == 0
