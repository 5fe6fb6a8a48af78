"""Whatever is logged: no call raises, nothing is stuck, and what Postgres refuses is kept with the reason."""

from __future__ import annotations

import json
import logging
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
import pytest

from driftgauge.client import Drop
from driftgauge.client.rows import TABLES
from fixtures.exporter import wait_until
from fixtures.proxy import Proxy
from fixtures.soak import amount
from integration.client.books import balanced, dropped, report, select, stored_ids
from integration.client.conftest import MakeLogger
from integration.client.hostile import Drawing, noise

CALLS: Final = amount(2_000, soak=100_000)
COUNTS: Final[LiteralString] = """
SELECT count(*) AS rows FROM (
    SELECT id FROM driftgauge.prediction_logs
    UNION ALL SELECT id FROM driftgauge.prediction_outcomes
    UNION ALL SELECT id FROM driftgauge.model_metrics
    UNION ALL SELECT id FROM driftgauge.model_health_checks
    UNION ALL SELECT id FROM driftgauge.feature_importance_history
    UNION ALL SELECT id FROM driftgauge.shap_values
    UNION ALL SELECT id FROM driftgauge.lime_explanations
    UNION ALL SELECT id FROM driftgauge.explanation_metadata
) AS everything
"""


def rejected(spool: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (spool / "rejected.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("by_way_of_disk", [False, True], ids=["directly", "by way of the spool"])
def test_hostile_input_neither_raises_nor_blocks(  # noqa: PLR0917 - fixtures
    proxy: Proxy,
    database: str,
    make_logger: MakeLogger,
    tmp_path: Path,
    seed: int,
    by_way_of_disk: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    logger = make_logger(proxy.dsn, spool=tmp_path / "spool")
    drawing = Drawing(logger, random.Random(seed))  # noqa: S311 - repeatable
    if by_way_of_disk:
        proxy.refuse()
    for call in range(CALLS // 2):
        drawing.log()
        if call % 1_000 == 999:
            wait_until(lambda: logger.stats().queued < 10_000, lambda: f"room for more: {logger.stats()}", patience=60)
    if by_way_of_disk:
        wait_until(lambda: not logger.stats().queued, lambda: f"all is on disk: {logger.stats()}")
        assert balanced(logger).spooled
        proxy.accept()
    assert logger.flush(120), logger.stats()
    stats = balanced(logger)
    assert select(database, COUNTS) == [{"rows": stats.stored}]
    assert stats.stored > CALLS / 4
    assert set(dropped(stats)) <= {Drop.INVALID, Drop.TOO_LARGE, Drop.REJECTED}
    kept = rejected(tmp_path / "spool")
    assert len(kept) == stats.dropped[Drop.REJECTED] > 0
    assert all(line["reason"] and line["table"] in TABLES and line["row"] for line in kept)
    report(f"{CALLS // 2:,} hostile calls: exceptions 0; stored {stats.stored:,}, dropped {dropped(stats)}")


@pytest.mark.parametrize("spools", [False, True], ids=["in memory", "with a spool"])
def test_poison_among_thousands_is_found_and_all_others_are_stored(  # noqa: PLR0917 - fixtures
    writer_dsn: str,
    database: str,
    make_logger: MakeLogger,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    spools: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    logger = make_logger(writer_dsn, spool=tmp_path / "spool" if spools else None)
    rng = random.Random(1)  # noqa: S311 - repeatable
    poison = [logger.log_prediction({"age": 1}, latency_ms=1, timestamp=datetime(1, 1, 1, tzinfo=UTC)).hex]
    good: list[str] = []
    for row in range(8_000):
        good.append(logger.log_prediction({"age": row}, latency_ms=1).hex)
        if row in {1_000, 1_001, 5_555}:
            poison.append(logger.log_prediction({}, latency_ms=1, timestamp=datetime.max.replace(tzinfo=UTC)).hex)
    logger.log_metric(noise(rng, 9_000), 1)
    logger.log_metric("m", 1)
    assert logger.flush(60)
    stats = balanced(logger)
    assert sorted(stored_ids(database)) == sorted(good)
    assert (stats.stored, dropped(stats)) == (8_001, {Drop.REJECTED: 5})
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1, "said once in a while, not a line a row"
    assert "Postgres refuses" in errors[0]
    if spools:
        lines = rejected(tmp_path / "spool")
        assert sorted(line["row"]["id"] for line in lines if line["table"] == "prediction_logs") == sorted(poison)
        assert {line["reason"].partition(" ")[0] for line in lines} == {"new", "index"}
        assert any("timestamp_has_four_digit_year" in line["reason"] for line in lines)


def test_a_row_that_a_trigger_of_theirs_refuses_holds_up_no_other(
    writer_dsn: str, database: str, make_logger: MakeLogger
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            """
            CREATE FUNCTION refuse_children() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF (new.features ->> 'age')::int < 18 THEN
                    RAISE EXCEPTION 'children are not scored';
                END IF;
                RETURN new;
            END $$
            """
        )
        connection.execute(
            "CREATE TRIGGER grown_up BEFORE INSERT ON driftgauge.prediction_logs "
            "FOR EACH ROW EXECUTE FUNCTION refuse_children()"
        )
    logger = make_logger(writer_dsn)
    keys = [logger.log_prediction({"age": age}, latency_ms=1).hex for age in (41, 7, 29)]
    assert logger.flush(30)
    assert sorted(stored_ids(database)) == sorted([keys[0], keys[2]])
    assert dropped(balanced(logger)) == {Drop.REJECTED: 1}


def test_poison_among_rows_that_are_stored_already_is_found_too(
    writer_dsn: str, database: str, make_logger: MakeLogger
) -> None:
    logger = make_logger(writer_dsn)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    keys = [logger.log_prediction({}, latency_ms=1, timestamp=at) for _ in range(100)]
    assert logger.flush(30)
    for key in keys:
        logger.log_prediction({}, latency_ms=1, timestamp=at, prediction_id=key)
        logger.log_prediction({}, latency_ms=1)
    logger.log_prediction({}, latency_ms=1, timestamp=datetime(1, 1, 1, tzinfo=UTC))
    assert logger.flush(30)
    assert dropped(balanced(logger)) == {Drop.REJECTED: 1}
    assert len(stored_ids(database)) == 200
