"""A row that Postgres refuses costs that row, and is kept where there is a spool."""

from __future__ import annotations

import json
import logging
import math
import zlib
from pathlib import Path

import orjson
import pytest

from driftgauge.client.backlog import BATCH_ROWS
from driftgauge.client.records import HEADER
from driftgauge.client.rejected import REJECTED
from driftgauge.client.spool import Spool
from unit.client.delivery.delivering import PLENTY, Start, dropped, numbers, put, until
from unit.client.doubles import PATIENCE, FakeWriter


def test_one_poisonous_row_of_a_batch_costs_that_row_and_few_writes(
    start: Start, writer: FakeWriter, spool: Spool, root: Path
) -> None:
    delivery = start()
    writer.gate.clear()
    put(delivery, range(1))
    writer.await_write()
    writer.poison = lambda row: row[1] == (3210,)
    put(delivery, range(1, BATCH_ROWS + 1))
    writer.gate.set()
    assert delivery.settle(PATIENCE)
    assert writer.attempts[1] == BATCH_ROWS
    assert len(writer.attempts) <= 2 + 2 * math.ceil(math.log2(BATCH_ROWS))
    assert numbers(writer.stored) == [number for number in range(BATCH_ROWS + 1) if number != 3210]
    stats = delivery.stats()
    assert (stats.stored, dropped(stats)) == (BATCH_ROWS, {"rejected": 1})
    assert not root.exists()
    assert len(spool) == 0


def test_refused_rows_are_kept_where_there_is_a_spool(
    start: Start, writer: FakeWriter, spool: Spool, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = start(spool)
    writer.poison = lambda row: row[1][0] == "bad"
    for word in ("good", "bad", "good", "bad"):
        delivery.put("prediction_outcomes", (word, None, None, None, None), 0)
    assert delivery.settle(PATIENCE)
    stats = delivery.stats()
    assert (stats.stored, dropped(stats)) == (2, {"rejected": 2})
    lines = [json.loads(line) for line in (root / REJECTED).read_text().splitlines()]
    assert [(line["reason"], line["row"]["id"]) for line in lines] == [("poison", "bad")] * 2
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert said == ["Postgres refuses rows, 1 so far; the last, of prediction_outcomes: poison"], "not a line a row"


def test_refused_rows_of_another_version_of_the_client_hold_nothing_up(
    start: Start, writer: FakeWriter, root: Path
) -> None:
    other = Spool(root, limit=PLENTY)
    other.append([("model_metrics", ("short",), 1), ("table_of_tomorrow", (1, 2), 1), ("model_metrics", ("ours",), 1)])
    old = other.append([("model_metrics", ("to be old",), 1)], apart=True)
    record = orjson.dumps(["prediction_logs", "without features"])
    old.path.write_bytes(HEADER.pack(len(record), zlib.crc32(record)) + record)
    other.close()
    delivery = start(Spool(root, limit=PLENTY))
    writer.poison = lambda row: row[1][0] != "ours"
    put(delivery, range(0))
    delivery.start()
    until(lambda: delivery.stats().accepted == 4)
    assert delivery.settle(PATIENCE)
    stats = delivery.stats()
    assert (stats.stored, dropped(stats)) == (1, {"rejected": 3})
    lines = [json.loads(line) for line in (root / REJECTED).read_text().splitlines()]
    assert [(line["table"], line["row"]) for line in lines] == [
        ("model_metrics", ["short"]),
        ("table_of_tomorrow", [1, 2]),
    ]


def test_a_refused_row_that_cannot_be_kept_is_only_counted(
    start: Start, writer: FakeWriter, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root.write_text("no directory")
    delivery = start(Spool(root, limit=PLENTY))
    writer.poison = lambda _: True
    delivery.put("prediction_outcomes", (1, None, None, None, None), 0)
    assert delivery.settle(PATIENCE)
    assert dropped(delivery.stats()) == {"rejected": 1}
    assert "the refused row could not be kept" in caplog.text
