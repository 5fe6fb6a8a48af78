"""Processes that fork: no connection, row or lock of the parent's is the child's, and nobody waits for ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, LiteralString

import pytest

from driftgauge.client.writing import Writer
from fixtures.exporter import wait_until
from fixtures.proxy import Proxy
from fixtures.soak import amount
from integration.client.books import report, select
from integration.client.encrypting import encrypted
from integration.client.forking import LONGEST, ROWS
from integration.client.inheriting import ROWS as ROWS_AT_ONCE

FORKS: Final = amount(20, soak=200)
PROGRAM: Final = Path(__file__).with_name("forking.py")
INHERITING: Final = Path(__file__).with_name("inheriting.py")
SESSIONS: Final[LiteralString] = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'driftgauge-client' AND datname = current_database()"
)


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


@contextmanager
def family(dsn: str, *, fork_after: float = 0) -> Generator[tuple[subprocess.Popen[str], dict[str, dict[str, Any]]]]:
    """Start a service that forks; yield it, and what it and its child told once both have logged or begun."""
    service = subprocess.Popen(
        [sys.executable, "-W", "error", "-W", "ignore:This process", str(INHERITING), dsn, str(fork_after)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert service.stdout is not None
    try:
        told = [json.loads(service.stdout.readline()) for _ in range(2)]
        yield service, {each["who"]: each for each in told}
    finally:
        service.kill()
        _, complaints = service.communicate("", timeout=LONGEST)  # the child logs now, and has ended when this returns
    assert not complaints


@pytest.mark.parametrize("encrypts", [False, True], ids=["plain", "TLS"])
def test_a_child_holds_no_connection_of_its_parents(
    writer_dsn: str,
    database: str,
    tmp_path: Path,
    encrypts: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    with encrypted(writer_dsn, tmp_path) as encrypted_dsn:
        with family(encrypted_dsn if encrypts else writer_dsn) as (service, told):
            assert told["child"]["sockets"] == []
            assert len(told["parent"]["sockets"]) == 1
            assert told["parent"]["sockets"] == told["parent"]["before"], "the parent stays on its connection"
            assert told["parent"]["flushed"]
            [session] = select(database, SESSIONS)
            service.kill()
            service.wait()
            wait_until(lambda: session not in select(database, SESSIONS), lambda: "the parent's session has ended")
            os.kill(told["child"]["pid"], 0)  # it lives
        rows = select(database, "SELECT id, segment FROM driftgauge.prediction_logs")
    assert Counter(row["segment"] for row in rows) == {
        "parent": 2 * ROWS_AT_ONCE,
        "short-lived child": ROWS_AT_ONCE,
        "child": ROWS_AT_ONCE,
    }


def test_a_connection_that_was_being_made_at_a_fork_ends_with_the_parent(proxy: Proxy, database: str) -> None:
    proxy.latency = 0.1
    with family(proxy.dsn, fork_after=0.3) as (service, told):
        assert told["parent"]["flushed"]
        service.kill()
        service.wait()
        wait_until(lambda: not select(database, SESSIONS), lambda: "the parent's sessions have ended")
        os.kill(told["child"]["pid"], 0)
    rows = select(database, "SELECT id, segment FROM driftgauge.prediction_logs")
    assert Counter(row["segment"] for row in rows) == {"parent": 2 * ROWS_AT_ONCE, "child": ROWS_AT_ONCE}


def test_letting_go_spares_a_file_that_took_the_descriptor(writer_dsn: str, tmp_path: Path) -> None:
    writer = Writer(lambda: writer_dsn, schema="driftgauge", timeout=timedelta(seconds=30))
    writer.write([])
    writer.close()
    with ExitStack() as opened:
        files = [opened.enter_context((tmp_path / str(number)).open("w+")) for number in range(9)]
        writer.disown()
        for file in files:
            file.write("precious")
            file.seek(0)
            assert file.read() == "precious"
