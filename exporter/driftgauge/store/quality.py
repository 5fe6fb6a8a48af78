"""What checks of data quality read and write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow
from driftgauge.quality.check import QualityVerdict
from driftgauge.quality.distinct import DISTINCT, SIZES, DistinctCount
from driftgauge.quality.repeats import REPEATS, RepeatCount
from driftgauge.quality.silence import STALENESS, Gap
from driftgauge.store.execute import Connection, execute_many, fetch_all, fetch_one

MOST_BUCKETS: Final = 2_000
"""Buckets before that a text is judged by: all of four weeks where they are as long as twenty minutes."""

FEATURELESS: Final = ""
"""The feature that a check of rows is written with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Since when a model has predictions in a span, its longest gaps there, and when it was silent for too long."""

    first_at: datetime
    gaps: tuple[Gap, ...]
    faulty: tuple[datetime, ...]


def count_repeats(connection: Connection, key: ModelKey, window: TimeWindow, *, most: int) -> RepeatCount:
    """Count, of the newest `most` rows of a model in a window, those that repeat another."""
    row = fetch_one(
        connection,
        "quality/count_repeats",
        **_of(key),
        window_start=window.start,
        window_end=window.end,
        most=most,
    )
    assert row is not None  # noqa: S101 - an aggregate has its one row
    return RepeatCount(repeats=row.repeats, rows=row.rows)


def read_repeats(connection: Connection, key: ModelKey, like: RepeatCount, *, over: TimeWindow) -> list[RepeatCount]:
    """Return the counts of the sound buckets that end in `over` and have half to twice as many rows as `like`."""
    rows = _read_history(
        connection, key, REPEATS, {FEATURELESS: ((like.rows + 1) // 2, 2 * like.rows)}, over=over, buckets=None
    )
    return [RepeatCount(repeats=row.found, rows=row.rows) for row in rows]


def count_distinct(
    connection: Connection, key: ModelKey, window: TimeWindow, texts: Sequence[str], *, most: int
) -> dict[str, list[DistinctCount]]:
    """Count the distinct values of texts among the newest `most` rows of a model in a window, by text.

    Each is counted among as many of its newest values as each of `SIZES` says, in this order, or among all where they
    are fewer than any. A text without a value is left out.
    """
    found: dict[str, list[DistinctCount]] = {}
    for row in fetch_all(
        connection,
        "quality/count_distinct",
        **_of(key),
        window_start=window.start,
        window_end=window.end,
        most=most,
        feature_names=list(texts),
        sizes=list(SIZES),
    ):
        found.setdefault(row.feature_name, []).append(DistinctCount(distinct=row.distinct_values, rows=row.rows))
    return found


def read_distinct(
    connection: Connection, key: ModelKey, current: Mapping[str, Sequence[DistinctCount]], *, over: TimeWindow
) -> dict[str, list[DistinctCount]]:
    """Return, by text, the counts of the newest sound buckets that end in `over` and have no more rows than its own."""
    sizes = {text: (counts[0].rows, counts[-1].rows) for text, counts in current.items()}
    found: dict[str, list[DistinctCount]] = {text: [] for text in current}
    for row in _read_history(connection, key, DISTINCT, sizes, over=over, buckets=MOST_BUCKETS):
        found[row.feature_name].append(DistinctCount(distinct=row.found, rows=row.rows))
    return found


def _read_history(
    connection: Connection,
    key: ModelKey,
    check: str,
    sizes: Mapping[str, tuple[int, int]],
    *,
    over: TimeWindow,
    buckets: int | None,
) -> list[Any]:
    return fetch_all(
        connection,
        "quality/read_history",
        **_of(key),
        check_name=check,
        feature_names=list(sizes),
        least_rows=[least for least, _ in sizes.values()],
        most_rows=[most for _, most in sizes.values()],
        since=over.start,
        before=over.end,
        buckets=buckets,
    )


def read_rhythm(connection: Connection, key: ModelKey, *, since: datetime, longest: int) -> Rhythm | None:
    """Return the rhythm of a model since a moment, with its `longest` longest gaps; None if it has no predictions."""
    rows = fetch_all(connection, "quality/read_gaps", **_of(key), since=since, longest=longest)
    if not rows:
        return None
    silences = fetch_all(connection, "quality/read_silences", **_of(key), check_name=STALENESS, since=since)
    return Rhythm(
        first_at=rows[0].first_at,
        gaps=tuple(Gap(start=row.gap_start, end=row.gap_end) for row in rows if row.gap_start is not None),
        faulty=tuple(row.found_at for row in silences),
    )


def write_quality(
    connection: Connection, key: ModelKey, window: TimeWindow, verdicts: tuple[QualityVerdict, ...]
) -> None:
    """Write a row a check, in place of those of an earlier look at the window."""
    execute_many(
        connection,
        "quality/write_result",
        [
            _of(key)
            | {
                "check_name": verdict.check,
                "feature_name": FEATURELESS if verdict.feature is None else verdict.feature,
                "verdict": verdict.verdict.value,
                "reason": verdict.reason,
                "value": verdict.value,
                "expected": verdict.expected,
                "threshold": verdict.threshold,
                "rows": verdict.rows,
                "window_start": window.start,
                "window_end": window.end,
            }
            for verdict in verdicts
        ],
    )


def _of(key: ModelKey) -> dict[str, object]:
    return {"model_name": key.model, "version": key.version, "environment": key.environment}
