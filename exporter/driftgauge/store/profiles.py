"""Profile roll-ups: one row a model or segment, reference and bucket; a window is the sum of its rows.

Those of features and those of attributions are kept alike, each by the queries of a room of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Any, Final

from driftgauge.model.bins import BinLayout
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import TimeWindow
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all, stream
from driftgauge.store.profile_codec import decode_profile, encode_profile
from driftgauge.store.references import Layouts, series_of

DAY = timedelta(days=1)
FEATURES: Final = "profiles"
ATTRIBUTIONS: Final = "attributions"
PROFILES_TOGETHER: Final = 200  # in memory: one of 25 features takes some 80 kB


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ProfileBucket:
    """Where a profile is kept."""

    reference_id: int
    key: ModelKey
    start: datetime
    width: timedelta

    @property
    def whole(self) -> ProfileBucket:
        """Where the profile of all of the model's rows is kept."""
        return replace(self, key=self.key.whole)


def add_profiles(
    connection: Connection,
    layouts: Layouts,
    additions: Mapping[ProfileBucket, ModelProfile],
    *,
    changed_seq: int,
    room: str = FEATURES,
) -> None:
    """Add profiles to their buckets. The caller holds the roll-up lock, so nobody else writes them meanwhile."""
    buckets = iter(sorted(additions))
    while some := list(islice(buckets, PROFILES_TOGETHER)):
        merged = _merged(connection, layouts, some, additions, room)
        write_profiles(connection, merged, changed_seq=changed_seq, room=room)


def _merged(
    connection: Connection,
    layouts: Layouts,
    buckets: Sequence[ProfileBucket],
    additions: Mapping[ProfileBucket, ModelProfile],
    room: str,
) -> dict[ProfileBucket, ModelProfile]:
    """Return some of the additions together with what their buckets have."""
    kept = fetch_all(
        connection,
        f"{room}/read_buckets",
        reference_ids=[bucket.reference_id for bucket in buckets],
        model_names=[bucket.key.model for bucket in buckets],
        versions=[bucket.key.version for bucket in buckets],
        environments=[bucket.key.environment for bucket in buckets],
        segments=[bucket.key.segment for bucket in buckets],
        starts=[bucket.start for bucket in buckets],
        widths=[bucket.width for bucket in buckets],
    )
    merged = {bucket: additions[bucket] for bucket in buckets}
    for row in kept:
        bucket = buckets[int(row.place) - 1]
        layout = layouts.of(connection, bucket.reference_id)
        merged[bucket] = ModelProfile.merged(layout, (decode_profile(layout, row.profile), additions[bucket]))
    return merged


def write_profiles(
    connection: Connection,
    profiles: Mapping[ProfileBucket, ModelProfile],
    *,
    changed_seq: int,
    room: str = FEATURES,
) -> None:
    """Put profiles in place of what their buckets have. The caller holds the roll-up lock."""
    rows = [_row(bucket, profiles[bucket], changed_seq) for bucket in sorted(profiles)]
    execute_many(connection, f"{room}/write_bucket", rows)


def read_window(
    connection: Connection,
    layout: BinLayout,
    *,
    reference_id: int,
    key: ModelKey,
    window: TimeWindow,
    room: str = FEATURES,
) -> ProfileSeries:
    """Return the buckets that lie in `window`.

    Whole days in a long window are single rows, so the cost hardly grows with its length.
    """
    rows = fetch_all(
        connection,
        f"{room}/read_window",
        reference_id=reference_id,
        model_name=key.model,
        version=key.version,
        environment=key.environment,
        segment=key.segment,
        window_start=window.start,
        window_end=window.end,
    )
    return series_of(layout, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What tells one state of a model's profiles from another."""

    changed_seq: int
    rows: int


def read_changes(
    connection: Connection, *, since: datetime, room: str = FEATURES
) -> dict[tuple[ModelKey, int], Change]:
    """Return the state of each model's profiles by reference, over buckets that start at or after `since`."""
    return {
        (
            ModelKey(model=row.model_name, version=row.version, environment=row.environment, segment=row.segment),
            int(row.reference_id),
        ): Change(changed_seq=row.changed_seq, rows=row.rows)
        for row in fetch_all(connection, f"{room}/read_changes", since=since)
    }


def compact_days(connection: Connection, layouts: Layouts, *, before: datetime, room: str = FEATURES) -> int:
    """Merge the buckets of whole days before `before` into a row a day; return how many days were made.

    Few of them are in memory at a time: those of a fleet take more than there is.

    The caller holds the lock of the roll-ups; from now on rows of those days are counted in the day at once.
    """
    days = 0
    with closing(stream(connection, f"{room}/read_fine_buckets", chunk=PROFILES_TOGETHER, before=before)) as fine:
        merged = (_merged_day(connection, layouts, day, buckets) for day, buckets in groupby(fine, _day_of))
        while some := list(islice(merged, PROFILES_TOGETHER)):
            changed_seq = max(changed for _, _, changed in some)
            additions = {day: profile for day, profile, _ in some}
            add_profiles(connection, layouts, additions, changed_seq=changed_seq, room=room)
            days += len(some)
    execute(connection, f"{room}/delete_fine_buckets", before=before)
    execute(connection, f"{room}/record_compaction", before=before)
    return days


def _merged_day(
    connection: Connection, layouts: Layouts, day: ProfileBucket, buckets: Iterable[Any]
) -> tuple[ProfileBucket, ModelProfile, int]:
    """Return a day, the sum of its buckets, which are rows of read_fine_buckets, and the latest change of any."""
    layout = layouts.of(connection, day.reference_id)
    changes: list[int] = []

    def profiles() -> Iterator[ModelProfile]:
        for bucket in buckets:
            changes.append(bucket.changed_seq)
            yield decode_profile(layout, bucket.profile)

    return day, ModelProfile.merged(layout, profiles()), max(changes)


def _day_of(row: Any) -> ProfileBucket:  # noqa: ANN401 - a row of read_fine_buckets
    key = ModelKey(model=row.model_name, version=row.version, environment=row.environment, segment=row.segment)
    return ProfileBucket(reference_id=row.reference_id, key=key, start=row.day, width=DAY)


def bucket_params(bucket: ProfileBucket) -> dict[str, object]:
    """Return where a profile is kept, as queries take it."""
    return {
        "reference_id": bucket.reference_id,
        "model_name": bucket.key.model,
        "version": bucket.key.version,
        "environment": bucket.key.environment,
        "segment": bucket.key.segment,
        "bucket_start": bucket.start,
        "bucket_width": bucket.width,
    }


def _row(bucket: ProfileBucket, profile: ModelProfile, changed_seq: int) -> dict[str, object]:
    return bucket_params(bucket) | {
        "rows": profile.rows,
        "profile": encode_profile(profile),
        "changed_seq": changed_seq,
    }
