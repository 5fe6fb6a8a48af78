"""The lifecycle of one embedded Postgres cluster: create, start, stop, kill, start again."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from driftgauge.embedded.binaries import find_binaries
from driftgauge.embedded.privilege import Launcher, unprivileged
from driftgauge.embedded.process import environment, spawn
from driftgauge.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

SUPERUSER: Final = "postgres"
SOCKET_PORT: Final = 5432
LONGEST_SOCKET_PATH: Final = 107
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0
POLL_SECONDS: Final = 0.01
# What the server says while the remains of its predecessor are still going away.
PREDECESSOR: Final = ('lock file "', "pre-existing shared memory block")
# Line 8 of postmaster.pid, as pg_ctl reads it (storage/pidfile.h).
STATUS_LINE: Final = 7


class EmbeddedPostgres:
    """A cluster in a directory, started as an unprivileged process that ends with this one.

    Unix-socket connections are trusted, and only the owner can reach the socket; TCP asks for the generated password.

    Parameters
    ----------
    directory
        Holds the data, the password, the socket and the log; made when absent, kept when the server stops.
    settings
        Server settings (`postgresql.conf` names), given on the command line at each start.
    port
        None for the Unix socket only, 0 for any free port of 127.0.0.1, or that port.
    launcher
        How to run the server; by default what fits this process (see `privilege.unprivileged`).
    """

    def __init__(
        self,
        directory: Path,
        *,
        settings: Mapping[str, str] | None = None,
        port: int | None = None,
        launcher: Launcher | None = None,
    ) -> None:
        """Describe the cluster; nothing is touched before `start`."""
        self._directory = directory.resolve()
        self._settings = dict(settings or {})
        self._port = port
        self._launcher = launcher
        self._binaries: Path | None = None
        self._socket_directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        """The superuser's connection string over the Unix socket."""
        host = self._reachable_socket_directory()
        return f"host={_quoted(str(host))} port={self._port or SOCKET_PORT} user={SUPERUSER} dbname=postgres"

    @property
    def tcp_dsn(self) -> str:
        """The superuser's connection string over TCP, password included; only with a `port`."""
        if not self._port:
            raise SetupError("this Postgres has no TCP port: start it with port=0 for any free one")
        password = self._password_file.read_text(encoding="ascii").strip()
        return f"host=127.0.0.1 port={self._port} user={SUPERUSER} password={password} dbname=postgres"

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        return self._running().pid

    @property
    def running(self) -> bool:
        """Whether the server that this object started is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self._directory / "server.log"

    def start(self) -> None:
        """Create the cluster if there is none, start the server, and return when it accepts connections.

        Raises
        ------
        MissingComponent
            No server, or no way to run one as this user.
        SetupError
            It did not start within the deadline; the message ends with its log.
        """
        if self.running:
            return
        self._launcher = self._launcher or unprivileged()
        self._binaries = self._binaries or find_binaries()
        if self._port == 0:
            self._port = _free_port()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        self._launcher.hand_over(self._directory)
        if not self._data.is_dir():
            self._create(self._launcher, self._binaries)
        self._launcher.hand_over(self._reachable_socket_directory())
        deadline = time.monotonic() + START_SECONDS
        while not self._started(deadline):
            time.sleep(5 * POLL_SECONDS)

    def stop(self, *, immediate: bool = False) -> None:
        """Stop the server: end sessions and write a checkpoint, or (`immediate`) drop everything as a crash does."""
        if not self.running:
            return
        process = self._running()
        process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None

    def kill(self) -> None:
        """Kill the server by SIGKILL, as the kernel does when memory runs out; `start` recovers the data."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop the server if it runs, and start it again at the same address."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server, and remove the socket's directory if it had to lie elsewhere."""
        self.stop()
        if self._socket_directory is not None and not self._socket_directory.is_relative_to(self._directory):
            shutil.rmtree(self._socket_directory, ignore_errors=True)
            self._socket_directory = None

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    @property
    def _password_file(self) -> Path:
        return self._directory / "password"

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise SetupError(f"the embedded Postgres in {self._directory} is not running: start it first")
        return self._process

    def _reachable_socket_directory(self) -> Path:
        if self._socket_directory is None:
            beside = self._directory / "socket"
            if len(os.fsencode(beside / f".s.PGSQL.{2**16 - 1}")) <= LONGEST_SOCKET_PATH:
                beside.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._socket_directory = beside
            else:
                self._socket_directory = Path(tempfile.mkdtemp(prefix="driftgauge-"))
        return self._socket_directory

    def _create(self, launcher: Launcher, binaries: Path) -> None:
        """Run initdb beside the final place and move the result there, so that a half-made cluster is never started."""
        unfinished = self._directory / "data.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        self._password_file.unlink(missing_ok=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_hex(24) + "\n", encoding="ascii")
        os.chown(self._password_file, launcher.owner, -1)
        options = (
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            f"--username={SUPERUSER}",
            f"--pwfile={self._password_file}",
            "--no-instructions",
            *(("--no-sync",) if self._settings.get("fsync") == "off" else ()),
        )
        command = (*launcher.prefix, str(binaries / "initdb"), f"--pgdata={unfinished}", *options)
        made = subprocess.run(  # noqa: S603 - no shell, arguments of our own
            command, cwd=self._directory, env=environment(), capture_output=True, text=True, check=False
        )
        if made.returncode != 0:
            raise SetupError(
                f"initdb failed in {self._directory}: {_one_line((made.stdout + made.stderr).splitlines())}"
            )
        unfinished.rename(self._data)

    def _started(self, deadline: float) -> bool:
        """Start the server once; False when its predecessor is still in the way and there is time to try again."""
        said_before = self.log.stat().st_size if self.log.exists() else 0
        self._process = spawn(self._command(), self._directory, self.log)
        while self._process.poll() is None:
            if self._accepts(self._process.pid):
                return True
            if time.monotonic() > deadline:
                self.kill()
                raise SetupError(f"Postgres was not ready after {START_SECONDS:g} s: {self._tail(said_before)}")
            time.sleep(POLL_SECONDS)
        tail = self._tail(said_before)
        self._process = None
        if time.monotonic() < deadline and any(sign in tail for sign in PREDECESSOR):
            return False
        raise SetupError(f"Postgres did not start: {tail}")

    def _command(self) -> Sequence[str]:
        assert self._launcher is not None  # noqa: S101 - set by start, the only caller's caller
        assert self._binaries is not None  # noqa: S101 - the same
        settings = {
            "listen_addresses": "127.0.0.1" if self._port else "",
            "port": str(self._port or SOCKET_PORT),
            "unix_socket_directories": str(self._reachable_socket_directory()),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # In the data directory, where a killed server's leftovers are found and removed; never in /dev/shm.
            "dynamic_shared_memory_type": "mmap",
            **self._settings,
        }
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return (*self._launcher.prefix, str(self._binaries / "postgres"), "-D", str(self._data), *arguments)

    def _accepts(self, pid: int) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > STATUS_LINE and lines[0].strip() == str(pid) and lines[STATUS_LINE].strip() == "ready"

    def _tail(self, since: int) -> str:
        with self.log.open("rb") as log:
            log.seek(since)
            said = log.read().decode(errors="replace").splitlines()
        return f"{_one_line(said)} (log: {self.log})"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _one_line(lines: Sequence[str]) -> str:
    return " | ".join(line.strip() for line in lines[-8:] if line.strip()) or "it said nothing"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
