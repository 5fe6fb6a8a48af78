"""The logger that a service holds: each call encodes a row and queues it; Postgres is somebody else's work."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from driftgauge.client.delivery import Delivery
from driftgauge.client.finishing import storable
from driftgauge.client.intake import BLOCK
from driftgauge.client.ledger import Stats
from driftgauge.client.lifecycle import enrol
from driftgauge.client.predictions import PredictionCalls
from driftgauge.client.reports import ReportCalls
from driftgauge.client.spool import Spool
from driftgauge.client.writing import Writer
from driftgauge.errors import BadInput

LONGEST_NAME: Final = 500
SHORTEST_KEY: Final = 16
MEGABYTE: Final = 1 << 20


class PredictionLogger(PredictionCalls, ReportCalls):
    """Logs a model's predictions, and what is learnt of them later, to Postgres.

    No call waits for the network, the disk or another thread, and none raises unless `strict`: what cannot be logged is
    counted, see `stats`. Rows are stored in the background within about a tenth of a second. While Postgres is away
    they wait in memory, up to `queue_rows` and `queue_bytes`, and with `spool` on disk, where they outlive the process.

    Forks, threads, coroutines, signal handlers and finalizers may use it as they like.

    Parameters
    ----------
    dsn
        A libpq URI or key=value string, or what returns one at each connect (for passwords that rotate). Without it
        `DRIFTGAUGE_DSN`, the file that `DRIFTGAUGE_DSN_FILE` names, or libpq's own environment.
    model, version, environment
        Whose predictions these are; at most 500 bytes each.
    spool
        A directory on a local disk, which several processes may share; without it nothing is written to disk.
    strict
        Raise what is wrong with a call (for tests and development). What is wrong with Postgres never raises.
    schema
        Where driftgauge's tables are.
    queue_rows, queue_bytes, spool_bytes
        The most that may wait in memory, and on disk.
    write_timeout
        Seconds that Postgres may take to store a batch before the connection is given up.
    close_timeout
        Seconds that the end of the process may wait for what is left.
    on_sigterm
        Also store what is left at SIGTERM, where the process has no handler of its own.
    user_id_key
        A secret of 16 to 64 bytes: user ids are replaced by their keyed hash before they leave the process.

    Raises
    ------
    BadInput
        If one of these cannot be used.

    Examples
    --------
    >>> with PredictionLogger("postgresql://localhost/ml", model="churn", on_sigterm=False) as logger:
    ...     logger.stats().accepted
    0
    """

    def __init__(  # noqa: PLR0913 - a keyword an option
        self,
        dsn: str | Callable[[], str] | None = None,
        *,
        model: str,
        version: str = "unversioned",
        environment: str = "production",
        spool: str | Path | None = None,
        strict: bool = False,
        schema: str = "driftgauge",
        queue_rows: int = 50_000,
        queue_bytes: int = 64 * MEGABYTE,
        spool_bytes: int = 1024 * MEGABYTE,
        write_timeout: float = 10.0,
        close_timeout: float = 5.0,
        on_sigterm: bool = True,
        user_id_key: bytes | None = None,
    ) -> None:
        """Prepare everything, and connect to nothing yet."""
        names = (_named("model", model), _named("version", version), _named("environment", environment))
        for key, value, least in (
            ("queue_rows", queue_rows, 1),
            ("queue_bytes", queue_bytes, BLOCK),
            ("spool_bytes", spool_bytes, BLOCK),
            ("write_timeout", write_timeout, 0.1),
            ("close_timeout", close_timeout, 0),
        ):
            if not value >= least:
                raise BadInput(f"{key}: {value!r} is less than {least}")
        if user_id_key is not None and not SHORTEST_KEY <= len(user_id_key) <= hashlib.blake2b.MAX_KEY_SIZE:
            raise BadInput(f"user_id_key: {SHORTEST_KEY} to {hashlib.blake2b.MAX_KEY_SIZE} bytes are needed")
        conninfo = dsn if callable(dsn) else lambda: _dsn_of_environment() if dsn is None else dsn
        self._close_timeout = close_timeout
        waiting = None if spool is None else Spool(Path(spool), limit=spool_bytes)
        delivery = Delivery(
            lambda: Writer(conninfo, schema=schema, timeout=timedelta(seconds=write_timeout)),
            waiting,
            rows=queue_rows,
            size=queue_bytes,
        )
        super().__init__(delivery, names, strict=strict, user_id_key=user_id_key)
        enrol(delivery, timeout=close_timeout, on_sigterm=on_sigterm)
        if waiting is not None and waiting.is_used():
            delivery.start()  # somebody may have left rows there

    @property
    def model(self) -> tuple[str, str, str]:
        """The model's name, version and environment."""
        return self._model

    def stats(self) -> Stats:
        """Return where all rows are: accepted = queued + spooled + stored + dropped, while no call is under way.

        Unlike the calls that log, this may wait for the disk, where there is a spool.
        """
        return self._delivery.stats()

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until every row of before is stored or dropped; False if that takes longer than `timeout` seconds."""
        return self._delivery.settle(timeout)

    async def aflush(self, timeout: float = 5.0) -> bool:  # noqa: ASYNC109 - a deadline, not a cancellation
        """Wait as `flush` does, and let other tasks run meanwhile."""
        import asyncio  # noqa: PLC0415 - who calls this has it already

        return await asyncio.to_thread(self.flush, timeout)

    def close(self, timeout: float | None = None) -> None:
        """Store what is left, for at most `timeout` seconds, then spool or drop the rest; later calls are dropped."""
        self._delivery.close(self._close_timeout if timeout is None else timeout)

    async def aclose(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - a deadline, not a cancellation
        """Close as `close` does, and let other tasks run meanwhile."""
        import asyncio  # noqa: PLC0415 - who calls this has it already

        await asyncio.to_thread(self.close, timeout)

    def __enter__(self) -> Self:
        """Return the logger; it is closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the logger."""
        self.close()

    async def __aenter__(self) -> Self:
        """Return the logger; it is closed at the end of the block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the logger, and let other tasks run meanwhile."""
        await self.aclose()

    def __del__(self) -> None:
        """Let the background end by itself once nobody can log any more."""
        delivery = getattr(self, "_delivery", None)
        if delivery is not None:
            delivery.stop()


def _named(key: str, name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise BadInput(f"{key}: a name is needed; got {name!r}")
    if "\x00" in name or not name.isprintable():
        raise BadInput(f"{key}: {name!r} has characters that cannot be printed")
    if len(name.encode()) > LONGEST_NAME:
        raise BadInput(f"{key}: a name has at most {LONGEST_NAME} bytes")
    return storable(name)


def _dsn_of_environment() -> str:
    """Return the connection string of the environment; empty leaves it to libpq's own.

    Raises
    ------
    BadInput
        If the file that was named cannot be read.
    """
    if dsn := os.environ.get("DRIFTGAUGE_DSN"):
        return dsn
    path = os.environ.get("DRIFTGAUGE_DSN_FILE")
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise BadInput(f"DRIFTGAUGE_DSN_FILE: cannot read {path}: {error}") from error
