"""However a service ends, short of SIGKILL: what it logged last is stored, spooled, or counted as dropped, in time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from fixtures.proxy import Proxy
from integration.client import ending
from integration.client.books import balanced, stored_ids
from integration.client.conftest import MakeLogger
from integration.client.ending import ROWS

PROGRAM: Final = Path(__file__).with_name("ending.py")
BUSY: Final = 8.0  # seconds that a busy machine may add to start and end a process


def end(way: object, dsn: str, *spool: Path, close_timeout: float = 30) -> subprocess.CompletedProcess[str]:
    name = getattr(way, "__name__", "")
    environ = dict(os.environ)
    if name.startswith("by_sigterm_"):  # coverage holds a lock of its own now and then: a handler would wait for it
        environ = {variable: value for variable, value in environ.items() if not variable.startswith("COV")}
    return subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), name, dsn, str(close_timeout), *map(str, spool)],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


@pytest.mark.parametrize("spools", [False, True], ids=["in memory", "with a spool"])
@pytest.mark.parametrize(
    ("way", "code", "rows"),
    [
        (ending.by_returning, 0, ROWS),
        (ending.by_returning_with_rows_of_an_exit_handler, 0, ROWS),
        (ending.by_returning_from_a_thread, 0, ROWS),
        (ending.by_returning_where_no_thread_starts, 0, ROWS),
        (ending.by_exit, 7, ROWS),
        (ending.by_an_exception, 1, ROWS),
        (ending.by_sigterm, -signal.SIGTERM, ROWS),
        (ending.by_a_handler_of_its_own, 5, ROWS),
        (ending.with_spawned_children, 0, 4 * ROWS),
        (ending.with_forked_children, 0, 4 * ROWS),
        (ending.with_a_forked_child_that_is_terminated, 0, 2 * ROWS),
    ],
)
def test_what_was_logged_last_is_stored(  # noqa: PLR0917 - fixtures
    writer_dsn: str,
    database: str,
    tmp_path: Path,
    way: object,
    code: int,
    rows: int,
    spools: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    ended = end(way, writer_dsn, *([tmp_path / "spool"] if spools else []))
    assert ended.returncode == code, ended.stderr
    assert ("LookupError: nobody catches this" in ended.stderr) == (way is ending.by_an_exception)
    ids = stored_ids(database)
    assert len(ids) == len(set(ids)) == rows, ended.stderr


@pytest.mark.parametrize("way", [ending.by_sigterm_amid_everything, ending.by_sigterm_in_flush])
def test_a_signal_that_interrupts_the_logger_itself_loses_nothing(writer_dsn: str, database: str, way: object) -> None:
    for _ in range(3):
        before = len(stored_ids(database))
        started = time.monotonic()
        ended = end(way, writer_dsn)
        assert ended.returncode == -signal.SIGTERM, ended.stderr
        assert "lost" not in ended.stderr
        assert len(stored_ids(database)) >= before + ROWS
        assert time.monotonic() - started < BUSY


@pytest.mark.parametrize("spools", [False, True], ids=["in memory", "with a spool"])
def test_closing_takes_no_longer_than_it_may_while_the_database_is_silent(
    proxy: Proxy,
    database: str,
    make_logger: MakeLogger,
    tmp_path: Path,
    spools: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    proxy.swallow()
    spool = [tmp_path / "spool"] if spools else []
    ended = end(ending.by_closing, proxy.dsn, *spool, close_timeout=1)
    told = json.loads(ended.stdout)
    assert told.pop("took") < 1 + BUSY / 2
    if not spools:
        assert told == {"stored": 0, "spooled": 0, "dropped": {"closed": ROWS}}
        return
    assert told == {"stored": 0, "spooled": ROWS, "dropped": {}}
    proxy.flow()
    heir = make_logger(proxy.dsn, spool=tmp_path / "spool")
    heir.log_metric("m", 1)
    assert heir.flush(30)
    assert balanced(heir).stored == ROWS + 1
    assert len(set(stored_ids(database))) == len(stored_ids(database)) == ROWS


def test_many_loggers_take_no_longer_to_end_than_one() -> None:
    started = time.monotonic()
    ended = end(ending.by_returning_with_more_loggers, "host=127.0.0.1 port=1", close_timeout=2)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count(f"{ROWS} rows could not be stored before the logger was closed") == 4
    assert time.monotonic() - started < 2 + BUSY / 2  # one after the other they would take 8 s, and the start of Python


@pytest.mark.parametrize("way", [ending.by_returning, ending.by_sigterm])
def test_a_process_that_ends_while_the_database_is_silent_leaves_its_rows_to_the_next(
    proxy: Proxy, database: str, make_logger: MakeLogger, tmp_path: Path, way: object
) -> None:
    proxy.swallow()
    started = time.monotonic()
    end(way, proxy.dsn, tmp_path / "spool", close_timeout=1)
    assert time.monotonic() - started < 1 + BUSY
    proxy.flow()
    heir = make_logger(proxy.dsn, spool=tmp_path / "spool")
    heir.log_metric("m", 1)
    assert heir.flush(30)
    assert len(set(stored_ids(database))) == len(stored_ids(database)) == ROWS
    heir.close()
    assert not list((tmp_path / "spool").iterdir()), "nothing is left behind"
