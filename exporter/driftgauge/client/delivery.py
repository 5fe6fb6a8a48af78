"""Bring rows from the queue to Postgres in the background, by way of the spool where Postgres is away."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from driftgauge.client.backlog import Backlog, Batch
from driftgauge.client.ledger import Drop, Stats
from driftgauge.client.lifecycle import dismiss
from driftgauge.client.spool import Spool
from driftgauge.client.writing import Refused, Unavailable, Writer

LOG: Final = logging.getLogger("driftgauge.client")
INTERVAL: Final = 0.1  # seconds between looks at the queue
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0  # seconds between tries, doubling
SETTLE_LOOK: Final = 0.005  # seconds between looks whether everything is stored


class Delivery:
    """One queue and the thread that empties it; with a spool a second thread, so that a silent server delays no row.

    Whoever logs touches only `put` and `refuse`, which take no lock and do no I/O.
    """

    def __init__(self, make_writer: Callable[[], Writer], spool: Spool | None, *, rows: int, size: int) -> None:
        """Start nothing yet: the first row does."""
        self._make_writer = make_writer
        self._limits = (rows, size)
        self._inherited: list[Writer] = []
        self._begin(spool)

    def _begin(self, spool: Spool | None) -> None:
        rows, size = self._limits
        self._backlog = Backlog(spool, rows=rows, size=size)
        self._intake, self._ledger = self._backlog.intake, self._backlog.ledger
        self._writer = self._make_writer()
        self._ended = threading.Condition(self._backlog.guard)
        self._starting = threading.Lock()
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._sender: threading.Thread | None = None
        self._closed = False
        self._hurried = False
        self._outage = ""

    def after_fork(self) -> None:
        """Begin anew in a child: what was inherited is the parent's, and its session stays untouched."""
        self._writer.disown()
        self._inherited.append(self._writer)  # kept, because its connection complains when it is collected
        spool = self._backlog.spool
        self._begin(None if spool is None else spool.afresh())

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
                if self._backlog.spool is not None:
                    threading.Thread(target=self._keep, args=(sender,), name="driftgauge-spooler", daemon=True).start()
        except RuntimeError as error:  # too many threads, or Python is about to end; the next row tries again
            self._tell_of_outage(str(error))
        finally:
            self._starting.release()

    def stats(self) -> Stats:
        """Return where all rows are."""
        stats = self._backlog.stats()
        self._backlog.tell()
        return stats

    def settle(self, timeout: float) -> bool:
        """Wait until every row of before is stored or dropped; False if that takes longer than `timeout` seconds."""
        started = time.monotonic()
        deadline = started + timeout
        self._wake.put(None)
        while not self._backlog.is_settled(started):
            if time.monotonic() >= deadline:
                return False
            time.sleep(SETTLE_LOOK)
        return True

    def stop(self) -> None:
        """Take no more rows, and let the background end by itself when all are stored."""
        self._closed = True
        if self._sender is None and not len(self._intake):  # rows that no thread took wait for the end of the process
            dismiss(self)
        self._wake.put(None)

    def hurry(self) -> None:
        """Take no more rows, and store what is left as soon as can be."""
        self._hurried = True
        self.stop()

    def close(self, timeout: float) -> None:
        """Take no more rows, store what is left for at most `timeout` seconds, then spool or drop the rest."""
        deadline = time.monotonic() + timeout
        self.hurry()
        if self._sender is threading.current_thread():
            return  # a finalizer that ran in the background, which ends by itself
        if len(self._intake) and self._starting.acquire(blocking=False):  # or a background is being started just now
            try:
                if self._sender is None:
                    self._store_without_background(deadline)
            finally:
                self._starting.release()
        if (sender := self._sender) is not None:
            with self._ended:  # waiting lets go of it even in a signal handler that interrupted one who holds it
                self._ended.wait_for(lambda: self._backlog.done, timeout)
            sender.join(max(deadline - time.monotonic(), 0))
        self._end()

    def _store_without_background(self, deadline: float) -> None:
        """Write what is left in the thread that closes, because no other can be started; the first failure ends it."""
        self._writer.deadline = deadline
        try:
            while time.monotonic() < deadline and (batch := self._backlog.next_batch()) is not None:
                if not self._deliver(batch):
                    break
        except Exception:
            LOG.exception("what was left could not be stored")
        finally:
            self._writer.close()

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
            closed = self._closed  # asked first: what was logged until then must be found
            try:
                batch = self._backlog.next_batch()
                if batch is None:
                    if closed:
                        return
                    self._rest(INTERVAL)
                    continue
                delivered = self._deliver(batch)
                self._backlog.tell()
            except Exception:
                LOG.exception("the background of the logging client failed; it goes on")
                delivered = False
            if delivered:
                pause = FIRST_PAUSE
                continue
            if self._backlog.done or (self._closed and self._backlog.spool is not None and pause > FIRST_PAUSE):
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

    def _deliver(self, batch: Batch) -> bool:
        """Write the parts of a batch, halving what Postgres refuses; False if the rest must wait."""
        while batch.parts and not batch.abandoned:
            part = batch.parts[0]
            try:
                self._writer.write(part)
            except Refused as error:
                if len(part) > 1:
                    self._backlog.halve(batch)
                    continue
                self._backlog.reject(part[0], str(error))
                self._backlog.account(batch, Drop.REJECTED)
            except Unavailable as error:
                self._tell_of_outage(str(error))
                self._backlog.set_aside(batch, slow=error.slow)
                return False
            else:
                self._backlog.account(batch, None)
        self._backlog.finish(batch)
        self._tell_of_outage("")
        return True

    def _tell_of_outage(self, reason: str) -> None:
        """Log why rows wait, once for each reason in a row, and that they wait no longer."""
        if reason == self._outage:
            return
        self._outage = reason
        if reason:
            LOG.warning("predictions cannot be stored now, and wait: %s", reason)
        else:
            LOG.warning("predictions are stored again")

    def _keep(self, sender: threading.Thread) -> None:
        """Put rows on disk that Postgres has not taken for a while, whatever the sender is waiting for."""
        while sender.is_alive():
            time.sleep(INTERVAL)
            try:
                while self._backlog.keep_some():
                    pass
                self._backlog.tell()
            except Exception:
                LOG.exception("the spool of the logging client failed; it goes on")

    def _end(self) -> None:
        with self._ended:
            self._backlog.give_up()
            dismiss(self)
            self._ended.notify_all()
        self._backlog.tell()
