"""Deliveries to a fake writer, which end with their test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from driftgauge.client.delivery import Delivery
from driftgauge.client.spool import Spool
from unit.client.delivery.delivering import PLENTY, SOON, Start, Watched
from unit.client.doubles import PATIENCE, FakeWriter, balanced


@pytest.fixture
def writer() -> Iterator[FakeWriter]:
    writer = FakeWriter()
    yield writer
    writer.gate.set()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(root: Path) -> Spool:
    return Spool(root, limit=PLENTY)


@pytest.fixture
def start(writer: FakeWriter) -> Iterator[Start]:
    """Make deliveries to the writer; all end with the test, their threads included."""
    made: list[Delivery] = []
    before = set(threading.enumerate())

    def make(spool: Spool | None = None, *, rows: int = 100_000, size: int = PLENTY) -> Delivery:
        made.append(Delivery(lambda: writer, spool, rows=rows, size=size))
        return made[-1]

    yield make
    writer.gate.set()
    for delivery in made:
        delivery.close(SOON)
        assert balanced(delivery.stats())
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def watched(writer: FakeWriter) -> Iterator[Watched]:
    """A delivery whose rests are short, and known."""
    delivery = Watched(writer, None)
    yield delivery
    writer.fault = None
    delivery.close(SOON)
