"""Bring rows from the queue to Postgres in the background, by way of the spool where Postgres is away."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from driftgauge.client.allowance import BLOCK
from driftgauge.client.intake import Intake
from driftgauge.client.ledger import Drop, Ledger, Stats
from driftgauge.client.lifecycle import dismiss
from driftgauge.client.rows import Row
from driftgauge.client.spool import Segment, Spool
from driftgauge.client.writing import Refused, Unavailable, Writer

LOG: Final = logging.getLogger("driftgauge.client")
INTERVAL: Final = 0.1  # seconds between looks at the queue
PATIENCE: Final = 0.2  # seconds that a row may wait in memory where there is a spool
BATCH_ROWS: Final = 5_000
BATCH_BLOCKS: Final = (2 << 20) // BLOCK  # several copies are made of a batch
SMALLEST_BATCH_ROWS: Final = 50
REJECTIONS_LOGGED_EVERY: Final = 10.0  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0  # seconds between tries, doubling
SETTLE_LOOK: Final = 0.005  # seconds between looks whether everything is stored


@dataclass(slots=True, eq=False)
class Batch:
    """Rows on their way to Postgres, in parts that are each written whole; `segment` holds them on disk, too."""

    parts: deque[list[Row]]
    segment: Segment | None
    since: float
    abandoned: bool = False

    @property
    def left(self) -> list[Row]:
        """The rows that are not stored yet."""
        return [row for part in self.parts for row in part]


class Delivery:
    """One queue and the thread that empties it; with a spool a second thread, so that a silent server delays no row.

    Whoever logs touches only `put` and `refuse`, which take no lock and do no I/O. All else is done under `_guard`,
    which is re-entrant, because a signal handler may close what its own thread is looking at.
    """

    def __init__(self, make_writer: Callable[[], Writer], spool: Spool | None, *, rows: int, size: int) -> None:
        """Start nothing yet: the first row does."""
        self._make_writer = make_writer
        self._spool = spool
        self._limits = (rows, size)
        self._inherited: list[Writer] = []
        self._begin()

    def _begin(self) -> None:
        rows, size = self._limits
        self._intake = Intake(rows=rows, size=size)
        self._ledger = Ledger()
        self._writer = self._make_writer()
        self._guard = threading.RLock()
        self._ended = threading.Condition(self._guard)
        self._starting = threading.Lock()
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._sender: threading.Thread | None = None
        self._batch: Batch | None = None
        self._emptied_at = time.monotonic()  # no row in the queue is older
        self._spool_has_turn = False
        self._closed = False
        self._hurried = False
        self._done = False
        self._outage = ""
        self._spool_is_broken = False
        self._batch_rows = BATCH_ROWS
        self._rejected = 0
        self._rejections_logged_at = float("-inf")

    def after_fork(self) -> None:
        """Begin anew in a child: what was inherited is the parent's, its connection included, and stays untouched."""
        self._inherited.append(self._writer)  # kept, because its connection complains when it is collected
        if self._spool is not None:
            self._spool = self._spool.afresh()
        self._begin()

    # What the service calls.

    def put(self, table: str, values: tuple[object, ...], blocks: int) -> None:
        """Take a row, or drop it and count why."""
        self._ledger.offered.add()
        if self._closed:
            self._ledger.refused[Drop.CLOSED].add()
        elif self._intake.put(table, values, blocks):
            if self._sender is None:
                self.start()
        else:
            self._ledger.refused[Drop.QUEUE_FULL].add()

    def refuse(self, reason: Drop) -> None:
        """Count a row that never was one."""
        self._ledger.offered.add()
        self._ledger.refused[reason].add()

    def start(self) -> None:
        """Start the background, unless somebody is doing so at this moment."""
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._sender is None and not self._closed:
                sender = threading.Thread(target=self._send, name="driftgauge-sender", daemon=True)
                sender.start()
                self._sender = sender
                if self._spool is not None:
                    keep = threading.Thread(target=self._keep, args=(self._spool, sender), name="driftgauge-spooler")
                    keep.daemon = True
                    keep.start()
        finally:
            self._starting.release()

    def stats(self) -> Stats:
        """Return where all rows are."""
        with self._guard:
            if self._done:
                self._end()  # what came at the very moment of closing
            return self._ledger.close_books(queued=len(self._intake) + self._in_memory())

    def settle(self, timeout: float) -> bool:
        """Wait until every row of before is stored or dropped; False if that takes longer than `timeout` seconds."""
        started = time.monotonic()
        deadline = started + timeout
        self._wake.put(None)
        while not self._is_settled(started):
            if time.monotonic() >= deadline:
                return False
            time.sleep(SETTLE_LOOK)
        return True

    def stop(self) -> None:
        """Take no more rows, and let the background end by itself when all are stored."""
        self._closed = True
        if self._sender is None:
            dismiss(self)
        self._wake.put(None)

    def close(self, timeout: float) -> None:
        """Take no more rows, store what is left for at most `timeout` seconds, then spool or drop the rest."""
        deadline = time.monotonic() + timeout
        self._hurried = True
        self.stop()
        sender = self._sender
        if sender is threading.current_thread():
            return  # a finalizer that ran in the background, which ends by itself
        if sender is not None:
            with self._ended:  # waiting lets go of it even in a signal handler that interrupted one who holds it
                self._ended.wait_for(lambda: self._done, timeout)
            sender.join(max(deadline - time.monotonic(), 0))
        self._end()

    # What the background does.

    def _send(self) -> None:
        try:
            self._send_all()
        finally:
            self._end()
            self._writer.close()

    def _send_all(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                batch = self._next_batch()
                if batch is None:
                    if self._closed:
                        return
                    self._rest(INTERVAL)
                    continue
                delivered = self._deliver(batch)
            except Exception:
                LOG.exception("the background of the logging client failed; it goes on")
                delivered = False
            if delivered:
                pause = FIRST_PAUSE
                continue
            if self._done or (self._closed and self._spool is not None and pause > FIRST_PAUSE):
                return  # the second failure, and what is left is safe on disk
            if self._hurried:
                pause = FIRST_PAUSE
            self._rest(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that services do not come back all at once
            pause = min(pause * 2, LONGEST_PAUSE)

    def _rest(self, seconds: float) -> None:
        """Wait, unless woken; a wake-up is a request to look at the queue at once."""
        try:
            self._wake.get(timeout=seconds)
            while True:
                self._wake.get_nowait()
        except Empty:
            pass  # nobody woke us, or all wake-ups are taken

    def _next_batch(self) -> Batch | None:
        with self._guard:
            if self._batch is not None or self._done:
                return self._batch
            if self._spool is not None:
                self._spool.adopt()
                self._spool_has_turn = not self._spool_has_turn or not len(self._intake)
                if self._spool_has_turn and (segment := self._spool.oldest()) is not None:
                    self._batch = self._load(self._spool, segment)
                    return self._batch
            since, now, waiting = self._emptied_at, time.monotonic(), len(self._intake)
            rows = self._intake.take(self._batch_rows, BATCH_BLOCKS)
            if len(rows) >= waiting:
                self._emptied_at = now
            if rows:
                self._batch = Batch(deque([rows]), None, since)
            return self._batch

    def _load(self, spool: Spool, segment: Segment) -> Batch:
        rows = spool.load(segment)
        if segment.rows is None:
            self._ledger.adopted += len(rows)
            self._ledger.spooled += len(rows)
        elif torn := segment.rows - max(len(rows), segment.done):
            LOG.warning("%s is damaged: %d of its %d rows are lost", segment.path, torn, segment.rows)
            self._ledger.spooled -= torn
            self._ledger.dropped[Drop.TORN] += torn
        segment.rows = max(len(rows), segment.done)
        rows = rows[segment.done :]
        parts = [rows[start : start + self._batch_rows] for start in range(0, len(rows), self._batch_rows)]
        return Batch(deque(parts), segment, time.monotonic())

    def _deliver(self, batch: Batch) -> bool:
        """Write the parts of a batch, halving what Postgres refuses; False if the rest must wait."""
        while batch.parts and not batch.abandoned:
            part = batch.parts[0]
            try:
                self._writer.write(part)
            except Refused as error:
                if len(part) > 1:
                    self._halve(batch)
                    continue
                self._reject(part[0], str(error))
                self._account(batch, Drop.REJECTED)
            except Unavailable as error:
                self._postpone(batch, error)
                return False
            else:
                self._account(batch, None)
                self._batch_rows = min(2 * self._batch_rows, BATCH_ROWS)
        with self._guard:
            if self._batch is batch:
                self._batch = None
            if batch.segment is not None and self._spool is not None and not batch.abandoned:
                self._spool.remove(batch.segment)
        if self._outage:
            self._outage = ""
            LOG.warning("predictions are stored again")
        return True

    def _halve(self, batch: Batch) -> None:
        with self._guard:
            part = batch.parts.popleft()
            middle = len(part) // 2
            batch.parts.extendleft((part[middle:], part[:middle]))

    def _account(self, batch: Batch, drop: Drop | None) -> None:
        """Book the first part of a batch as stored, or as dropped."""
        with self._guard:
            if batch.abandoned:
                return
            part = batch.parts.popleft()
            self._intake.release(part)
            if batch.segment is not None:
                batch.segment.done += len(part)
                self._ledger.spooled -= len(part)
            if drop is None:
                self._ledger.stored += len(part)
            else:
                self._ledger.dropped[drop] += len(part)

    def _reject(self, row: Row, reason: str) -> None:
        self._rejected += 1
        if time.monotonic() >= self._rejections_logged_at + REJECTIONS_LOGGED_EVERY:
            LOG.error("Postgres refuses rows, %d so far; the last, of %s: %s", self._rejected, row[0], reason)
            self._rejections_logged_at = time.monotonic()
        if self._spool is not None:
            try:
                self._spool.reject(row, reason)
            except OSError as error:
                LOG.error("the refused row could not be kept: %s", error)  # noqa: TRY400 - the words say it all

    def _postpone(self, batch: Batch, error: Unavailable) -> None:
        """Keep a batch for later: on disk where there is a spool, else in memory; what was slow in smaller parts."""
        if error.slow:
            tried = len(batch.parts[0])
            self._batch_rows = max(min(self._batch_rows, tried) // 2, SMALLEST_BATCH_ROWS)
            if tried > self._batch_rows:
                self._halve(batch)
        reason = str(error)
        if reason != self._outage:
            self._outage = reason
            LOG.warning("predictions cannot be stored now, and wait: %s", reason)
        if self._spool is None:
            return
        with self._guard:
            if batch.segment is None and not batch.abandoned:
                self._persist(self._spool, batch)
            if batch.segment is not None and self._batch is batch:
                self._batch = None  # it comes back from the spool

    def _keep(self, spool: Spool, sender: threading.Thread) -> None:
        """Put rows on disk that Postgres has not taken for a while, whatever the sender is waiting for."""
        while sender.is_alive():
            time.sleep(INTERVAL)
            try:
                while self._keep_some(spool):
                    pass
            except Exception:
                LOG.exception("the spool of the logging client failed; it goes on")

    def _keep_some(self, spool: Spool) -> bool:
        """Put a batch of rows on disk if that is due; True if more of them wait."""
        with self._guard:
            late = time.monotonic() - PATIENCE
            batch = self._batch
            if batch is not None and batch.segment is None and batch.since < late:
                self._persist(spool, batch)
            if self._done or self._emptied_at >= late:
                return False
            waiting = len(self._intake)
            rows = self._intake.take(BATCH_ROWS, BATCH_BLOCKS)
            return bool(rows) and self._spool_rows(spool, rows) and len(rows) < waiting

    def _persist(self, spool: Spool, batch: Batch) -> None:
        rows = batch.left
        if (segment := self._append(spool, rows, apart=True)) is not None:
            batch.segment = segment
            self._ledger.spooled += len(rows)
            self._intake.release(rows)
            batch.parts = deque([[(table, values, 0) for table, values, _ in part] for part in batch.parts])

    def _spool_rows(self, spool: Spool, rows: list[Row]) -> bool:
        if self._append(spool, rows) is None:
            self._intake.put_back(rows)
            return False
        self._ledger.spooled += len(rows)
        self._intake.release(rows)
        return True

    def _append(self, spool: Spool, rows: Sequence[Row], *, apart: bool = False) -> Segment | None:
        """Write rows into the spool; None, and one line in the log, if it takes none."""
        try:
            segment = spool.append(rows, apart=apart)
        except (OSError, TypeError, ValueError) as error:  # the disk, or a value that JSON has not
            if not self._spool_is_broken:
                self._spool_is_broken = True
                LOG.warning("the spool takes no rows, they wait in memory: %s", error)
            return None
        self._spool_is_broken = False
        return segment

    def _in_memory(self) -> int:
        """Return how many rows of the batch on its way are in memory alone."""
        batch = self._batch
        return 0 if batch is None or batch.segment is not None else sum(map(len, batch.parts))

    def _is_settled(self, moment: float) -> bool:
        """Return whether nothing waits that came before a moment; what comes while others wait is not waited for."""
        with self._guard:
            return (
                not self._ledger.spooled
                and not self._spool  # what was taken over is booked only when it is read
                and (self._batch is None or self._batch.since >= moment)
                and (not len(self._intake) or self._emptied_at >= moment)
            )

    def _end(self) -> None:
        with self._guard:
            self._done = True
            self._give_up()
            dismiss(self)
            if self._spool is not None:
                self._spool.close()
            self._ended.notify_all()

    def _give_up(self) -> None:
        """Spool or drop what is still in memory."""
        batch = self._batch
        if batch is not None:
            if batch.segment is None and self._spool is not None:
                self._persist(self._spool, batch)
            if batch.segment is None:
                self._drop(batch.left)
            batch.abandoned = True
            self._batch = None
        while rows := self._intake.take(BATCH_ROWS, BATCH_BLOCKS):
            if self._spool is None or self._append(self._spool, rows) is None:
                self._drop(rows)
            else:
                self._ledger.spooled += len(rows)
                self._intake.release(rows)

    def _drop(self, rows: list[Row]) -> None:
        LOG.error("%d rows could not be stored before the logger was closed, and are lost", len(rows))
        self._ledger.dropped[Drop.CLOSED] += len(rows)
        self._intake.release(rows)
