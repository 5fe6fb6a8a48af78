"""A commit whose answer is lost: nobody knows whether the rows are stored, and still each is there exactly once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from fixtures.exporter import wait_until
from fixtures.proxy import Proxy
from fixtures.soak import amount
from integration.client.books import balanced, report, stored_ids
from integration.client.conftest import MakeLogger

ROUNDS: Final = amount(50, soak=1_000)
ROWS: Final = 10


@pytest.mark.soak
@pytest.mark.parametrize("spools", [False, True], ids=["in memory", "with a spool"])
def test_rows_whose_commit_was_not_answered_are_stored_once(
    proxy: Proxy,
    database: str,
    make_logger: MakeLogger,
    tmp_path: Path,
    spools: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    logger = make_logger(proxy.dsn, spool=tmp_path / "spool" if spools else None)
    for _ in range(ROUNDS):
        proxy.answers_to_lose = 1
        for row in range(ROWS):
            logger.log_prediction({"row": row}, latency_ms=1)
        wait_until(lambda: not proxy.answers_to_lose, "a commit on its way")
        assert logger.flush(30)
    stats = balanced(logger)
    ids = stored_ids(database)
    assert len(ids) == len(set(ids)) == stats.stored == stats.accepted == ROUNDS * ROWS
    report(f"commits without an answer: {ROUNDS}; rows lost: 0, rows twice: 0")


def test_answers_lost_one_after_the_other_do_no_harm_either(
    proxy: Proxy, database: str, make_logger: MakeLogger
) -> None:
    logger = make_logger(proxy.dsn)
    proxy.answers_to_lose = 4
    for row in range(1_000):
        logger.log_prediction({"row": row}, latency_ms=1)
        logger.log_metric("m", row)
    assert logger.flush(60)
    assert not proxy.answers_to_lose
    assert balanced(logger).stored == 2_000
    assert len(set(stored_ids(database))) == len(stored_ids(database)) == 1_000
