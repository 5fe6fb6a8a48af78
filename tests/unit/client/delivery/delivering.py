"""How the tests of the delivery put rows, wait for them, and look at the books."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from driftgauge.client.delivery import Delivery
from driftgauge.client.ledger import Stats
from driftgauge.client.rows import Row
from driftgauge.client.spool import Spool
from unit.client.doubles import PATIENCE, FakeWriter

PLENTY = 1 << 30
SOON = 10.0  # seconds: far beyond what is promised, for busy machines


class Watched(Delivery):
    """A delivery that tells how long it would have rested, and rests no longer than a moment."""

    def __init__(self, writer: FakeWriter, spool: Spool | None) -> None:
        self.rests: list[float] = []
        super().__init__(lambda: writer, spool, rows=100_000, size=PLENTY)

    def _rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        super()._rest(0.001)


def until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait for what the background does."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


def put(delivery: Delivery, numbers: range, blocks: int = 0) -> None:
    for number in numbers:
        delivery.put("model_metrics", (number,), blocks)


def numbers(rows: Sequence[Row]) -> list[object]:
    return [values[0] for _, values, _ in rows]


def dropped(stats: Stats) -> dict[str, int]:
    """Return the reasons for which rows were dropped."""
    return {reason.value: rows for reason, rows in stats.dropped.items() if rows}


def senders() -> int:
    return sum(thread.name == "driftgauge-sender" for thread in threading.enumerate())


def exhausted(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


Start = Callable[..., Delivery]
