"""Profiles recounted in plain Python, and stored ones unpacked by struct as profile_codec documents their format."""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

LARGEST = 1e150
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**64 - 1  # beyond them JSON numbers are floats

Record = dict[str, Any]


@dataclass(kw_only=True)
class Moments:
    """Finite values of some rows."""

    values: list[float] = field(default_factory=list[float])

    def add(self, value: float | None) -> None:
        if value is not None and abs(value) <= LARGEST:  # False for NaN
            self.values.append(value)

    def facts(self, center: float = 0.0) -> list[float | None]:
        return [
            math.fsum(self.values),
            math.fsum((value - center) ** 2 for value in self.values),
            min(self.values, default=None),
            max(self.values, default=None),
        ]


@dataclass(kw_only=True)
class Feature:
    """What a profile should say of one feature."""

    counts: list[int]
    sums: list[float]
    gaps: list[int]
    squares: float
    minimum: float
    maximum: float


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a row of profile_rollups should say, or does."""

    rows: int
    features: dict[str, Feature]


def category(value: object) -> str | None:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() if not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            return category(number(value))
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case _:
            return None


def number(value: object) -> float | None:
    if not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def count_feature(bins: Record, values: list[object]) -> Feature:
    """Count the values of one feature, missing keys given as None."""
    present = [value for value in values if value is not None]
    missing = len(values) - len(present)
    if bins["kind"] == "numeric":
        edges = [float(edge) for edge in bins["edges"]]
        numbers = [number(value) for value in present]
        moments = Moments()
        in_slot = [Moments() for _ in range(len(edges) + 1)]
        for value in numbers:
            moments.add(value)
            if value is not None and abs(value) <= LARGEST:
                in_slot[bisect_right(edges, value)].add(value)
        invalid = sum(value is None for value in numbers)
        _, squares, minimum, maximum = moments.facts(bins["center"])
        return Feature(
            counts=[len(slot.values) for slot in in_slot],
            sums=[math.fsum(slot.values) for slot in in_slot],
            gaps=[missing, len(numbers) - invalid - len(moments.values), invalid],
            squares=squares or 0.0,
            minimum=math.inf if minimum is None else minimum,
            maximum=-math.inf if maximum is None else maximum,
        )
    names: list[str] = bins["categories"]
    slots = len(names) + 2
    counts = [0] * slots
    invalid = 0
    for value in present:
        name = category(value)
        if name is None:
            invalid += 1
        elif name in names:
            counts[names.index(name)] += 1
        else:
            counts[slots - 2 if name in bins["rare"] or bins["overflowed"] else slots - 1] += 1
    return Feature(
        counts=counts,
        sums=[0.0] * slots,
        gaps=[missing, 0, invalid],
        squares=0.0,
        minimum=math.inf,
        maximum=-math.inf,
    )


def count_profile(layout: Record, rows: list[Record]) -> Profile:
    return Profile(
        rows=len(rows),
        features={
            name: count_feature(bins, [row["features"].get(name) for row in rows]) for name, bins in layout.items()
        },
    )


def unpack_profile(layout: Record, data: bytes) -> Profile:
    """Read what profile_codec writes."""
    widths = {
        name: len(bins["edges"]) + 1 if bins["kind"] == "numeric" else len(bins["categories"]) + 2
        for name, bins in sorted(layout.items())
    }
    slots = sum(widths.values())
    form, rows = struct.unpack_from("<BQ", data)
    count = {1: "<I", 2: "<Q"}[form]
    place = 9
    packed = data[place : place + (slots + 7) // 8]
    place += len(packed)
    occupied = [slot for slot in range(slots) if packed[slot // 8] >> (7 - slot % 8) & 1]
    summed: set[int] = set()
    start = 0
    for name, width in widths.items():
        if layout[name]["kind"] == "numeric":
            summed |= set(range(start, start + width))
        start += width
    counts, sums = [0] * slots, [0.0] * slots
    for slot in occupied:
        (counts[slot],) = struct.unpack_from(count, data, place)
        place += struct.calcsize(count)
    for slot in occupied:
        if slot in summed:
            (sums[slot],) = struct.unpack_from("<d", data, place)
            place += 8
    gaps = struct.unpack_from(f"<{3 * len(widths)}q", data, place)
    place += 24 * len(widths)
    moments = struct.unpack_from(f"<{3 * len(widths)}d", data, place)
    assert place + 24 * len(widths) == len(data)
    features: dict[str, Feature] = {}
    start = 0
    for position, (name, width) in enumerate(widths.items()):
        squares, minimum, maximum = moments[3 * position : 3 * position + 3]
        features[name] = Feature(
            counts=counts[start : start + width],
            sums=sums[start : start + width],
            gaps=list(gaps[3 * position : 3 * position + 3]),
            squares=squares,
            minimum=minimum,
            maximum=maximum,
        )
        start += width
    return Profile(rows=rows, features=features)
