"""A spool that is full, useless, damaged or read twice: the books stay right, and no row is stored twice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from driftgauge.client import Drop
from fixtures.exporter import wait_until
from fixtures.proxy import Proxy
from integration.client.books import balanced, dropped, stored_ids
from integration.client.conftest import MakeLogger
from integration.client.cramped import ROWS

PROGRAM: Final = Path(__file__).with_name("cramped.py")
TESTS: Final = Path(__file__).parents[2]


def leave_rows(make_logger: MakeLogger, proxy: Proxy, spool: Path, rows: int) -> list[str]:
    """Leave rows in the spool, as a service does that ends while the database is away; return their ids."""
    proxy.refuse()
    logger = make_logger(proxy.dsn, spool=spool)
    ids = [logger.log_prediction({"row": row}, latency_ms=1).hex for row in range(rows)]
    wait_until(lambda: logger.stats().spooled == rows, "all on disk")
    logger.close(0)
    proxy.accept()
    return ids


def deliver(make_logger: MakeLogger, proxy: Proxy, spool: Path) -> int:
    """Let another service find what was left; return how many rows that were."""
    heir = make_logger(proxy.dsn, spool=spool)
    heir.log_metric("m", 1)
    assert heir.flush(30)
    stats = balanced(heir)
    heir.close()
    return stats.stored - 1


def test_rows_that_were_stored_already_are_harmless(
    proxy: Proxy, database: str, make_logger: MakeLogger, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    ids = leave_rows(make_logger, proxy, spool, 6_000)
    [home] = spool.iterdir()
    shutil.copytree(home, tmp_path / "copy")
    for _ in range(3):
        assert deliver(make_logger, proxy, spool) == 6_000
        assert not list(spool.iterdir())
        shutil.copytree(tmp_path / "copy", spool / f"1-{uuid4().hex}")
    assert sorted(stored_ids(database)) == sorted(ids)


@pytest.mark.parametrize(
    "tail", [b"", b"\x00" * 100, b"\xff" * 7, os.urandom(50)], ids=["cut", "zeros", "ones", "noise"]
)
def test_a_torn_tail_costs_no_row_before_it(
    proxy: Proxy, database: str, make_logger: MakeLogger, tmp_path: Path, tail: bytes
) -> None:
    spool = tmp_path / "spool"
    ids = leave_rows(make_logger, proxy, spool, 200)
    journal = max(spool.rglob("*.journal"))
    journal.write_bytes(journal.read_bytes()[:-10] + tail)
    assert deliver(make_logger, proxy, spool) == 199
    assert set(stored_ids(database)) < set(ids)
    assert len(stored_ids(database)) == 199


def test_a_journal_that_somebody_deletes_is_booked_as_torn(
    proxy: Proxy, database: str, make_logger: MakeLogger, tmp_path: Path
) -> None:
    proxy.refuse()
    logger = make_logger(proxy.dsn, spool=tmp_path / "spool")
    for row in range(100):
        logger.log_prediction({"row": row}, latency_ms=1)
    wait_until(lambda: logger.stats().spooled == 100, "all on disk")
    for journal in (tmp_path / "spool").rglob("*.journal"):
        journal.unlink()
    proxy.accept()
    assert logger.flush(30)
    stats = balanced(logger)
    assert stats.stored == len(stored_ids(database)) < 100
    assert set(dropped(stats)) == {Drop.TORN}


@pytest.mark.parametrize("fault", ["full", "a file"])
def test_what_the_spool_does_not_take_waits_in_memory(
    proxy: Proxy, database: str, make_logger: MakeLogger, tmp_path: Path, fault: str
) -> None:
    spool = tmp_path / "spool"
    if fault == "a file":
        spool.write_text("no directory", encoding="utf-8")
    proxy.refuse()
    logger = make_logger(proxy.dsn, spool=spool, spool_bytes=60_000)
    for row in range(3_000):
        logger.log_prediction({"row": row}, latency_ms=1)
    assert not logger.flush(1)
    stats = balanced(logger)
    assert (stats.queued + stats.spooled, stats.stored) == (3_000, 0)
    assert stats.queued > 0
    proxy.accept()
    assert logger.flush(30)
    assert balanced(logger).stored == len(set(stored_ids(database))) == len(stored_ids(database)) == 3_000


def test_a_disk_that_is_full_in_mid_write_leaves_whole_rows_only(
    proxy: Proxy, database: str, make_logger: MakeLogger, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), str(tmp_path / "spool")],
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")}
        | {"PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    told = json.loads(ended.stdout)
    assert told["accepted"] == ROWS == told["spooled"] + told["dropped"].get("closed", 0)
    assert 0 < deliver(make_logger, proxy, tmp_path / "spool") == told["spooled"] < ROWS
    assert len(set(stored_ids(database))) == len(stored_ids(database)) == told["spooled"]


def test_a_backlog_that_closing_has_no_time_for_is_left_whole_to_the_next(
    proxy: Proxy, database: str, make_logger: MakeLogger, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    proxy.refuse()
    logger = make_logger(proxy.dsn, spool=spool)
    for row in range(20_000):
        logger.log_prediction({"row": row, "text": "x" * 200}, latency_ms=1)
    wait_until(lambda: logger.stats().spooled == 20_000, "all on disk")
    proxy.latency = 0.05
    proxy.accept()
    wait_until(lambda: logger.stats().stored, "some is stored", patience=60)
    logger.close(0.1)
    stats = balanced(logger)
    assert stats.stored + stats.spooled == 20_000
    assert stats.spooled > 0
    assert not dropped(stats)
    proxy.latency = 0
    assert deliver(make_logger, proxy, spool) >= stats.spooled
    time.sleep(1)  # the background learns that it has ended only when its write is done
    assert balanced(logger) == stats
    assert len(set(stored_ids(database))) == len(stored_ids(database)) == 20_000
