"""Put what a source has in a span in place of what the roll-ups have; totals only grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.traffic import LATENCY_BOUNDS, TrafficSummary
from driftgauge.model.window import TimeWindow
from driftgauge.store.execute import Connection, execute_many, execute_rows, fetch_all
from driftgauge.store.keys import key_of
from driftgauge.store.profile_codec import encode_profile
from driftgauge.store.profiles import ProfileBucket, bucket_params, write_profiles
from driftgauge.store.traffic import TrafficBucket, TrafficTotal, add_totals, minute_params, place_params


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanTraffic:
    """The traffic of a span by minute, and the first and last event time (epoch seconds) of each model and status."""

    minutes: dict[TrafficBucket, TrafficSummary] = field(default_factory=dict[TrafficBucket, TrafficSummary])
    times: dict[tuple[ModelKey, str], tuple[float, float]] = field(
        default_factory=dict[tuple[ModelKey, str], tuple[float, float]]
    )

    @property
    def rows(self) -> Counter[ModelKey]:
        """How many rows each model has."""
        return _rows(self.minutes)

    def without(self, keys: Container[ModelKey]) -> SpanTraffic:
        """Return the traffic of all models but some."""
        return SpanTraffic(
            minutes={bucket: summary for bucket, summary in self.minutes.items() if bucket.key not in keys},
            times={place: times for place, times in self.times.items() if place[0] not in keys},
        )


def replace_traffic(
    connection: Connection, source: str, span: TimeWindow, fresh: SpanTraffic, *, settled: bool
) -> Counter[ModelKey]:
    """Replace the minutes of a span; return by how many rows each model has grown.

    A total grows by as much as the span's sum did, and never falls: a row that goes and comes back counts again. Of a
    `settled` span, a model that has fewer rows than before is left alone: its owner has begun to delete them.
    The caller holds the roll-up lock.
    """
    kept = _read_traffic(connection, source, span)
    rows, before = fresh.rows, _rows(kept)
    fewer = {key for key in before if rows[key] < before[key]} if settled else set[ModelKey]()
    minutes = {bucket: summary for bucket, summary in fresh.minutes.items() if bucket.key not in fewer}
    execute_rows(
        connection,
        "source/write_traffic",
        [minute_params(bucket, summary) for bucket, summary in minutes.items() if kept.get(bucket) != summary],
    )
    execute_many(
        connection,
        "source/delete_traffic",
        [place_params(bucket) for bucket in kept if bucket not in minutes and bucket.key not in fewer],
    )
    added, removed = _sums(minutes), _sums({bucket: kept[bucket] for bucket in kept if bucket.key not in fewer})
    growth = [_growth(place, added[place], removed.get(place), fresh.times[place]) for place in sorted(added)]
    add_totals(connection, [total for total in growth if total.predictions or any(total.latency_buckets)])
    return Counter({key: rows[key] - before[key] for key in rows if rows[key] > before[key]})


def replace_profiles(
    connection: Connection,
    source: str,
    span: TimeWindow,
    fresh: Mapping[ProfileBucket, ModelProfile],
    *,
    serving: Mapping[ModelKey, int],
    changed_seq: int,
    settled: bool,
) -> None:
    """Replace one bucket's profiles on the references that serve; what is the same already is not written.

    Of a `settled` bucket, a model with fewer rows than before is left alone, and so are its segments. The caller holds
    the roll-up lock.
    """
    kept = {
        ProfileBucket(
            reference_id=row.reference_id,
            key=ModelKey(model=row.model_name, version=row.version, environment=row.environment, segment=row.segment),
            start=span.start,
            width=span.width,
        ): (row.rows, row.profile)
        for row in fetch_all(
            connection, "source/read_profiles", source=source, bucket_start=span.start, bucket_width=span.width
        )
    }
    fewer = {
        bucket
        for bucket, (rows, _) in kept.items()
        if settled and not bucket.key.segment and rows > (fresh[bucket].rows if bucket in fresh else 0)
    }
    changed = {
        bucket: profile
        for bucket, profile in fresh.items()
        if bucket.whole not in fewer and (bucket not in kept or kept[bucket][1] != encode_profile(profile))
    }
    write_profiles(connection, changed, changed_seq=changed_seq)
    gone = [
        bucket
        for bucket in kept
        if bucket not in fresh and bucket.whole not in fewer and serving.get(bucket.key.whole) == bucket.reference_id
    ]
    execute_many(connection, "source/delete_profile", [bucket_params(bucket) for bucket in gone])


def count_kept(
    connection: Connection, source: str, span: TimeWindow, bucket: timedelta
) -> dict[tuple[ModelKey, int], int]:
    """Return how many rows of each model of a source are in each bucket (epoch seconds) of the roll-ups."""
    return {
        (key_of(row), row.bucket): row.predictions
        for row in fetch_all(
            connection,
            "source/count_traffic",
            source=source,
            span_start=span.start,
            span_end=span.end,
            bucket_seconds=int(bucket.total_seconds()),
        )
    }


@dataclass(slots=True, kw_only=True)
class _Sum:
    predictions: int = 0
    latency_buckets: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS) + 1))
    latency_sum: float = 0.0


def _sums(minutes: Mapping[TrafficBucket, TrafficSummary]) -> dict[tuple[ModelKey, str], _Sum]:
    sums: dict[tuple[ModelKey, str], _Sum] = {}
    for bucket, summary in minutes.items():
        total = sums.setdefault((bucket.key, bucket.status), _Sum())
        total.predictions += summary.predictions
        total.latency_sum += summary.latency_sum
        for slot, count in enumerate(summary.latency_buckets):
            total.latency_buckets[slot] += count
    return sums


def _growth(place: tuple[ModelKey, str], new: _Sum, old: _Sum | None, times: tuple[float, float]) -> TrafficTotal:
    old = old or _Sum()
    slots = zip(new.latency_buckets, old.latency_buckets, strict=True)
    return TrafficTotal(
        key=place[0],
        status=place[1],
        predictions=max(new.predictions - old.predictions, 0),
        latency_buckets=tuple(max(after - before, 0) for after, before in slots),
        latency_sum=max(new.latency_sum - old.latency_sum, 0.0),
        first_at=times[0],
        last_at=times[1],
    )


def _rows(minutes: Mapping[TrafficBucket, TrafficSummary]) -> Counter[ModelKey]:
    rows: Counter[ModelKey] = Counter()
    for bucket, summary in minutes.items():
        rows[bucket.key] += summary.predictions
    return rows


def _read_traffic(connection: Connection, source: str, span: TimeWindow) -> dict[TrafficBucket, TrafficSummary]:
    return {
        TrafficBucket(
            key=key_of(row),
            status=row.status,
            start=row.bucket_start,
        ): TrafficSummary(
            predictions=row.predictions,
            latency_buckets=tuple(row.latency_buckets),
            latency_sum=row.latency_sum,
            latency_squares=row.latency_squares,
            latency_min=row.latency_min,
            latency_max=row.latency_max,
            confidence_count=row.confidence_count,
            confidence_sum=row.confidence_sum,
            confidence_squares=row.confidence_squares,
            confidence_min=row.confidence_min,
            confidence_max=row.confidence_max,
        )
        for row in fetch_all(connection, "source/read_traffic", source=source, span_start=span.start, span_end=span.end)
    }
