"""What one span of a source holds: its traffic by minute, its features on frozen bins, and a model's first rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.errors import BadSource
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.referencing import ReferenceRows
from driftgauge.jobs.statuses import Statuses, add_minutes, name_statuses
from driftgauge.model.bins import BinLayout
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import ReferenceSource
from driftgauge.model.segments import Part, with_wholes
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.traffic import summarise_traffic
from driftgauge.store.predictions import SliceGroup
from driftgauge.store.source_rollups import SpanTraffic
from driftgauge.store.source_rows import SourceRows
from driftgauge.store.source_table import SourceTable

MOST_MODELS: Final = 1_000
GROUPS_TOGETHER: Final = 100
DISTINCT_SHARE: Final = 0.5
"""A text that is another in more than this share of the rows tells them apart, and is no feature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """A source, how far back it is read again and at first, and every source that is configured beside."""

    table: SourceTable
    lookback: timedelta
    history: timedelta
    configured: frozenset[str]


def read_traffic(
    rows: SourceRows, table: SourceTable, span: TimeWindow, bucket: timedelta, statuses: Statuses
) -> SpanTraffic:
    """Summarise the traffic of a span, some minutes at once, by the statuses that models are counted by.

    Raises
    ------
    BadSource
        If there are so many models that the column cannot be one of models.
    """
    traffic = SpanTraffic()
    models: set[ModelKey] = set()
    for several in _together(rows.groups(span, bucket)):
        groups = name_statuses(several, statuses)
        summaries = summarise_traffic([group.latencies_ms for group in groups], [group.confidences for group in groups])
        add_minutes(traffic.minutes, groups, summaries)
        for group in groups:
            place = (group.key, group.status)
            first, last = traffic.times.get(place, (group.first_at, group.last_at))
            traffic.times[place] = (min(first, group.first_at), max(last, group.last_at))
            models.add(group.key)
        if len(models) > MOST_MODELS:
            raise BadSource(
                f"source {table.name}: more than {MOST_MODELS:,} models; "
                f"name columns that tell models apart, not rows: {_label_columns(table)}"
            )
    return traffic


def read_profiles(
    rows: SourceRows, key: ModelKey, span: TimeWindow, *, count: int, layout: BinLayout, segments: Sequence[str]
) -> dict[ModelKey, ModelProfile]:
    """Count the features of a model's `count` rows in a span on a layout, and those of each segment with rows there.

    Columns that are gone count as missing; where all are, nothing is known of segments.
    """
    kinds = {name: kind for name, kind in layout.kinds.items() if name in rows.kinds}
    if not kinds:
        return {key: profile_batch(layout, FeatureBatch(rows=count))}
    parts: dict[ModelKey, ModelProfile] = {}
    for part in (key, *map(key.of_segment, segments)):
        batches = rows.features(part, span, kinds.keys(), segments).read(kinds)
        profile = ModelProfile.merged(layout, (profile_batch(layout, batch) for batch in batches))
        if profile.rows:
            parts[part] = profile
    return with_wholes(layout, parts)


def read_first_rows(
    rows: SourceRows, table: SourceTable, key: ModelKey, *, since: datetime, count: int, options: RollupOptions
) -> ReferenceRows | None:
    """Read a model's first `count` rows for a reference; None if there are not as many yet, or no features."""
    own = options.of_model(key.model)
    kinds = {name: kind for name, kind in own.decide(rows.kinds).items() if name in rows.kinds}
    found = rows.first_rows(key, TimeWindow(start=since, end=rows.now), count)
    if not kinds or found.rows < count or found.first_at is None or found.last_at is None:
        return None
    window = TimeWindow(start=found.first_at, end=found.last_at + timedelta(microseconds=1))
    batches: dict[Part, list[FeatureBatch]] = {}
    segments = rows.segments(key, window, most=own.segments, least_rows=own.segment_rows)
    start = floor_to(window.start, options.profile_bucket)
    while start < window.end:
        end = start + options.profile_bucket
        span = TimeWindow(start=max(start, window.start), end=min(end, window.end))
        for segment in ("", *segments):
            read = list(rows.features(key.of_segment(segment), span, kinds.keys(), segments).read(kinds))
            if read:
                batches[Part(start, segment)] = read
        start = end
    return ReferenceRows(
        source=ReferenceSource.AUTOMATIC,
        description=f"source {table.name}: rows from {window.start.isoformat()} to {window.end.isoformat()}",
        bucket=options.profile_bucket,
        batches=batches if table.features else _without_identifiers(batches, own),
        window=window,
        reconstructed=own.reconstructed,
    )


def _without_identifiers(
    batches: Mapping[Part, list[FeatureBatch]], own: FeatureOptions
) -> dict[Part, list[FeatureBatch]]:
    """Leave out texts that nobody has named as features and that hardly ever come twice."""
    joined = FeatureBatch.joined([batch for read in batches.values() for batch in read])
    identifiers = {
        name
        for name, counted in joined.categories.items()
        if name not in own.kinds and len(counted) > DISTINCT_SHARE * max(counted.total(), 1)
    }
    return {
        part: [
            FeatureBatch(
                rows=batch.rows,
                numeric=batch.numeric,
                categories={name: counted for name, counted in batch.categories.items() if name not in identifiers},
                invalid=batch.invalid,
            )
            for batch in read
        ]
        for part, read in batches.items()
    }


def _together(groups: Iterator[SliceGroup]) -> Iterator[list[SliceGroup]]:
    held: list[SliceGroup] = []
    for group in groups:
        held.append(group)
        if len(held) == GROUPS_TOGETHER:
            yield held
            held = []
    if held:
        yield held


def _label_columns(table: SourceTable) -> str:
    labels = {"model": table.model, "version": table.version, "environment": table.environment}
    return ", ".join(f"{name}_column {label.column!r}" for name, label in labels.items() if label.column)
