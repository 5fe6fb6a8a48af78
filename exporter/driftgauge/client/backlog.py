"""Where a logger's rows are: in the queue, on their way, or in the spool; and the books of it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from driftgauge.client.intake import BLOCK, Intake
from driftgauge.client.ledger import Drop, Ledger, Stats
from driftgauge.client.rejected import reject
from driftgauge.client.rows import Row
from driftgauge.client.spool import Journal, Spool

LOG: Final = logging.getLogger("driftgauge.client")
PATIENCE: Final = 0.2  # seconds that a row may wait in memory where there is a spool
BATCH_ROWS: Final = 5_000
BATCH_BLOCKS: Final = (2 << 20) // BLOCK  # several copies are made of a batch
SMALLEST_BATCH_ROWS: Final = 50
REJECTIONS_LOGGED_EVERY: Final = 10.0  # seconds


@dataclass(slots=True, eq=False)
class Batch:
    """Rows on their way to Postgres, in parts that are each written whole; `journal` holds them on disk, too."""

    parts: deque[list[Row]]
    journal: Journal | None
    since: float
    abandoned: bool = False

    @property
    def left(self) -> list[Row]:
        """The rows that are not stored yet."""
        return [row for part in self.parts for row in part]


class Backlog:
    """Hands out rows in batches, and books what becomes of them; no row is in two places, and none in nowhere.

    The service fills `intake` and raises the tallies of `ledger` without a lock. All else is done under `guard`, which
    is re-entrant, because a signal handler may close what its own thread is looking at.
    """

    def __init__(self, spool: Spool | None, *, rows: int, size: int) -> None:
        """Start empty; the queue holds at most `rows` rows, and takes at most `size` bytes.

        Where there is a spool, an eighth of them is for the copies that are made on the way to the disk.
        """
        self.intake = Intake(rows=rows, size=size if spool is None else size - size // 8)
        self.ledger = Ledger()
        self.spool = spool
        self.guard = threading.RLock()
        self.done = False
        self._batch: Batch | None = None
        self._emptied_at = time.monotonic()  # no row in the queue is older
        self._spool_has_turn = False
        self._spool_is_broken = False
        self._batch_rows = BATCH_ROWS
        self._rejected = 0
        self._rejections_logged_at = float("-inf")
        self._lines: deque[tuple[int, str, tuple[object, ...]]] = deque()

    def next_batch(self) -> Batch | None:
        """Return what is to be written next: what was tried before, else the spool and the queue in turn."""
        with self.guard:
            if self._batch is not None or self.done:
                return self._batch
            if self.spool is not None:
                self.spool.take_over()
                self._spool_has_turn = not self._spool_has_turn or not len(self.intake)
                if self._spool_has_turn and (journal := self.spool.oldest()) is not None:
                    self._batch = self._load(self.spool, journal)
                    return self._batch
            since, now, waiting = self._emptied_at, time.monotonic(), len(self.intake)
            rows = self.intake.take(self._batch_rows, BATCH_BLOCKS)
            if len(rows) >= waiting:
                self._emptied_at = now
            if rows:
                self._batch = Batch(deque([rows]), None, since)
            return self._batch

    def halve(self, batch: Batch) -> None:
        """Part the first part of a batch in two."""
        with self.guard:
            part = batch.parts.popleft()
            middle = len(part) // 2
            batch.parts.extendleft((part[middle:], part[:middle]))

    def account(self, batch: Batch, drop: Drop | None) -> None:
        """Book the first part of a batch as stored, or as dropped."""
        with self.guard:
            if batch.abandoned:
                return
            part = batch.parts.popleft()
            self.intake.release(part)
            if batch.journal is not None:
                batch.journal.done += len(part)
                self.ledger.spooled -= len(part)
            if drop is None:
                self.ledger.stored += len(part)
                self._batch_rows = min(2 * self._batch_rows, BATCH_ROWS)
            else:
                self.ledger.dropped[drop] += len(part)

    def finish(self, batch: Batch) -> None:
        """Let go of a batch whose rows are all stored or dropped."""
        with self.guard:
            if self._batch is batch:
                self._batch = None
            if batch.journal is not None and self.spool is not None and not batch.abandoned:
                self.spool.remove(batch.journal)

    def set_aside(self, batch: Batch, *, slow: bool) -> None:
        """Keep a batch for later: on disk where there is a spool, else in memory; what was slow in smaller parts."""
        if slow:
            tried = len(batch.parts[0])
            self._batch_rows = max(min(self._batch_rows, tried) // 2, SMALLEST_BATCH_ROWS)
            if tried > self._batch_rows:
                self.halve(batch)
        if self.spool is None:
            return
        with self.guard:
            if batch.journal is None and not batch.abandoned:
                self._persist(self.spool, batch)
            if batch.journal is not None and self._batch is batch:
                self._batch = None  # it comes back from the spool

    def reject(self, row: Row, reason: str) -> None:
        """Tell of a row that Postgres refuses, and keep it where there is a spool; `account` books it."""
        self._rejected += 1
        if time.monotonic() >= self._rejections_logged_at + REJECTIONS_LOGGED_EVERY:
            LOG.error("Postgres refuses rows, %d so far; the last, of %s: %s", self._rejected, row[0], reason)
            self._rejections_logged_at = time.monotonic()
        if self.spool is not None:
            try:
                reject(self.spool.root, row, reason)
            except (OSError, LookupError, TypeError, ValueError) as error:  # the disk, or what another version spooled
                LOG.error("the refused row could not be kept: %s", error)  # noqa: TRY400 - the words say it all

    def keep_some(self) -> bool:
        """Put a batch of rows on disk if that is due; True if more of them wait."""
        spool = self.spool
        if spool is None:
            return False
        with self.guard:
            late = time.monotonic() - PATIENCE
            batch = self._batch
            if batch is not None and batch.journal is None and batch.since < late:
                self._persist(spool, batch)
            if self.done or self._emptied_at >= late:
                return False
            waiting = len(self.intake)
            rows = self.intake.take(BATCH_ROWS, BATCH_BLOCKS)
            return bool(rows) and self._spool_rows(spool, rows) and len(rows) < waiting

    def stats(self) -> Stats:
        """Return where all rows are."""
        with self.guard:
            if self.done:
                self.give_up()  # what came at the very moment of closing
            return self.ledger.close_books(queued=len(self.intake) + self._in_memory())

    def is_settled(self, moment: float) -> bool:
        """Return whether nothing waits that came before a moment; what comes while others wait is not waited for."""
        with self.guard:
            return (
                not self.ledger.spooled
                and not self.spool  # what was taken over is booked only when it is read
                and (self._batch is None or self._batch.since >= moment)
                and (not len(self.intake) or self._emptied_at >= moment)
            )

    def give_up(self) -> None:
        """Hand out no more batches; spool or drop what is still in memory. May be called again."""
        with self.guard:
            self.done = True
            self._give_up()
            if self.spool is not None:
                self.spool.close()

    def tell(self) -> None:
        """Log what there is to say; never under `guard`: a signal may make who holds the log's lock wait for that."""
        while self._lines:
            try:
                level, line, values = self._lines.popleft()
            except IndexError:
                return  # another thread told it
            LOG.log(level, line, *values)

    def _note(self, level: int, line: str, *values: object) -> None:
        self._lines.append((level, line, values))

    def _load(self, spool: Spool, journal: Journal) -> Batch:
        is_new, lost = journal.rows is None, len(journal.lost)
        rows = spool.load(journal)
        if is_new:
            self.ledger.taken_over += journal.rows or 0
            self.ledger.spooled += journal.rows or 0
        if torn := len(journal.lost) - lost:
            self._note(logging.WARNING, "%s is damaged: %d of its %d rows are lost", journal.path, torn, journal.rows)
            self.ledger.spooled -= torn
            self.ledger.dropped[Drop.TORN] += torn
        parts = [rows[start : start + self._batch_rows] for start in range(0, len(rows), self._batch_rows)]
        return Batch(deque(parts), journal, time.monotonic())

    def _persist(self, spool: Spool, batch: Batch) -> None:
        rows = batch.left
        if (journal := self._append(spool, rows, apart=True)) is not None:
            batch.journal = journal
            self.ledger.spooled += len(rows)
            self.intake.release(rows)
            batch.parts = deque([[(table, values, 0) for table, values, _ in part] for part in batch.parts])

    def _spool_rows(self, spool: Spool, rows: list[Row]) -> bool:
        if self._append(spool, rows) is None:
            self.intake.put_back(rows)
            return False
        self.ledger.spooled += len(rows)
        self.intake.release(rows)
        return True

    def _append(self, spool: Spool, rows: Sequence[Row], *, apart: bool = False) -> Journal | None:
        """Write rows into the spool; None, and one line in the log, if it takes none."""
        try:
            journal = spool.append(rows, apart=apart)
        except (OSError, TypeError, ValueError) as error:  # the disk, or a value that JSON has not
            if not self._spool_is_broken:
                self._spool_is_broken = True
                self._note(logging.WARNING, "the spool takes no rows, they wait in memory: %s", error)
            return None
        self._spool_is_broken = False
        return journal

    def _in_memory(self) -> int:
        """Return how many rows of the batch on its way are in memory alone."""
        batch = self._batch
        return 0 if batch is None or batch.journal is not None else sum(map(len, batch.parts))

    def _give_up(self) -> None:
        batch, lost = self._batch, 0
        if batch is not None:
            if batch.journal is None and self.spool is not None:
                self._persist(self.spool, batch)
            if batch.journal is None:
                lost += self._drop(batch.left)
            batch.abandoned = True
            self._batch = None
        while rows := self.intake.take(BATCH_ROWS, BATCH_BLOCKS):
            if self.spool is None or self._append(self.spool, rows) is None:
                lost += self._drop(rows)
            else:
                self.ledger.spooled += len(rows)
                self.intake.release(rows)

        if lost:
            self._note(logging.ERROR, "%d rows could not be stored before the logger was closed, and are lost", lost)

    def _drop(self, rows: list[Row]) -> int:
        self.ledger.dropped[Drop.CLOSED] += len(rows)
        self.intake.release(rows)
        return len(rows)
