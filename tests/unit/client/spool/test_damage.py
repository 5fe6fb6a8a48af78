"""Damage to a segment costs the rows that it hit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from driftgauge.client.records import HEADER
from driftgauge.client.rows import Row
from driftgauge.client.spool import Segment, Spool
from unit.client.spool.spooling import metric

LENGTH_BYTES: Final = 4


@pytest.fixture
def whole(spool: Spool) -> tuple[Segment, bytes, list[int]]:
    """A segment of three rows, its bytes, and where its rows end."""
    segment = spool.append([metric("a", 1), metric("\u00e9", None), metric("c", 2.5)])
    spool.oldest()
    data = segment.path.read_bytes()
    ends, place = [0], 0
    while place < len(data):
        place += HEADER.size + HEADER.unpack_from(data, place)[0]
        ends.append(place)
    return segment, data, ends


def read(spool: Spool, segment: Segment) -> list[Row]:
    """Read a segment as if nobody had before."""
    return spool.load(Segment(path=segment.path, rows=3, size=segment.size))


def test_a_torn_tail_leaves_the_rows_before_it(spool: Spool, whole: tuple[Segment, bytes, list[int]]) -> None:
    segment, data, ends = whole
    rows = read(spool, segment)
    assert len(rows) == 3
    for cut in range(len(data) + 1):
        segment.path.write_bytes(data[:cut])
        assert read(spool, segment) == rows[: sum(end <= cut for end in ends) - 1], cut


def test_a_flipped_bit_costs_the_row_that_it_hit(spool: Spool, whole: tuple[Segment, bytes, list[int]]) -> None:
    segment, data, ends = whole
    rows = read(spool, segment)
    for place in range(len(data)):
        hit = sum(end <= place for end in ends) - 1
        in_length = place - ends[hit] < LENGTH_BYTES
        for bit in range(8):
            damaged = bytearray(data)
            damaged[place] ^= 1 << bit
            segment.path.write_bytes(damaged)
            found = read(spool, segment)
            if in_length:  # nobody knows where the next one begins
                assert found == rows[:hit], (place, bit)
            else:
                assert found == rows[:hit] + rows[hit + 1 :], (place, bit)


def test_a_damaged_row_is_lost_for_good(spool: Spool, whole: tuple[Segment, bytes, list[int]]) -> None:
    segment, data, ends = whole
    rows = spool.load(segment)
    segment.path.write_bytes(data[: ends[2] - 1] + b"?" + data[ends[2] :])
    for _ in range(2):
        assert spool.load(segment) == [rows[0], rows[2]]
        assert segment.lost == {1}
    segment.done = 1
    assert spool.load(segment) == [rows[2]]
    segment.path.write_bytes(data)
    assert spool.load(segment) == [rows[2]], "it is booked as lost"


def test_what_stands_behind_the_rows_of_a_segment_is_not_read(
    spool: Spool, whole: tuple[Segment, bytes, list[int]]
) -> None:
    segment, data, _ = whole
    rows = spool.load(segment)
    segment.path.write_bytes(data + data)
    assert spool.load(segment) == rows


def test_zeros_after_a_crash_of_the_machine_are_no_rows(spool: Spool, whole: tuple[Segment, bytes, list[int]]) -> None:
    segment, data, ends = whole
    rows = read(spool, segment)
    segment.path.write_bytes(data + bytes(4096))
    assert read(spool, segment) == rows
    segment.path.write_bytes(data[: ends[1]] + bytes(len(data) - ends[1]))
    assert read(spool, segment) == rows[:1]
    segment.path.write_bytes(bytes(100))
    assert read(spool, segment) == []


def test_a_segment_that_somebody_deleted_has_no_rows(spool: Spool) -> None:
    segment = spool.append([metric(1)])
    segment.path.unlink()
    assert spool.load(segment) == []
    spool.remove(segment)


def test_a_spool_that_somebody_cleaned_up_is_made_again(spool: Spool, root: Path) -> None:
    spool.append([metric(1)])
    shutil.rmtree(root)
    segment = spool.append([metric(2)], apart=True)
    assert [row[1] for row in spool.load(segment)] == [metric(2)[1]]
