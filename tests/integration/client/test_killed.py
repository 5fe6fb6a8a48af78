"""Services that are killed in mid-flight: what was stored or on disk is in the table once, whoever brought it there."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from fixtures.exporter import wait_until
from fixtures.proxy import Proxy
from fixtures.soak import amount
from integration.client.books import balanced, report, stored_ids
from integration.client.conftest import MakeLogger

KILLS: Final = amount(10, soak=100)
PROGRAM: Final = Path(__file__).with_name("serving.py")
BURST: Final = 30  # rows in each hundredth of a second
PROMISED: Final = 0.5  # seconds
BUSY: Final = 2.0  # seconds that a machine busy with other tests may add


class Service:
    """One process of serving.py, and what it told."""

    def __init__(self, dsn: str, spool: Path, *, burst: int) -> None:
        self.logged: dict[str, float] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", str(PROGRAM), dsn, str(spool), str(burst)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def kill(self) -> float:
        """End it as the kernel does when memory runs out, and return when."""
        killed_at = time.monotonic()
        self._process.kill()
        self._process.wait()
        self._reader.join()
        return killed_at

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as told:
            for line in told:
                if line.endswith("\n"):
                    key, at = line.split()
                    self.logged[key] = float(at)


class Weather:
    """What becomes of the database while services log."""

    def __init__(self, proxy: Proxy, rng: random.Random) -> None:
        self._proxy = proxy
        self._rng = rng
        self._clear: Callable[[], None] | None = None

    def clear(self) -> None:
        """Let the database be reached."""
        if self._clear is not None:
            self._clear()
            self._clear = None

    def change(self) -> None:
        """Let it be reached, be silent, refuse, lose answers, or break every connection."""
        self.clear()
        match self._rng.choice(["up", "up", "silent", "refuse", "lost answer", "reset"]):
            case "silent":
                self._proxy.swallow()
                self._clear = self._proxy.flow
            case "refuse":
                self._proxy.refuse()
                self._clear = self._proxy.accept
            case "lost answer":
                self._proxy.answers_to_lose = 1
            case "reset":
                self._proxy.reset()
            case _:
                pass  # fine weather


@pytest.mark.soak
@pytest.mark.parametrize("together", [1, 3])
def test_no_row_that_was_on_disk_or_stored_is_lost_or_twice_when_services_are_killed(
    proxy: Proxy, database: str, make_logger: MakeLogger, tmp_path: Path, together: int
) -> None:
    seed = random.randrange(1 << 32)  # noqa: S311 - when to kill
    rng = random.Random(seed)  # noqa: S311 - same
    weather = Weather(proxy, rng)
    logged: dict[str, float] = {}
    killed_at: dict[str, float] = {}
    living: list[Service] = []
    for kill in range(KILLS):
        while len(living) < min(together, KILLS - kill):
            service = Service(proxy.dsn, tmp_path / "spool", burst=BURST // together)
            living.append(service)
            wait_until(lambda service=service: service.logged, "the service logs")
        ends = time.monotonic() + rng.uniform(0.0, 1.5)
        while (left := ends - time.monotonic()) > 0:
            weather.change()
            time.sleep(min(left, rng.uniform(0.0, 0.5)))
        service = living.pop(rng.randrange(len(living)))
        at = service.kill()
        logged |= service.logged
        killed_at |= dict.fromkeys(service.logged, at)
    weather.clear()
    proxy.answers_to_lose = 0
    heir = make_logger(proxy.dsn, spool=tmp_path / "spool")
    heir.log_metric("one row", 1)
    assert heir.flush(60)
    assert balanced(heir).accepted == balanced(heir).stored
    heir.close()
    ids = stored_ids(database)
    lost = logged.keys() - set(ids)
    ages = sorted(killed_at[key] - logged[key] for key in lost)
    oldest = ages[-1] if ages else 0.0
    report(
        f"{KILLS} services killed, {together} at a time, {len(logged):,} rows logged: twice {len(ids) - len(set(ids))},"
        f" lost {len(lost):,}, the oldest {oldest * 1000:.0f} ms before the kill (promised: {PROMISED * 1000:.0f})"
    )
    assert len(ids) == len(set(ids))
    assert oldest < PROMISED + BUSY, f"seed {seed}"
    assert not list((tmp_path / "spool").rglob("*.journal"))
