"""What every test of the client stands on: nothing broke in the background unless the test expected it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from unit.client.doubles import Recorded, recorded


class _Failures(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.records.append(record)


@pytest.fixture(autouse=True)
def failures() -> Iterator[list[logging.LogRecord]]:
    """What broke in the background; a test that breaks it on purpose clears the list."""
    handler = _Failures()
    log = logging.getLogger("driftgauge.client")
    log.addHandler(handler)
    yield handler.records
    log.removeHandler(handler)
    assert not handler.records, [record.getMessage() for record in handler.records]


@pytest.fixture
def logger() -> Recorded:
    """A logger that is not strict, as in production."""
    return recorded()


@pytest.fixture
def strict() -> Recorded:
    """A logger that raises what is wrong with a call."""
    return recorded(strict=True)
