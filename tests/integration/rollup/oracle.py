"""A full recount of prediction_logs in plain Python, to hold the roll-ups against.

Nothing here runs the code under test: rows come from `SELECT *`, bins from the JSON of `reference_profiles.layout`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from integration.rollup.profile_oracle import LARGEST, Moments, Profile, Record, count_profile, unpack_profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from driftgauge.jobs.options import RollupOptions

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
AHEAD = timedelta(minutes=5)
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Key = tuple[str, str, str]
Place = tuple[object, ...]


def select(connection: psycopg.Connection[Any], statement: str, *params: object) -> list[Record]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode(), params).fetchall()


@dataclass(kw_only=True)
class Traffic:
    """What traffic_rollups and traffic_totals should say of one bucket."""

    predictions: int = 0
    histogram: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    latency: Moments = field(default_factory=Moments)
    confidence: Moments = field(default_factory=Moments)
    times: list[datetime] = field(default_factory=list[datetime])

    def add(self, row: Record) -> None:
        self.predictions += 1
        self.times.append(row["timestamp"])
        seconds = row["latency_ms"] / 1000
        if 0 <= seconds <= LARGEST:
            self.histogram[bisect_left(BOUNDS, seconds)] += 1
            self.latency.add(seconds)
        self.confidence.add(row["confidence"])


def key_of(row: Record) -> Key:
    return row["model_name"], row["version"], row["environment"]


def floor(moment: datetime, width: timedelta) -> datetime:
    micro = timedelta(microseconds=1)
    since = (moment - EPOCH) // micro
    return EPOCH + (since - since % (width // micro)) * micro


def is_sane(row: Record, now: datetime) -> bool:
    return EPOCH <= row["timestamp"] <= now + AHEAD


def count_traffic(rows: Iterable[Record], bucket: timedelta | None) -> dict[Place, Traffic]:
    """Count by key, status and minute, or by key and status alone."""
    found: dict[Place, Traffic] = defaultdict(Traffic)
    for row in rows:
        place = (floor(row["timestamp"], bucket),) if bucket else ()
        found[*key_of(row), row["status"], *place].add(row)
    return dict(found)


def serving(key: Key, references: list[Record]) -> Record | None:
    """Return the active reference of the narrowest scope; automatic ones only where none was set."""
    model, version, environment = key
    scopes = [(version, environment), (version, None), (None, environment), (None, None)]
    for automatic in (False, True):
        for scope in scopes:
            for reference in references:
                place = reference["model_name"], reference["version"], reference["environment"]
                if place == (model, *scope) and (reference["source"] == "automatic") is automatic:
                    return reference
    return None


def close(left: float | None, right: float | None, scale: float = 0.0) -> bool:
    """Compare sums, whose parts may have been added in any order."""
    if left is None or right is None:
        return left is right
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9 * scale + 1e-12)


@dataclass(frozen=True, kw_only=True)
class Inexact:
    """A float, with the size of what was added for it in some order."""

    value: float | None
    added: float


def traffic_facts(traffic: Traffic) -> Record:
    """Return the columns that the traffic should have."""
    facts: Record = {
        "predictions": traffic.predictions,
        "latency_buckets": traffic.histogram,
        "confidence_count": len(traffic.confidence.values),
        "first_timestamp": min(traffic.times),
        "last_timestamp": max(traffic.times),
    }
    for subject, moments in (("latency", traffic.latency), ("confidence", traffic.confidence)):
        added = math.fsum(map(abs, moments.values))
        for name, fact in zip(("sum", "squares", "min", "max"), moments.facts(), strict=True):
            facts[f"{subject}_{name}"] = Inexact(value=fact, added=added)
    return facts


def compare_traffic(expected: dict[Place, Traffic], stored: dict[Place, Record]) -> list[str]:
    faults = [f"traffic {place}: only on one side" for place in expected.keys() ^ stored.keys()]
    for place in expected.keys() & stored.keys():
        have = stored[place]
        for column, fact in traffic_facts(expected[place]).items():
            if column not in have:
                continue
            value = have[column]
            same = close(fact.value, value, fact.added) if isinstance(fact, Inexact) else fact == value
            if not same:
                faults.append(f"traffic {place}: {column} is {value}, not {fact}")
    return faults


def compare_profiles(expected: dict[Place, Profile], stored: dict[Place, Profile]) -> list[str]:
    faults = [f"profile {place}: only on one side" for place in expected.keys() ^ stored.keys()]
    for place in expected.keys() & stored.keys():
        want, have = expected[place], stored[place]
        if want.rows != have.rows:
            faults.append(f"profile {place}: {have.rows} rows, not {want.rows}")
        for name, left in want.features.items():
            right = have.features[name]
            scale = math.sqrt(left.squares) + math.fsum(map(abs, left.sums))
            same = (
                left.counts == right.counts
                and left.gaps == right.gaps
                and all(close(a, b, scale) for a, b in zip(left.sums, right.sums, strict=True))
                and close(left.squares, right.squares)
                and (left.minimum, left.maximum) == (right.minimum, right.maximum)
            )
            if not same:
                faults.append(f"profile {place} {name!r}: {right}, not {left}")
    return faults


def recount(connection: psycopg.Connection[Any], options: RollupOptions) -> list[str]:
    """Return every difference between the roll-ups and a recount of the rows as they are now."""
    now = select(connection, "SELECT now() AS now")[0]["now"]
    rows = select(connection, "SELECT * FROM prediction_logs")
    sane = [row for row in rows if is_sane(row, now)]
    faults = [*_compare_watermark(connection, rows, sane)]
    minutes = select(connection, "SELECT * FROM traffic_rollups")
    totals = select(connection, "SELECT * FROM traffic_totals")
    by_minute: dict[Place, Record] = {(*key_of(r), r["status"], r["bucket_start"]): r for r in minutes}
    by_status: dict[Place, Record] = {(*key_of(r), r["status"]): r for r in totals}
    faults += compare_traffic(count_traffic(sane, options.bucket), by_minute)
    faults += compare_traffic(count_traffic(sane, None), by_status)
    return faults + _compare_profiles_of(connection, sane, options.profile_bucket)


def _compare_watermark(connection: psycopg.Connection[Any], rows: list[Record], sane: list[Record]) -> list[str]:
    marks = select(
        connection, "SELECT rows_processed, rows_quarantined, compacted_before FROM watermarks WHERE job = 'rollup'"
    )
    if not marks:
        return ["no watermark"]
    [mark] = marks
    faults: list[str] = []
    if mark["rows_processed"] != len(rows):
        faults.append(f"watermark: {mark['rows_processed']} rows processed, not {len(rows)}")
    if mark["rows_quarantined"] != len(rows) - len(sane):
        faults.append(f"watermark: {mark['rows_quarantined']} rows quarantined, not {len(rows) - len(sane)}")
    return faults


def _compare_profiles_of(
    connection: psycopg.Connection[Any], sane: list[Record], profile_bucket: timedelta
) -> list[str]:
    references = select(connection, "SELECT * FROM reference_profiles WHERE active")
    by_id: dict[object, Record] = {reference["reference_id"]: reference for reference in references}
    [mark] = select(
        connection, "SELECT rows_processed, rows_quarantined, compacted_before FROM watermarks WHERE job = 'rollup'"
    )
    parts: dict[Place, list[Record]] = defaultdict(list)
    for row in sane:
        reference = serving(key_of(row), references)
        if reference is not None:
            width = DAY if row["timestamp"] < mark["compacted_before"] else profile_bucket
            for segment in ["", *(name for name in reference["segments"] if name == row["segment"])]:
                parts[reference["reference_id"], *key_of(row), segment, floor(row["timestamp"], width), width].append(
                    row
                )
    expected = {place: count_profile(by_id[place[0]]["layout"], part) for place, part in parts.items()}
    stored: dict[Place, Profile] = {
        (row["reference_id"], *key_of(row), row["segment"], row["bucket_start"], row["bucket_width"]): unpack_profile(
            by_id[row["reference_id"]]["layout"], row["profile"]
        )
        for row in select(connection, "SELECT * FROM profile_rollups")
        if (reference := serving(key_of(row), references)) and reference["reference_id"] == row["reference_id"]
    }
    return compare_profiles(expected, stored)
