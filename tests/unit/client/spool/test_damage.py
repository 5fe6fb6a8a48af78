"""Damage to a journal costs the rows that it hit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from driftgauge.client.records import HEADER
from driftgauge.client.rows import Row
from driftgauge.client.spool import Journal, Spool
from unit.client.spool.spooling import metric

LENGTH_BYTES: Final = 4


@pytest.fixture
def whole(spool: Spool) -> tuple[Journal, bytes, list[int]]:
    """A journal of three rows, its bytes, and where its rows end."""
    journal = spool.append([metric("a", 1), metric("\u00e9", None), metric("c", 2.5)])
    spool.oldest()
    data = journal.path.read_bytes()
    ends, place = [0], 0
    while place < len(data):
        place += HEADER.size + HEADER.unpack_from(data, place)[0]
        ends.append(place)
    return journal, data, ends


def read(spool: Spool, journal: Journal) -> list[Row]:
    """Read a journal as if nobody had before."""
    return spool.load(Journal(path=journal.path, rows=3, size=journal.size))


def test_a_torn_tail_leaves_the_rows_before_it(spool: Spool, whole: tuple[Journal, bytes, list[int]]) -> None:
    journal, data, ends = whole
    rows = read(spool, journal)
    assert len(rows) == 3
    for cut in range(len(data) + 1):
        journal.path.write_bytes(data[:cut])
        assert read(spool, journal) == rows[: sum(end <= cut for end in ends) - 1], cut


def test_a_flipped_bit_costs_the_row_that_it_hit(spool: Spool, whole: tuple[Journal, bytes, list[int]]) -> None:
    journal, data, ends = whole
    rows = read(spool, journal)
    for place in range(len(data)):
        hit = sum(end <= place for end in ends) - 1
        in_length = place - ends[hit] < LENGTH_BYTES
        for bit in range(8):
            damaged = bytearray(data)
            damaged[place] ^= 1 << bit
            journal.path.write_bytes(damaged)
            found = read(spool, journal)
            if in_length:  # nobody knows where the next one begins
                assert found == rows[:hit], (place, bit)
            else:
                assert found == rows[:hit] + rows[hit + 1 :], (place, bit)


def test_a_damaged_row_is_lost_for_good(spool: Spool, whole: tuple[Journal, bytes, list[int]]) -> None:
    journal, data, ends = whole
    rows = spool.load(journal)
    journal.path.write_bytes(data[: ends[2] - 1] + b"?" + data[ends[2] :])
    for _ in range(2):
        assert spool.load(journal) == [rows[0], rows[2]]
        assert journal.lost == {1}
    journal.done = 1
    assert spool.load(journal) == [rows[2]]
    journal.path.write_bytes(data)
    assert spool.load(journal) == [rows[2]], "it is booked as lost"


def test_what_stands_behind_the_rows_of_a_journal_is_not_read(
    spool: Spool, whole: tuple[Journal, bytes, list[int]]
) -> None:
    journal, data, _ = whole
    rows = spool.load(journal)
    journal.path.write_bytes(data + data)
    assert spool.load(journal) == rows


def test_zeros_after_a_crash_of_the_machine_are_no_rows(spool: Spool, whole: tuple[Journal, bytes, list[int]]) -> None:
    journal, data, ends = whole
    rows = read(spool, journal)
    journal.path.write_bytes(data + bytes(4096))
    assert read(spool, journal) == rows
    journal.path.write_bytes(data[: ends[1]] + bytes(len(data) - ends[1]))
    assert read(spool, journal) == rows[:1]
    journal.path.write_bytes(bytes(100))
    assert read(spool, journal) == []


def test_a_journal_that_somebody_deleted_has_no_rows(spool: Spool) -> None:
    journal = spool.append([metric(1)])
    journal.path.unlink()
    assert spool.load(journal) == []
    spool.remove(journal)


def test_a_spool_that_somebody_cleaned_up_is_made_again(spool: Spool, root: Path) -> None:
    spool.append([metric(1)])
    shutil.rmtree(root)
    journal = spool.append([metric(2)], apart=True)
    assert [row[1] for row in spool.load(journal)] == [metric(2)[1]]
