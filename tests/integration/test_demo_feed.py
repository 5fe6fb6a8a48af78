from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest

from driftgauge.demo.traffic import PredictionRow
from driftgauge.store.catalog import query
from driftgauge.store.feed import write_predictions

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 11, 23, 18, tzinfo=UTC)


@pytest.fixture
def writer(writer_dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(writer_dsn, options="-c search_path=driftgauge") as connection:
        yield connection


def row(number: int, *, failed: bool = False) -> PredictionRow:
    return PredictionRow(
        id=UUID(int=number),
        model_name="flight-delay",
        version="2013.1",
        environment="production",
        user_id="dispatch-UA",
        features={"carrier": "UA", "dest": "tab\there, \\N and ü", "hour": 5, "temp": 39.02, "pressure": None},
        prediction_result=None if failed else {"late": False, "probability": 0.2},
        predicted_label=None if failed else "on_time",
        predicted_score=None if failed else 0.2,
        confidence=None if failed else 0.8,
        latency_ms=35.5,
        status="error" if failed else "success",
        timestamp=START + timedelta(seconds=number),
    )


def test_a_row_has_the_columns_of_the_query_in_order() -> None:
    columns = re.search(r"\((.*)\)", query("feed/write_predictions").sql.decode(), re.DOTALL)
    assert columns is not None
    assert tuple(name.strip(' "\n') for name in columns[1].split(",")) == PredictionRow._fields


def test_what_is_written_can_be_read_back(writer: psycopg.Connection, database: str) -> None:
    rows = [row(1), row(2, failed=True), row(3)]
    assert write_predictions(writer, rows) == 3
    writer.commit()
    fields = ", ".join(f'"{name}"' for name in PredictionRow._fields).encode()
    with psycopg.connect(database) as reader:
        kept = reader.execute(b"SELECT " + fields + b" FROM driftgauge.prediction_logs ORDER BY ingest_seq").fetchall()
    assert [PredictionRow(*values) for values in kept] == rows


def test_nothing_to_write_writes_nothing(writer: psycopg.Connection) -> None:
    assert write_predictions(writer, []) == 0
