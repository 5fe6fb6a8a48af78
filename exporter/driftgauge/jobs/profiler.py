"""Count rows on the bins of the reference that serves them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from driftgauge.jobs.options import RollupOptions
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import Reference, reference_for
from driftgauge.model.segments import with_wholes
from driftgauge.model.window import floor_to
from driftgauge.profiling.counting import profile_batches
from driftgauge.profiling.documents import read_written
from driftgauge.store.execute import Connection
from driftgauge.store.predictions import ModelFilter, SliceGroup, SliceTooLarge, find_lowest_seq_of, read_slice
from driftgauge.store.profiles import DAY, ProfileBucket, add_profiles
from driftgauge.store.references import Layouts, read_references
from driftgauge.store.watermarks import Watermark


class Profiler:
    """Turns slices into profiles by bucket of event time."""

    def __init__(self, options: RollupOptions, layouts: Layouts | None = None) -> None:
        """Take the widths of buckets and slices, and the layouts that it shares with others, if it does."""
        self._options = options
        self.layouts = layouts or Layouts()

    def profile_groups(
        self, connection: Connection, reference: Reference, groups: list[SliceGroup], watermark: Watermark
    ) -> dict[ProfileBucket, ModelProfile]:
        """Return the profiles of one model's groups on its reference's bins, by bucket, and of each segment's rows."""
        layout = self.layouts.of(connection, reference.reference_id)
        documents: dict[ProfileBucket, list[str]] = {}
        for group in groups:
            start, width = self._profile_bucket(group.start, watermark.compacted_before)
            for segment, written in _by_segment(group, frozenset(reference.segments)).items():
                key = group.key.of_segment(segment)
                bucket = ProfileBucket(reference_id=reference.reference_id, key=key, start=start, width=width)
                documents.setdefault(bucket, []).extend(written)
        batches = (read_written(written, layout.kinds) for written in documents.values())
        return with_wholes(layout, dict(zip(documents, profile_batches(layout, batches), strict=True)))

    def _profile_bucket(self, moment: datetime, compacted_before: datetime) -> tuple[datetime, timedelta]:
        width = DAY if moment < compacted_before else self._options.profile_bucket
        return floor_to(moment, width), width

    def reprofile(self, connection: Connection, reference: Reference, watermark: Watermark, *, high: int) -> int:
        """Profile every retained row up to `high` of the models that `reference` now serves; return how many.

        The caller's transaction holds the roll-up lock, so the rows that follow are added by the next slice.
        """
        only = ModelFilter(model=reference.model, version=reference.version, environment=reference.environment)
        active = read_references(connection, active_only=True)
        rows = 0
        low, size = (find_lowest_seq_of(connection, only) or high + 1) - 1, self._options.slice_rows
        while low < high:
            upper = min(high, low + size)
            try:
                with connection.transaction():
                    found = read_slice(connection, low=low, high=upper, bucket=self._options.bucket, only=only)
            except SliceTooLarge:
                if size == 1:
                    raise
                size = max(1, size // 8)
                continue
            groups = [
                group
                for group in found
                if group.bucket is not None
                and (watermark.retention_floor is None or group.start >= watermark.retention_floor)
                and _serves(reference, group.key, active)
            ]
            add_profiles(
                connection,
                self.layouts,
                self.profile_groups(connection, reference, groups, watermark),
                changed_seq=upper,
            )
            rows += sum(group.predictions for group in groups)
            low = upper
        return rows


def _by_segment(group: SliceGroup, segments: frozenset[str]) -> dict[str, Sequence[str]]:
    """Return a group's documents by segment, those of none of `segments` under none."""
    if not segments:
        return {"": group.documents}
    written: dict[str, list[str]] = {}
    for segment, document in zip(group.segments, group.documents, strict=True):
        written.setdefault(segment if segment in segments else "", []).append(document)
    return dict(written)


def _serves(reference: Reference, key: ModelKey, active: list[Reference]) -> bool:
    served = reference_for(key, active)
    return served is not None and served.reference_id == reference.reference_id
