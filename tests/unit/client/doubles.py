"""A writer that does what a test tells it, and a logger whose rows stay where the test can read them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from queue import SimpleQueue
from typing import Final

from driftgauge.client.delivery import Delivery
from driftgauge.client.finishing import instant
from driftgauge.client.ledger import Stats
from driftgauge.client.predictions import PredictionCalls
from driftgauge.client.reports import ReportCalls
from driftgauge.client.rows import TABLES, Row
from driftgauge.client.spool import Spool
from driftgauge.client.writing import Refused, Unavailable, Writer

PATIENCE: Final = 30.0  # seconds until a test gives up waiting for an event
MODEL: Final = ("churn", "3", "staging")


class FakeWriter(Writer):
    """Keeps rows in `stored`; refuses `poison`, has a `fault`, is slow from `many` rows on, or stands at a `gate`."""

    def __init__(self) -> None:
        super().__init__(lambda: "", schema="nowhere", timeout=timedelta(seconds=1))
        self.stored: list[Row] = []
        self.attempts: list[int] = []
        self.calls: SimpleQueue[int] = SimpleQueue()
        self.poison: Callable[[Row], bool] = lambda _: False
        self.fault: Exception | None = None
        self.many = float("inf")
        self.gate = threading.Event()
        self.gate.set()
        self.closed = threading.Event()

    def write(self, rows: Sequence[Row]) -> None:
        self.attempts.append(len(rows))
        self.calls.put(len(rows))
        assert self.gate.wait(PATIENCE)
        if self.fault is not None:
            raise self.fault
        if len(rows) >= self.many:
            raise Unavailable("no answer in time", slow=True)
        if any(map(self.poison, rows)):
            raise Refused("poison")
        self.stored.extend(rows)

    def close(self) -> None:
        self.closed.set()

    def fail(self, *, slow: bool = False) -> None:
        """Be unavailable until `fault` is None again."""
        self.fault = Unavailable("the server is away", slow=slow)

    def await_write(self) -> int:
        """Wait until the next write began, and return how many rows it has."""
        return self.calls.get(timeout=PATIENCE)


class Shelf(Delivery):
    """A delivery whose background never starts, so that its rows can be looked at."""

    def __init__(self, *, rows: int = 1_000_000, size: int = 1 << 30) -> None:
        super().__init__(FakeWriter, None, rows=rows, size=size)
        self.rows: list[Row] = []

    def put(self, table: str, values: tuple[object, ...], blocks: int) -> None:
        self.rows.append((table, values, blocks))
        super().put(table, values, blocks)

    def start(self) -> None:
        pass


class Recorded(PredictionCalls, ReportCalls):
    """A logger on a shelf."""

    def __init__(self, shelf: Shelf, *, strict: bool, user_id_key: bytes | None) -> None:
        super().__init__(shelf, MODEL, strict=strict, user_id_key=user_id_key)
        self.shelf = shelf

    def rows(self, table: str) -> list[dict[str, object]]:
        """Return a table's rows by column."""
        columns = TABLES[table].columns
        rows = [dict(zip(columns, values, strict=True)) for name, values, _ in self.shelf.rows if name == table]
        return [row | {name: _readable(name, row[name]) for name in ("id", "timestamp") if name in row} for row in rows]

    def only(self, table: str) -> dict[str, object]:
        """Return the one row that was logged at all."""
        assert [name for name, _, _ in self.shelf.rows] == [table]
        return self.rows(table)[0]

    def stats(self) -> Stats:
        """Return the books."""
        return self.shelf.stats()


def _readable(column: str, value: object) -> object:
    """Return an id as hexadecimal and a moment as a time, which the call left as integers."""
    if not isinstance(value, int):
        return value
    return f"{value:032x}" if column == "id" else instant(value)


def recorded(*, strict: bool = False, user_id_key: bytes | None = None) -> Recorded:
    """Return a logger on a shelf of its own."""
    return Recorded(Shelf(), strict=strict, user_id_key=user_id_key)


def delivery(writer: FakeWriter, spool: Spool | None = None, *, rows: int = 100_000, size: int = 1 << 30) -> Delivery:
    """Return a delivery to a fake writer."""
    return Delivery(lambda: writer, spool, rows=rows, size=size)


def balanced(stats: Stats) -> bool:
    """Return whether every row that was accepted is somewhere."""
    return stats.accepted == stats.queued + stats.spooled + stats.stored + sum(stats.dropped.values())
