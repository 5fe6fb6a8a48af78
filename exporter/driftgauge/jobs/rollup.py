"""Roll up new predictions: each row is read once, into traffic by minute and profiles by bucket."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from driftgauge.jobs.finality import Finality
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.profiler import Profiler
from driftgauge.jobs.referencing import freeze_automatic
from driftgauge.jobs.statuses import add_minutes, name_statuses
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import reference_for
from driftgauge.model.traffic import LATENCY_BOUNDS, TrafficSummary
from driftgauge.profiling.traffic import summarise_traffic
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.horizon import PREDICTIONS, Holder, read_mark
from driftgauge.store.predictions import SliceGroup, SliceTooLarge, read_slice
from driftgauge.store.profiles import PROFILES_TOGETHER, ProfileBucket, add_profiles
from driftgauge.store.references import Layouts, read_references
from driftgauge.store.traffic import TrafficBucket, TrafficTotal, add_totals, add_traffic, read_statuses, read_totals
from driftgauge.store.watermarks import Watermark, advance_watermark, complete_horizon, lock_watermark, try_rollup_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupReport:
    """What one run did: `held_by` names the writer that held it up, `skipped` says that another exporter was at it."""

    rows: int = 0
    slices: int = 0
    held_by: Holder | None = None
    behind: bool = False
    skipped: bool = False


class Rollup:
    """The roll-up of prediction_logs; keeps the horizon that it waits for between runs."""

    def __init__(
        self,
        database: Database,
        options: RollupOptions,
        pause: Callable[[float], None],
        layouts: Layouts | None = None,
    ) -> None:
        """Take what it works with; `pause` sleeps for some seconds, `layouts` may be shared with others."""
        self._database = database
        self.options = options
        self._finality = Finality(database, PREDICTIONS, pause)
        self._profiler = Profiler(options, layouts)
        self._rows_to_freeze: dict[ModelKey, int] = {}
        self._slice_rows = options.slice_rows
        self._behind = False

    def run(self, *, most_seconds: float = math.inf) -> RollupReport:
        """Roll up every row that is final; after `most_seconds`, at a slice's end, leave the rest for the next run."""
        horizon, holder = self._finality.wait()
        if holder is not None:
            return RollupReport(held_by=holder)
        rows, slices = 0, 0
        if not self._behind:
            self._slice_rows = self.options.slice_rows
        self._behind = True
        enough = time.monotonic() + most_seconds
        while not slices or time.monotonic() < enough:
            try:
                with self._database.transaction() as connection:
                    if not try_rollup_lock(connection):
                        return RollupReport(rows=rows, slices=slices, skipped=True)
                    now = read_mark(connection)  # another exporter may be ahead of our horizon, not of this
                    watermark = lock_watermark(
                        connection, now.high, profile_buckets_kept=self.options.profile_buckets_kept
                    )
                    if now.server_start != horizon.mark.server_start:
                        break
                    if watermark.ingest_seq >= horizon.mark.high:
                        complete_horizon(connection, horizon.mark.read_at)
                        break
                    high = min(horizon.mark.high, watermark.ingest_seq + self._slice_rows)
                    rows += self.roll_slice(connection, watermark, high)
                    slices += 1
            except SliceTooLarge:
                if self._slice_rows == 1:
                    raise
                self._slice_rows = max(1, self._slice_rows // 8)
        else:
            return RollupReport(rows=rows, slices=slices, behind=True)
        self._behind = False
        self._finality.reached()
        return RollupReport(rows=rows, slices=slices)

    def roll_slice(self, connection: Connection, watermark: Watermark, high: int) -> int:
        """Count the rows above the watermark up to `high`, all final, and move the watermark; return how many.

        The caller's transaction holds the roll-up lock and the watermark's row.
        """
        groups = read_slice(
            connection,
            low=watermark.ingest_seq,
            high=high,
            bucket=self.options.bucket,
            rebuilt_to=watermark.rebuilt_to,
            floor=watermark.retention_floor,
        )
        sane = [group for group in groups if group.bucket is not None]
        sane = name_statuses(sane, read_statuses(connection))
        self._add_traffic(connection, sane)
        self._add_profiles(connection, sane, watermark, high)
        quarantined = sum(group.predictions for group in groups if group.bucket is None)
        processed = sum(group.predictions for group in groups)
        advance_watermark(connection, ingest_seq=high, processed=processed, quarantined=quarantined)
        return processed

    def _add_traffic(self, connection: Connection, groups: list[SliceGroup]) -> None:
        summaries = summarise_traffic([group.latencies_ms for group in groups], [group.confidences for group in groups])
        minutes: dict[TrafficBucket, TrafficSummary] = {}
        add_minutes(minutes, groups, summaries)
        add_traffic(connection, minutes)
        by_status: dict[tuple[ModelKey, str], list[tuple[SliceGroup, TrafficSummary]]] = {}
        for group, summary in zip(groups, summaries, strict=True):
            by_status.setdefault((group.key, group.status), []).append((group, summary))
        add_totals(connection, [_total(key, status, parts) for (key, status), parts in sorted(by_status.items())])

    def _add_profiles(self, connection: Connection, groups: list[SliceGroup], watermark: Watermark, high: int) -> None:
        references = read_references(connection, active_only=True)
        by_key: dict[ModelKey, list[SliceGroup]] = {}
        for group in groups:
            by_key.setdefault(group.key, []).append(group)
        additions: dict[ProfileBucket, ModelProfile] = {}
        waiting: list[ModelKey] = []
        for key, of_key in sorted(by_key.items()):
            reference = reference_for(key, references)
            if reference is None:
                waiting.append(key)
            else:
                additions |= self._profiler.profile_groups(connection, reference, of_key, watermark)
            if len(additions) >= PROFILES_TOGETHER:
                add_profiles(connection, self._profiler.layouts, additions, changed_seq=high)
                additions = {}
        add_profiles(connection, self._profiler.layouts, additions, changed_seq=high)
        self._freeze(connection, waiting, watermark, high)

    def _freeze(self, connection: Connection, waiting: list[ModelKey], watermark: Watermark, high: int) -> None:
        if not waiting:
            return
        seen: dict[ModelKey, int] = {}
        for total in read_totals(connection):
            seen[total.key] = seen.get(total.key, 0) + total.predictions
        for key in waiting:
            rows = self._rows_to_freeze.get(key, self.options.automatic_rows)
            if seen[key] < rows:
                continue
            frozen = freeze_automatic(
                connection,
                key,
                high=high,
                rows=rows,
                bucket=self.options.profile_bucket,
                options=self.options.of_model(key.model),
            )
            if frozen is None:
                self._rows_to_freeze[key] = 2 * rows  # no feature so far: look again when there are many more
            else:
                self._profiler.reprofile(connection, frozen, watermark, high=high)


def _total(key: ModelKey, status: str, parts: list[tuple[SliceGroup, TrafficSummary]]) -> TrafficTotal:
    buckets = [0] * (len(LATENCY_BOUNDS) + 1)
    for _, summary in parts:
        for slot, count in enumerate(summary.latency_buckets):
            buckets[slot] += count
    return TrafficTotal(
        key=key,
        status=status,
        predictions=sum(summary.predictions for _, summary in parts),
        latency_buckets=tuple(buckets),
        latency_sum=sum(summary.latency_sum for _, summary in parts),
        first_at=min(group.first_at for group, _ in parts),
        last_at=max(group.last_at for group, _ in parts),
    )
