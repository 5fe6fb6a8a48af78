"""What checks of data quality read and write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow
from driftgauge.quality.check import QualityVerdict
from driftgauge.quality.repeats import REPEATS, RepeatCount
from driftgauge.quality.silence import STALENESS, Gap
from driftgauge.store.execute import Connection, execute_many, fetch_all, fetch_one


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


def read_repeats(connection: Connection, key: ModelKey, *, since: datetime, before: datetime) -> list[RepeatCount]:
    """Return the counts of the sound buckets that end after `since` and before `before`."""
    rows = fetch_all(connection, "quality/read_repeats", **_of(key), check_name=REPEATS, since=since, before=before)
    return [RepeatCount(repeats=row.repeats, rows=row.rows) for row in rows]


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
