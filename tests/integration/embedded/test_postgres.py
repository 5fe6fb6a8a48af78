"""The embedded server keeps its data through every kind of stop, and lets nobody else in."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from driftgauge.embedded import EmbeddedPostgres, postgres, privilege
from driftgauge.embedded.privilege import Launcher
from driftgauge.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become someone else")


@pytest.fixture
def directory(memory_directory: Path, tmp_path: Path) -> Path:
    return memory_directory / tmp_path.name


@pytest.fixture
def server(directory: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(directory, settings={"fsync": "off"}, port=0) as server:
        yield server


def keep(server: EmbeddedPostgres, value: int) -> None:
    with psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        connection.execute("INSERT INTO kept VALUES (%s)", (value,))


def kept(server: EmbeddedPostgres) -> list[int]:
    with psycopg.connect(server.dsn) as connection:
        return [value for (value,) in connection.execute("SELECT value FROM kept ORDER BY value")]


def immediate(server: EmbeddedPostgres) -> None:
    server.stop(immediate=True)


@pytest.mark.parametrize("end", [EmbeddedPostgres.stop, EmbeddedPostgres.kill, immediate])
def test_committed_rows_and_the_address_survive(
    server: EmbeddedPostgres, end: Callable[[EmbeddedPostgres], None]
) -> None:
    keep(server, 1)
    before = server.dsn, server.tcp_dsn
    with psycopg.connect(server.dsn):
        end(server)
        assert not server.running
        server.start()
    keep(server, 2)
    assert kept(server) == [1, 2]
    assert (server.dsn, server.tcp_dsn) == before


def test_restart_is_another_process_with_the_same_rows(server: EmbeddedPostgres) -> None:
    keep(server, 1)
    first = server.pid
    server.restart()
    assert server.pid != first
    assert kept(server) == [1]


def test_starting_twice_changes_nothing(server: EmbeddedPostgres) -> None:
    first = server.pid
    server.start()
    assert server.pid == first


def test_it_outlives_the_thread_that_started_it(directory: Path) -> None:
    server = EmbeddedPostgres(directory, settings={"fsync": "off"})
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    try:
        time.sleep(0.2)
        keep(server, 1)
        assert kept(server) == [1]
    finally:
        server.stop()


def test_it_ends_with_a_killed_program_and_can_be_started_at_once(directory: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from driftgauge.embedded import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1]), settings={'fsync': 'off'}); server.start()\n"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    with EmbeddedPostgres(directory, settings={"fsync": "off"}) as server:
        assert server.pid != orphan
        keep(server, 1)


def test_tcp_asks_for_the_password(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.tcp_dsn) as connection:
        assert connection.info.host == "127.0.0.1"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.tcp_dsn.replace("password=", "password=not-"))


def test_no_tcp_unless_asked(directory: Path) -> None:
    with EmbeddedPostgres(directory, settings={"fsync": "off"}) as server:
        with psycopg.connect(server.dsn) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        with pytest.raises(SetupError, match="port=0"):
            _ = server.tcp_dsn


def test_only_the_owner_reaches_the_files(server: EmbeddedPostgres, directory: Path) -> None:
    assert server.running
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((directory / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((directory / "password").stat().st_mode) == 0o600


def test_the_cluster_is_utf8_in_utc(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn) as connection:
        shown = connection.execute(
            "SELECT current_setting('server_encoding'), datcollate, current_setting('timezone') "
            "FROM pg_database WHERE datname = 'postgres'"
        ).fetchone()
    assert shown == ("UTF8", "C.UTF-8", "UTC")


def test_a_long_directory_gets_a_short_socket(directory: Path) -> None:
    with EmbeddedPostgres(directory / ("long" * 25), settings={"fsync": "off"}) as server:
        keep(server, 1)
        socket = Path(str(conninfo_to_dict(server.dsn)["host"]))
        assert not socket.is_relative_to(directory)
    assert not socket.exists()


def test_a_wrong_setting_is_told_from_the_log(directory: Path) -> None:
    server = EmbeddedPostgres(directory, settings={"fsync": "off", "nonsense": "1"})
    with pytest.raises(SetupError, match=r'did not start: .*unrecognized configuration parameter "nonsense"') as caught:
        server.start()
    assert len(str(caught.value).splitlines()) == 1
    assert not server.running


def test_an_unusable_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(SetupError, match="did not start"):
        EmbeddedPostgres(tmp_path).start()


def test_a_stopped_server_has_no_pid(directory: Path) -> None:
    with pytest.raises(SetupError, match="not running: start it first"):
        _ = EmbeddedPostgres(directory).pid


@as_root
def test_the_user_nobody_serves_where_namespaces_are_blocked(directory: Path) -> None:
    directory.parent.chmod(0o711)
    server = EmbeddedPostgres(directory, settings={"fsync": "off"}, launcher=privilege.by_switching_user())
    with server:
        keep(server, 1)
        assert Path("/proc", str(server.pid)).stat().st_uid == privilege.NOBODY
    with EmbeddedPostgres(directory, settings={"fsync": "off"}) as server:
        assert kept(server) == [1]


def test_stopping_what_does_not_run_is_fine(directory: Path) -> None:
    EmbeddedPostgres(directory).stop()
    assert not directory.exists()


def test_a_hung_server_is_killed(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(server, 1)
    monkeypatch.setattr(postgres, "STOP_SECONDS", 0.1)
    os.kill(server.pid, signal.SIGSTOP)
    server.stop()
    server.start()
    assert kept(server) == [1]


def test_a_second_server_waits_until_the_first_has_left(server: EmbeddedPostgres, directory: Path) -> None:
    second = EmbeddedPostgres(directory, settings={"fsync": "off"})
    leaving = threading.Timer(0.3, server.stop)
    leaving.start()
    with second:
        leaving.join()
        keep(second, 1)
        assert not server.running


def test_a_server_that_is_not_ready_in_time_is_told_and_gone(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "START_SECONDS", 0)
    server = EmbeddedPostgres(directory, settings={"fsync": "off"})
    with pytest.raises(SetupError, match="not ready after 0 s"):
        server.start()
    assert not server.running


def test_a_half_made_cluster_is_made_anew(directory: Path) -> None:
    (directory / "data.unfinished").mkdir(parents=True)
    with EmbeddedPostgres(directory, settings={"fsync": "off"}) as server:
        keep(server, 1)
    assert not (directory / "data.unfinished").exists()


def test_a_failed_initdb_is_told_with_its_words(directory: Path) -> None:
    broken = Launcher(prefix=("sh", "-c", "echo no space left >&2; exit 1"), owner=os.geteuid())
    with pytest.raises(SetupError, match=r"initdb failed in .*: no space left"):
        EmbeddedPostgres(directory, launcher=broken).start()


def test_a_program_that_cannot_be_run_is_told(server: EmbeddedPostgres, directory: Path) -> None:
    server.stop()
    absent = Launcher(prefix=("driftgauge-no-such-program",), owner=os.geteuid())
    with pytest.raises(SetupError, match=r"Postgres cannot be started: .*driftgauge-no-such-program"):
        EmbeddedPostgres(directory, launcher=absent).start()
