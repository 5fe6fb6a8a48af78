"""How counts are written: compact bytes that are read back as they were, whatever the task.

A byte says the format and the task. Whole numbers follow sparsely: how many are not 0 (uint32), how wide they are (a
byte), their places (uint16, uint32 in long arrays) and themselves. An exact sum is its power of two (uint16), its
length in bytes (uint16) and the rest. All is little-endian; a cohort of few rows takes few bytes. What is stored was
counted on today's bins of scores: other bins would be another format. Several classes have two formats, one with
confidences, and one without, in which counts of no confidence are written, as all were once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

import numpy as np
import orjson

from driftgauge.model.bins import IntArray
from driftgauge.performance.binary import BinaryCounts
from driftgauge.performance.multiclass import MulticlassCounts
from driftgauge.performance.regression import RegressionCounts, Sum
from driftgauge.performance.score_bins import BINS, CONFIDENCE_BINS
from driftgauge.performance.unlabelled import ConfidenceCounts, ScoreCounts

Counts = BinaryCounts | MulticlassCounts | RegressionCounts
Asked = ScoreCounts | ConfidenceCounts
BINARY, MULTICLASS, REGRESSION, SCORES, CONFIDENT, CONFIDENCES = 1, 2, 3, 4, 5, 6  # the first byte
SPARSE: Final = struct.Struct("<IB")
LENGTH: Final = struct.Struct("<I")
EXACT: Final = struct.Struct("<HH")
LONG: Final = 1 << 16
WIDTHS: Final = (1, 2, 4, 8)


def encode(counts: Counts | Asked) -> bytes:
    """Return the counts' bytes.

    Examples
    --------
    >>> from driftgauge.performance.binary import count_binary
    >>> len(encode(count_binary([1, 0], [1, 0], [0.9, 0.2])))
    91
    """
    if isinstance(counts, BinaryCounts):
        arrays = (_sparse(counts.rows), _sparse(counts.offsets), _sparse(counts.squares))
        return b"".join((bytes([BINARY]), *arrays, _exact(counts.losses)))
    if isinstance(counts, ScoreCounts):
        return b"".join((bytes([SCORES]), _sparse(counts.rows), _sparse(counts.offsets)))
    if isinstance(counts, MulticlassCounts):
        names = orjson.dumps(counts.classes)
        whole = _sparse(np.append(counts.confusion.ravel(), counts.other_right))
        rest = _sparse(counts.confident) if counts.confident.any() else b""
        return b"".join((bytes([CONFIDENT if rest else MULTICLASS]), LENGTH.pack(len(names)), names, whole, rest))
    if isinstance(counts, ConfidenceCounts):
        return b"".join((bytes([CONFIDENCES]), LENGTH.pack(len(counts.rows)), _sparse(counts.rows)))
    whole = np.array([counts.n, counts.relative, counts.logarithmic, counts.unusable], dtype=np.int64)
    return b"".join((bytes([REGRESSION]), _sparse(whole), _exact(counts.totals)))


def decode(data: bytes) -> Counts | Asked:
    """Return the counts that `encode` wrote.

    Raises
    ------
    ValueError
        If the data is not what `encode` writes.

    Examples
    --------
    >>> from driftgauge.performance.regression import count_regression
    >>> decode(encode(count_regression([1.0], [2.0]))).n
    1
    """
    try:
        reader = _Reader(data)
        counts = reader.counts()
    except (struct.error, IndexError) as error:
        raise ValueError(f"{len(data)} bytes are no counts") from error
    if reader.place != len(data):
        raise ValueError(f"{len(data) - reader.place} bytes follow the counts")
    return counts


class _Reader:
    """Reads one part after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 1

    def counts(self) -> Counts | Asked:
        form = self._data[0]
        if form == BINARY:
            rows, offsets = self._whole(4 * (BINS + 1)), self._whole(4 * BINS)
            return BinaryCounts(
                rows=rows.reshape(2, 2, BINS + 1),
                offsets=offsets.reshape(2, 2, BINS),
                squares=self._whole(BINS),
                losses=self._exact(4),
            )
        if form == SCORES:
            rows, offsets = self._whole(2 * (BINS + 1)), self._whole(2 * BINS)
            return ScoreCounts(rows=rows.reshape(2, BINS + 1), offsets=offsets.reshape(2, BINS))
        if form in (MULTICLASS, CONFIDENT):
            classes: list[str] = orjson.loads(self._bytes(self._length()))
            size, cells = len(classes) + 1, 2 * (len(classes) + 1) * CONFIDENCE_BINS
            whole = self._whole(size * size + 1)
            confident = self._whole(cells) if form == CONFIDENT else np.zeros(cells, dtype=np.int64)
            return MulticlassCounts(
                classes=tuple(classes),
                confusion=whole[:-1].reshape(size, size),
                other_right=int(whole[-1]),
                confident=confident.reshape(2, size, CONFIDENCE_BINS),
            )
        if form == CONFIDENCES:
            size = self._length()
            return ConfidenceCounts(rows=self._whole(size * CONFIDENCE_BINS).reshape(size, CONFIDENCE_BINS))
        if form == REGRESSION:
            n, relative, logarithmic, unusable = self._whole(4).tolist()
            return RegressionCounts(
                n=n, relative=relative, logarithmic=logarithmic, unusable=unusable, totals=self._exact(len(Sum))
            )
        raise ValueError(f"unknown format {form} of counts")

    def _bytes(self, length: int) -> bytes:
        start, self.place = self.place, self.place + length
        if self.place > len(self._data):
            raise IndexError(self.place)
        return self._data[start : self.place]

    def _length(self) -> int:
        return int(LENGTH.unpack(self._bytes(LENGTH.size))[0])

    def _whole(self, size: int) -> IntArray:
        filled, width = SPARSE.unpack(self._bytes(SPARSE.size))
        short = _place_type(size)
        places = np.frombuffer(self._bytes(short.itemsize * filled), dtype=short)
        whole = np.zeros(size, dtype=np.int64)
        whole[places] = np.frombuffer(self._bytes(width * filled), dtype=f"<i{width}")
        return whole

    def _exact(self, size: int) -> tuple[int, ...]:
        return tuple(self._number() for _ in range(size))

    def _number(self) -> int:
        shift, length = EXACT.unpack(self._bytes(EXACT.size))
        return int.from_bytes(self._bytes(length), "little", signed=True) << shift


def _exact(sums: Iterable[int]) -> bytes:
    return b"".join(_number(sum_) for sum_ in sums)


def _number(sum_: int) -> bytes:
    shift = (sum_ & -sum_).bit_length() - 1 if sum_ else 0  # zeros at its end
    rest = sum_ >> shift
    length = rest.bit_length() // 8 + 1
    return EXACT.pack(shift, length) + rest.to_bytes(length, "little", signed=True)


def _sparse(whole: IntArray) -> bytes:
    flat = whole.ravel()
    places = np.flatnonzero(flat)
    values = flat[places]
    largest = int(np.abs(values).max(initial=0))
    width = next(width for width in WIDTHS if largest < 1 << (8 * width - 1))
    short = _place_type(flat.size)
    return SPARSE.pack(places.size, width) + places.astype(short).tobytes() + values.astype(f"<i{width}").tobytes()


def _place_type(size: int) -> np.dtype[np.uint16] | np.dtype[np.uint32]:
    return np.dtype("<u2") if size <= LONG else np.dtype("<u4")
