"""References: their frozen bins, and the bucket profiles of their own rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from driftgauge.model.bins import BinLayout
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import Reference, ReferenceSource
from driftgauge.model.segments import Part
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import EPOCH, TimeWindow
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all, fetch_one
from driftgauge.store.profile_codec import EncodedProfiles, decode_layout, encode_layout, encode_profile


class Layouts:
    """Layouts by reference; frozen, so they are read from the database once. Several threads may share them."""

    def __init__(self, room: str = "references") -> None:
        """Start with none; the queries of `room` read them."""
        self._room = room
        self._known: dict[int, BinLayout] = {}

    def of(self, connection: Connection, reference_id: int) -> BinLayout:
        """Return the layout of a reference."""
        layout = self._known.get(reference_id)
        if layout is None:
            layout = self._known[reference_id] = read_layout(connection, reference_id, room=self._room)
        return layout

    def keep(self, ids: Container[int]) -> None:
        """Forget the layouts of all references but these."""
        known = self._known.copy()  # others may add to it meanwhile; what is lost so is read again
        self._known = {reference_id: layout for reference_id, layout in known.items() if reference_id in ids}


def read_layout(connection: Connection, reference_id: int, *, room: str = "references") -> BinLayout:
    """Read the layout of a reference."""
    row = fetch_one(connection, f"{room}/read_layout", reference_id=reference_id)
    if row is None:
        raise LookupError(f"reference {reference_id} is gone")
    return decode_layout(row.layout)


def read_references(connection: Connection, *, active_only: bool) -> list[Reference]:
    """Return the references, the newest first."""
    return [
        Reference(
            reference_id=row.reference_id,
            model=row.model_name,
            version=row.version,
            environment=row.environment,
            source=ReferenceSource(row.source),
            description=row.description,
            rows=row.rows,
            window_start=row.window_start,
            window_end=row.window_end,
            active=row.active,
            created_at=row.created_at,
            segments=tuple(row.segments),
        )
        for row in fetch_all(connection, "references/read_references", active_only=active_only)
    ]


def add_reference(  # noqa: PLR0913 - a reference is just these facts
    connection: Connection,
    *,
    model: str,
    version: str | None,
    environment: str | None,
    source: ReferenceSource,
    description: str,
    layout: BinLayout,
    buckets: Mapping[Part, ModelProfile],
    bucket_width: timedelta,
    window: tuple[datetime, datetime] | None,
) -> Reference:
    """Store a reference in place of the active one of the same scope, which is kept but retired."""
    start, end = window or (None, None)
    segments = _segments(buckets)
    execute(connection, "references/retire", model_name=model, version=version, environment=environment)
    row = fetch_one(
        connection,
        "references/add",
        model_name=model,
        version=version,
        environment=environment,
        source=source.value,
        description=description,
        layout=encode_layout(layout),
        window_start=start,
        window_end=end,
        rows=sum(profile.rows for part, profile in buckets.items() if not part.segment),
        segments=segments,
    )
    assert row is not None  # noqa: S101 - INSERT … RETURNING
    execute_many(
        connection,
        "references/add_bucket",
        [
            {
                "reference_id": row.reference_id,
                "segment": part.segment,
                "bucket_start": part.start,
                "bucket_width": bucket_width,
                "rows": profile.rows,
                "profile": encode_profile(profile),
            }
            for part, profile in sorted(buckets.items())
        ],
    )
    return Reference(
        reference_id=row.reference_id,
        model=model,
        version=version,
        environment=environment,
        source=source,
        description=description,
        rows=row.rows,
        window_start=start,
        window_end=end,
        active=True,
        created_at=row.created_at,
        segments=tuple(segments),
    )


def _segments(buckets: Mapping[Part, ModelProfile]) -> list[str]:
    """Return the segments, those with most rows first."""
    rows: Counter[str] = Counter()
    for part, profile in buckets.items():
        rows[part.segment] += profile.rows
    del rows[""]
    return sorted(rows, key=lambda segment: (-rows[segment], segment))


def read_reference_series(
    connection: Connection, layout: BinLayout, reference_id: int, segment: str = ""
) -> ProfileSeries:
    """Return a reference's buckets, with all rows or those of a segment."""
    rows = fetch_all(connection, "references/read_buckets", reference_id=reference_id, segment=segment)
    return series_of(layout, rows)


def series_of(layout: BinLayout, rows: Sequence[Any]) -> ProfileSeries:
    """Return the series of buckets in order of time, each with `bucket_start`, `bucket_width` and `profile`."""
    timed = all(row.bucket_start != UNTIMED for row in rows)
    return ProfileSeries(
        layout=layout,
        windows=tuple(TimeWindow(start=row.bucket_start, end=row.bucket_start + row.bucket_width) for row in rows)
        if timed
        else None,
        profiles=EncodedProfiles(layout, [row.profile for row in rows]),
    )


UNTIMED = EPOCH
"""The bucket of rows that carry no event time, such as those of a file."""
