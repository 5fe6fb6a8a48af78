"""Services on an event loop: a silent Postgres never holds the loop up."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import pytest

from driftgauge.client import Drop, PredictionLogger
from fixtures.proxy import Proxy
from fixtures.soak import amount
from integration.client.books import balanced, dropped, report, select, stored_ids
from integration.client.conftest import MakeLogger

TASKS: Final = 100
ROWS: Final = amount(50, soak=1_000)  # of each task
LONGEST_LAG: Final = 1.0  # seconds, on a machine that is busy with other tests
TICK: Final = 0.005


class Clock:
    """Wakes up over and over; how late it does is how long the loop was held up."""

    def __init__(self) -> None:
        self.largest = 0.0

    async def run(self) -> None:
        """Wake up until cancelled."""
        while True:
            started = time.monotonic()
            await asyncio.sleep(TICK)
            self.largest = max(self.largest, time.monotonic() - started - TICK)


async def serve(logger: PredictionLogger, rows: int) -> None:
    for row in range(rows):
        async with logger.predict({"row": row}) as call:
            await asyncio.sleep(0.001)
            call.prediction = "late"


@pytest.mark.soak
def test_a_silent_database_does_not_hold_the_loop_up(proxy: Proxy, database: str, make_logger: MakeLogger) -> None:
    logger = make_logger(proxy.dsn, write_timeout=2, queue_rows=2 * TASKS * ROWS, queue_bytes=TASKS * ROWS << 13)

    async def main() -> float:
        clock = Clock()
        ticking = asyncio.create_task(clock.run())
        await serve(logger, 1)
        assert await logger.aflush(30)
        proxy.swallow()
        await asyncio.gather(*[serve(logger, ROWS) for _ in range(TASKS)])
        assert not await logger.aflush(0.5)
        assert balanced(logger).queued == TASKS * ROWS
        proxy.flow()
        assert await logger.aflush(60)
        await logger.aclose()
        ticking.cancel()
        return clock.largest

    lag = asyncio.run(main())
    report(f"{TASKS} tasks log {ROWS} rows each, database silent: the loop's largest lag {lag * 1000:.1f} ms")
    assert lag < LONGEST_LAG
    assert balanced(logger).stored == 1 + TASKS * ROWS == len(set(stored_ids(database)))


def test_closing_while_the_database_is_silent_lets_other_tasks_run(proxy: Proxy, make_logger: MakeLogger) -> None:
    logger = make_logger(proxy.dsn)
    proxy.swallow()

    async def main() -> float:
        clock = Clock()
        ticking = asyncio.create_task(clock.run())
        await serve(logger, 10)
        await logger.aclose(1)
        ticking.cancel()
        return clock.largest

    started = time.monotonic()
    assert asyncio.run(main()) < LONGEST_LAG
    assert time.monotonic() - started < 1 + 2 * LONGEST_LAG
    assert dropped(balanced(logger)) == {Drop.CLOSED: 10}


def test_a_cancelled_task_and_one_that_fails_are_logged_as_such(
    writer_dsn: str, database: str, make_logger: MakeLogger
) -> None:
    logger = make_logger(writer_dsn)

    @logger.logged
    async def predict(features: dict[str, object]) -> str:
        if features["fails"]:
            raise LookupError("no model")
        await asyncio.sleep(3600)
        return "never"

    async def main() -> None:
        task = asyncio.create_task(predict({"fails": False}))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(predict({"fails": False}), 0.01)
        with pytest.raises(LookupError):
            await predict({"fails": True})
        assert await logger.aflush(30)

    asyncio.run(main())
    rows = select(database, "SELECT status, prediction_result FROM driftgauge.prediction_logs ORDER BY status")
    assert rows == [
        {"status": "cancelled", "prediction_result": {"error": "CancelledError"}},
        {"status": "cancelled", "prediction_result": {"error": "CancelledError"}},
        {"status": "error", "prediction_result": {"error": "LookupError"}},
    ]
