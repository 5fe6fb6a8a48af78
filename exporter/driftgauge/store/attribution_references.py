"""The references that attributions are held against, with their own buckets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from driftgauge.explanation.attributions import by_predictions
from driftgauge.model.bins import BinLayout
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import ReferenceSource
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import TimeWindow
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all, fetch_one
from driftgauge.store.profile_codec import encode_layout, encode_profile
from driftgauge.store.references import series_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionReference:
    """The reasoning that all versions of a model are held against."""

    reference_id: int
    model: str
    environment: str
    explanation_type: str
    source: ReferenceSource
    description: str
    predictions: int
    window: TimeWindow


def read_attribution_references(connection: Connection) -> list[AttributionReference]:
    """Return the references in force."""
    return [
        AttributionReference(
            reference_id=row.reference_id,
            model=row.model_name,
            environment=row.environment,
            explanation_type=row.explanation_type,
            source=ReferenceSource(row.source),
            description=row.description,
            predictions=row.predictions,
            window=TimeWindow(start=row.window_start, end=row.window_end),
        )
        for row in fetch_all(connection, "attributions/read_references")
    ]


def add_attribution_reference(  # noqa: PLR0913 - a reference is just these facts
    connection: Connection,
    *,
    model: str,
    environment: str,
    explanation_type: str,
    source: ReferenceSource,
    description: str,
    predictions: int,
    last_seq: int,
    window: TimeWindow,
    layout: BinLayout,
    buckets: Mapping[datetime, ModelProfile],
    bucket_width: timedelta,
) -> AttributionReference:
    """Store a reference in place of the one in force, which is kept but retired."""
    of = {"model_name": model, "environment": environment, "explanation_type": explanation_type}
    execute(connection, "attributions/retire", **of)
    row = fetch_one(
        connection,
        "attributions/add_reference",
        **of,
        source=source.value,
        description=description,
        layout=encode_layout(layout),
        predictions=predictions,
        last_seq=last_seq,
        window_start=window.start,
        window_end=window.end,
    )
    assert row is not None  # noqa: S101 - INSERT … RETURNING
    execute_many(
        connection,
        "attributions/add_bucket",
        [
            {
                "reference_id": row.reference_id,
                "bucket_start": start,
                "bucket_width": bucket_width,
                "rows": profile.rows,
                "profile": encode_profile(profile),
            }
            for start, profile in sorted(buckets.items())
        ],
    )
    return AttributionReference(
        reference_id=row.reference_id,
        model=model,
        environment=environment,
        explanation_type=explanation_type,
        source=source,
        description=description,
        predictions=predictions,
        window=window,
    )


def read_attribution_series(connection: Connection, layout: BinLayout, reference_id: int) -> ProfileSeries:
    """Return a reference's own buckets, by predictions."""
    rows = fetch_all(connection, "attributions/read_reference_buckets", reference_id=reference_id)
    return by_predictions(series_of(layout, rows))
