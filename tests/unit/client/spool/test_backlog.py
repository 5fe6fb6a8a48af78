"""The books of rows on disk balance, whatever becomes of the records between two reads of their journal."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from driftgauge.client.backlog import Backlog
from driftgauge.client.ledger import Drop
from driftgauge.client.records import HEADER
from driftgauge.client.spool import Spool
from unit.client.doubles import balanced
from unit.client.spool.spooling import PLENTY, journals, metric


def flip(path: Path, record: int, *, of_header: bool = False) -> None:
    """Damage a byte of a record, or of its checksum, if it is still there."""
    data = bytearray(path.read_bytes())
    place = 0
    for _ in range(record):
        place += HEADER.size + (HEADER.unpack_from(data, place)[0] if place + HEADER.size <= len(data) else 0)
    place += 4 if of_header else HEADER.size + 2
    if place < len(data):
        data[place] ^= 0x55
        path.write_bytes(data)


def filled(spool: Spool, rows: int) -> Backlog:
    """Return a backlog whose rows are all in one journal."""
    backlog = Backlog(spool, rows=rows, size=PLENTY)
    for number in range(rows):
        backlog.ledger.offered.add()
        backlog.intake.put("model_metrics", (number,), 0)
    batch = backlog.next_batch()
    assert batch is not None
    backlog.set_aside(batch, slow=False)
    return backlog


def test_a_damaged_record_is_lost_alone(spool: Spool, root: Path, caplog: pytest.LogCaptureFixture) -> None:
    backlog = filled(spool, 10)
    [path] = journals(root)
    flip(path, 3)
    batch = backlog.next_batch()
    assert batch is not None
    assert [values for _, values, _ in batch.left] == [(number,) for number in range(10) if number != 3]
    backlog.account(batch, None)
    backlog.finish(batch)
    backlog.tell()
    stats = backlog.stats()
    assert (stats.stored, stats.spooled, stats.dropped[Drop.TORN]) == (9, 0, 1)
    assert balanced(stats)
    assert f"{path} is damaged: 1 of its 10 rows are lost" in caplog.text


def test_a_damaged_record_of_a_dead_process_is_counted(spool: Spool, root: Path) -> None:
    dead = Spool(root, limit=PLENTY)
    dead.append([metric(number) for number in range(10)])
    dead.close()
    [path] = journals(root)
    flip(path, 0, of_header=True)
    flip(path, 9)
    backlog = Backlog(spool, rows=1, size=PLENTY)
    batch = backlog.next_batch()
    assert batch is not None
    assert [values for _, values, _ in batch.left] == [(number,) for number in range(1, 9)]
    backlog.account(batch, None)
    backlog.finish(batch)
    stats = backlog.stats()
    assert (stats.accepted, stats.stored, stats.spooled, stats.dropped[Drop.TORN]) == (10, 8, 0, 2)


@pytest.mark.parametrize("seed", range(30))
def test_each_row_is_stored_or_lost_once_though_records_are_damaged_between_reads(
    spool: Spool, root: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - reproducible
    backlog = filled(spool, 60)
    [path] = journals(root)
    stored: Counter[object] = Counter()
    while (batch := backlog.next_batch()) is not None:
        if rng.random() < 0.8:
            flip(path, rng.randrange(60), of_header=rng.random() < 0.5)
        if rng.random() < 0.1:
            path.write_bytes(path.read_bytes()[: -rng.randrange(1, 200)])
        for _ in range(rng.randrange(4)):
            if batch.parts and len(batch.parts[0]) > 1:
                backlog.halve(batch)
        for _ in range(rng.randrange(3)):
            if batch.parts:
                stored.update(values[0] for _, values, _ in batch.parts[0])
                backlog.account(batch, None)
                assert balanced(backlog.stats())
        if batch.parts:
            backlog.set_aside(batch, slow=False)
        else:
            backlog.finish(batch)
        stats = backlog.stats()
        assert balanced(stats)
        assert min(stats.spooled, stats.stored) >= 0
    stats = backlog.stats()
    assert (stats.queued, stats.spooled) == (0, 0)
    assert stats.stored + stats.dropped[Drop.TORN] == 60
    assert stats.stored == sum(stored.values()) == len(stored)
