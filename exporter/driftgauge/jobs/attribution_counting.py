"""Count attributions on the bins of the references that serve them, and freeze these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from driftgauge.explanation.attributions import explained
from driftgauge.model.bins import FloatArray
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import ReferenceSource
from driftgauge.model.window import EPOCH, TimeWindow, floor_to
from driftgauge.profiling.attributions import count_attributions, fit_attributions
from driftgauge.store.attribution_references import (
    AttributionReference,
    add_attribution_reference,
    read_attribution_references,
)
from driftgauge.store.attribution_strangers import add_strangers, strangers_of
from driftgauge.store.attributions import (
    TABLES,
    AttributionGroup,
    find_first_explained,
    find_lowest_attribution,
    read_attributions,
)
from driftgauge.store.execute import Connection
from driftgauge.store.predictions import ModelFilter, SliceTooLarge
from driftgauge.store.profiles import ATTRIBUTIONS, DAY, ProfileBucket, add_profiles
from driftgauge.store.references import Layouts
from driftgauge.store.watermarks import Watermark, advance_watermark


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionOptions:
    """How attributions are rolled up; a bucket divides a day, and days longer ago than kept are one bucket.

    `automatic_predictions` is of how many explained predictions a model's reference is frozen where none was set.
    """

    bucket: timedelta = timedelta(hours=1)
    buckets_kept: timedelta = DAY
    slice_rows: int = 200_000
    automatic_predictions: int = 500


class AttributionCounting:
    """Counts attributions of one type on the bins of their references, and freezes these."""

    def __init__(self, explanation_type: str, options: AttributionOptions) -> None:
        """Take the widths of buckets and slices."""
        self._type = explanation_type
        self._table = TABLES[explanation_type]
        self._options = options
        self._layouts = Layouts(ATTRIBUTIONS)

    def count_slice(self, connection: Connection, watermark: Watermark, high: int, *, final: int) -> int:
        """Count the attributions above the watermark up to `high`, and move it; return how many.

        All up to `final`, which is not below `high`, are final. The caller's transaction holds the lock of the roll-ups
        and the watermark's row.
        """
        groups = read_attributions(
            connection,
            self._type,
            low=watermark.ingest_seq,
            high=high,
            bucket=self._options.bucket,
            mark=watermark,
        )
        sane = [group for group in groups if group.start is not None]
        references = {
            (each.model, each.environment): each
            for each in read_attribution_references(connection)
            if each.explanation_type == self._type
        }
        served: dict[int, list[AttributionGroup]] = {}
        waiting: set[tuple[str, str]] = set()
        for group in sane:
            reference = references.get((group.key.model, group.key.environment))
            if reference is None:
                waiting.add((group.key.model, group.key.environment))
            else:
                served.setdefault(reference.reference_id, []).append(group)
        for reference_id, of_reference in sorted(served.items()):
            self._add(connection, reference_id, of_reference, watermark, changed_seq=high)
        for model, environment in sorted(waiting):
            self._freeze_first(connection, model, environment, watermark, high=high, final=final)
        processed = sum(group.values.size for group in groups)
        advance_watermark(
            connection,
            ingest_seq=high,
            processed=processed,
            quarantined=processed - sum(group.values.size for group in sane),
            job=self._table,
        )
        return processed

    def freeze_window(
        self, connection: Connection, only: ModelFilter, window: TimeWindow, watermark: Watermark, *, least: int
    ) -> list[AttributionReference]:
        """Freeze a reference of each environment from the attributions of a window, and count all that are kept on it.

        One with fewer than `least` explained predictions keeps the reference that it has. Locks are as above.
        """
        high = watermark.ingest_seq
        groups = read_attributions(
            connection, self._type, low=0, high=high, bucket=self._options.bucket, only=only, window=window
        )
        by_model: dict[tuple[str, str], list[AttributionGroup]] = {}
        for group in groups:
            by_model.setdefault((group.key.model, group.key.environment), []).append(group)
        frozen = [
            self._freeze(
                connection,
                model,
                environment,
                of_model,
                ReferenceSource.TIME_RANGE,
                last_seq=high,
                least=least,
                window=window,
            )
            for (model, environment), of_model in sorted(by_model.items())
        ]
        found = [reference for reference in frozen if reference is not None]
        for reference in found:
            self._recount(connection, reference, watermark, high)
        return found

    def _freeze_first(
        self, connection: Connection, model: str, environment: str, watermark: Watermark, *, high: int, final: int
    ) -> None:
        """Freeze a model's reference from its first explained predictions, once there are enough, and count on it.

        All of their attributions that are final are taken, counted or not: some services log them feature by feature.
        """
        first = find_first_explained(
            connection,
            self._type,
            model=model,
            environment=environment,
            high=final,
            predictions=self._options.automatic_predictions,
        )
        if first is None:
            return
        only = ModelFilter(model=model, environment=environment)
        groups = read_attributions(
            connection, self._type, low=0, high=final, bucket=self._options.bucket, only=only, predictions=first
        )
        reference = self._freeze(connection, model, environment, groups, ReferenceSource.AUTOMATIC, last_seq=final)
        if reference is not None:
            self._recount(connection, reference, watermark, high)

    def _freeze(
        self,
        connection: Connection,
        model: str,
        environment: str,
        groups: Sequence[AttributionGroup],
        source: ReferenceSource,
        *,
        last_seq: int,
        least: int = 0,
        window: TimeWindow | None = None,
    ) -> AttributionReference | None:
        """Store the reference of some attributions; None where none can be counted, or they are too few."""
        sane = [group for group in groups if group.start is not None]
        layout = fit_attributions(_by_feature(sane))
        if not layout.features:
            return None
        buckets = {
            start: count_attributions(layout, values)
            for start, values in _by_bucket(sane, self._options.bucket).items()
        }
        predictions = sum(explained(profile).rows for profile in buckets.values())
        if predictions < least:
            return None
        span = window or TimeWindow(
            start=min(group.first_at for group in sane),
            end=max(group.last_at for group in sane) + timedelta(microseconds=1),
        )
        return add_attribution_reference(
            connection,
            model=model,
            environment=environment,
            explanation_type=self._type,
            source=source,
            description=f"explanations from {span.start.isoformat()} to {span.end.isoformat()}",
            predictions=predictions,
            last_seq=last_seq,
            window=span,
            layout=layout,
            buckets=buckets,
            bucket_width=self._options.bucket,
        )

    def _recount(
        self, connection: Connection, reference: AttributionReference, watermark: Watermark, high: int
    ) -> None:
        """Count every retained attribution up to `high` that a new reference serves; what follows, later slices add."""
        only = ModelFilter(model=reference.model, environment=reference.environment)
        lowest = find_lowest_attribution(
            connection, self._type, model=reference.model, environment=reference.environment
        )
        low, size = (lowest or high + 1) - 1, self._options.slice_rows
        while low < high:
            upper = min(high, low + size)
            try:
                with connection.transaction():
                    found = read_attributions(
                        connection, self._type, low=low, high=upper, bucket=self._options.bucket, only=only
                    )
            except SliceTooLarge:
                if size == 1:
                    raise
                size = max(1, size // 8)
                continue
            floor = watermark.retention_floor or EPOCH
            groups = [group for group in found if group.start is not None and group.start >= floor]
            self._add(connection, reference.reference_id, groups, watermark, changed_seq=upper)
            low = upper

    def _add(
        self,
        connection: Connection,
        reference_id: int,
        groups: Sequence[AttributionGroup],
        watermark: Watermark,
        *,
        changed_seq: int,
    ) -> None:
        """Add attributions to the buckets of their reference, and note those of features that it has not."""
        layout = self._layouts.of(connection, reference_id)
        known = [group for group in groups if group.feature in layout.features]
        additions: dict[ProfileBucket, ModelProfile] = {}
        by_key: dict[ModelKey, list[AttributionGroup]] = {}
        for group in known:
            by_key.setdefault(group.key, []).append(group)
        for key, of_key in by_key.items():
            for merged, width in ((True, DAY), (False, self._options.bucket)):
                part = [group for group in of_key if _is_before(group, watermark.compacted_before) is merged]
                for start, values in _by_bucket(part, width).items():
                    bucket = ProfileBucket(reference_id=reference_id, key=key, start=start, width=width)
                    additions[bucket] = count_attributions(layout, values)
        add_profiles(connection, self._layouts, additions, changed_seq=changed_seq, room=ATTRIBUTIONS)
        add_strangers(
            connection, strangers_of(reference_id, [group for group in groups if group.feature not in layout.features])
        )


def _is_before(group: AttributionGroup, moment: datetime) -> bool:
    return group.start is not None and group.start < moment


def _by_feature(groups: Iterable[AttributionGroup]) -> dict[str, FloatArray]:
    """Return the values of each feature that has a name."""
    parts: dict[str, list[FloatArray]] = {}
    for group in groups:
        if group.feature is not None:
            parts.setdefault(group.feature, []).append(group.values)
    return {name: np.concatenate(found) for name, found in parts.items()}


def _by_bucket(groups: Iterable[AttributionGroup], width: timedelta) -> dict[datetime, dict[str, FloatArray]]:
    """Return the values of each feature that has a name, by bucket."""
    parts: dict[datetime, list[AttributionGroup]] = {}
    for group in groups:
        if group.start is not None:
            parts.setdefault(floor_to(group.start, width), []).append(group)
    return {start: _by_feature(of_bucket) for start, of_bucket in parts.items()}
