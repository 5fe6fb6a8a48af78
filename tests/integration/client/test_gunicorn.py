"""Workers of gunicorn that were forked from a master with a logger, under real load."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, LiteralString

import httpx
import pytest

from fixtures.exporter import wait_until
from fixtures.soak import amount
from integration.client.books import report, select

WORKERS: Final = 8
CLIENTS: Final = 16
REQUESTS: Final = amount(40, soak=1_000)  # of each client
SESSIONS: Final[LiteralString] = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'driftgauge-client' AND datname = current_database()"
)


@contextmanager
def gunicorn(dsn: str, rows_before_fork: int) -> Generator[tuple[subprocess.Popen[str], str, list[str]]]:
    """Start it; yield the process, its address and its log."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--preload", "--workers", str(WORKERS), "--bind", "127.0.0.1:0"),
            *("--chdir", str(Path(__file__).parent), "--worker-tmp-dir", "/dev/shm", "preloaded:app"),  # noqa: S108 - gunicorn's advice
        ],
        env={**os.environ, "DRIFTGAUGE_DSN": dsn, "ROWS_BEFORE_FORK": str(rows_before_fork)},
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lines.extend, args=(process.stderr,))
    reader.start()
    try:
        wait_until(lambda: sum("Booting worker" in line for line in lines) == WORKERS, lambda: "".join(lines))
        [address] = re.findall(r"Listening at: (\S+)", "".join(lines))
        yield process, address, lines
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
        reader.join()
        process.stderr.close()


def ask(address: str) -> list[tuple[str, str]]:
    """Ask over and over; return the ids and processes of the answers."""
    answers: list[tuple[str, str]] = []
    with httpx.Client(trust_env=False, timeout=60) as client:
        for _ in range(REQUESTS):
            answer = client.get(address)
            assert answer.status_code == 200
            key, pid = answer.text.split()
            answers.append((key, pid))
    return answers


@pytest.mark.soak
@pytest.mark.parametrize("before", [0, 500])
def test_workers_of_a_preloaded_application_log_each_by_itself(writer_dsn: str, database: str, before: int) -> None:
    with gunicorn(writer_dsn, before) as (master, address, lines):
        with ThreadPoolExecutor(CLIENTS) as clients:
            answers = [answer for each in clients.map(ask, [address] * CLIENTS) for answer in each]
        workers = {pid for _, pid in answers}
        processes = len(workers) + bool(before)
        wait_until(lambda: len(select(database, SESSIONS)) == processes, lambda: f"{processes} sessions")
        last = ask(address)
        master.send_signal(signal.SIGTERM)
        assert master.wait(30) == 0, "".join(lines)
    rows = select(database, "SELECT id, segment FROM driftgauge.prediction_logs")
    logged = {key for key, _ in [*answers, *last]}
    assert Counter(row["segment"] for row in rows) == Counter({"worker": len(logged), "master": before})
    assert {row["id"].hex for row in rows if row["segment"] == "worker"} == logged
    assert len({row["id"] for row in rows}) == len(rows)
    report(
        f"gunicorn, {len(workers)} of {WORKERS} workers served {len(logged):,} requests, {before} rows before the fork:"
        f" sessions {processes}, lost 0, twice 0"
    )
