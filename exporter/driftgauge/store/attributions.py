"""Attributions as services log them, the references that they are held against, and features that those have not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

import numpy as np
import psycopg

from driftgauge.explanation.attributions import by_predictions
from driftgauge.model.bins import BinLayout, FloatArray
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import ReferenceSource
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.profiling.fitting import LARGEST
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all, fetch_one
from driftgauge.store.horizon import LIME_WEIGHTS, SHAP_VALUES
from driftgauge.store.keys import key_of
from driftgauge.store.predictions import ModelFilter, SliceTooLarge
from driftgauge.store.profile_codec import encode_layout, encode_profile
from driftgauge.store.profiles import ATTRIBUTIONS, DAY
from driftgauge.store.references import series_of
from driftgauge.store.watermarks import Progress, RolledUp, Watermark, read_rolled_up

TABLES: Final = MappingProxyType({"shap": SHAP_VALUES, "lime": LIME_WEIGHTS})
"""By type of explanation, the table of its attributions; its watermark is called the same."""
MOST_STRANGERS: Final = 500


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionGroup:
    """The attributions of one feature of a model in one bucket of event time; `start` is None in quarantine.

    `feature` is None where its name is empty, or longer than 200 characters.
    """

    key: ModelKey
    feature: str | None
    start: datetime | None
    values: FloatArray
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """Attributions of a feature that its reference has not, on one day."""

    reference_id: int
    key: ModelKey
    feature: str
    day: datetime
    rows: int
    first_at: datetime
    last_at: datetime


def try_attributions_lock(connection: Connection) -> bool:
    """Take the lock of the attributions' roll-ups until the transaction ends; False if another session has it."""
    row = fetch_one(connection, "attributions/try_lock")
    return row is not None and bool(row.locked)


def wait_for_attributions_lock(connection: Connection) -> None:
    """Take the lock of the attributions' roll-ups until the transaction ends, waiting as long as may be."""
    execute(connection, "attributions/wait_lock")


def read_attributions(  # noqa: PLR0913 - each narrows what is read
    connection: Connection,
    explanation_type: str,
    *,
    low: int,
    high: int,
    bucket: timedelta,
    only: ModelFilter | None = None,
    window: TimeWindow | None = None,
    predictions: Sequence[UUID] | None = None,
    mark: Watermark | None = None,
) -> list[AttributionGroup]:
    """Read the attributions numbered above `low` up to `high`, each once.

    With a `window` those of event times in it, with `predictions` those of these.

    With a `mark`, those that were counted before a rebuild, and stayed so, are passed over.

    Raises
    ------
    SliceTooLarge
        If they do not fit one value; the transaction, or the savepoint around this, is lost.
    """
    only = only or ModelFilter()
    execute(connection, "rollup/allow_memory")
    try:
        rows = fetch_all(
            connection,
            "attributions/read_slice",
            explanation_type=explanation_type,
            low=low,
            high=high,
            bucket_seconds=int(bucket.total_seconds()),
            model_name=only.model,
            version=only.version,
            environment=only.environment,
            window_start=window.start if window else None,
            window_end=window.end if window else None,
            prediction_ids=None if predictions is None else list(predictions),
            rebuilt_to=mark.rebuilt_to if mark else 0,
            floor=mark.retention_floor if mark else None,
        )
    except psycopg.errors.ProgramLimitExceeded as error:
        raise SliceTooLarge from error
    return [
        AttributionGroup(
            key=key_of(row),
            feature=row.feature_name,
            start=None if row.bucket is None else datetime.fromtimestamp(row.bucket, UTC),
            values=np.frombuffer(row.numbers, dtype=">f8").astype(np.float64),
            first_at=row.first_at,
            last_at=row.last_at,
        )
        for row in rows
    ]


def find_first_explained(
    connection: Connection, explanation_type: str, *, model: str, environment: str, high: int, predictions: int
) -> list[UUID] | None:
    """Return a model's first explained predictions in order of arrival, those without any finite attribution left out.

    None while there are not more than so many numbered up to `high`: the last of them may still be on its way.
    """
    rows = fetch_all(
        connection,
        "attributions/find_first",
        explanation_type=explanation_type,
        model_name=model,
        environment=environment,
        high=high,
        predictions=predictions,
        largest=LARGEST,
    )
    return [row.prediction_id for row in rows[:predictions]] if len(rows) > predictions else None


def find_lowest_attribution(
    connection: Connection, explanation_type: str, *, model: str | None = None, environment: str | None = None
) -> int | None:
    """Find the lowest ingest number of attributions that are still there, of one model or of any."""
    row = fetch_one(
        connection,
        "attributions/find_lowest",
        explanation_type=explanation_type,
        model_name=model,
        environment=environment,
    )
    return None if row is None or row.lowest is None else int(row.lowest)


def find_attribution(connection: Connection, explanation_type: str, *, low: int, high: int) -> int:
    """Return the number of the first attribution above `low` up to `high`; `high` where there is none."""
    row = fetch_one(connection, "attributions/find_next", explanation_type=explanation_type, low=low, high=high)
    return int(row.ingest_seq) if row else high


def read_attribution_progress(connection: Connection, explanation_type: str) -> Progress:
    """Read how far attributions of one type are rolled up."""
    row = fetch_one(
        connection, "attributions/read_progress", explanation_type=explanation_type, job=TABLES[explanation_type]
    )
    assert row is not None  # noqa: S101 - one row always
    return Progress(
        rows_processed=row.rows_processed, rows_quarantined=row.rows_quarantined, lag_seconds=row.lag_seconds
    )


def read_attributions_rolled_up(connection: Connection) -> RolledUp | None:
    """Return what the roll-ups of all types hold; None until they have caught up for the first time."""
    found = [read_rolled_up(connection, job=table) for table in TABLES.values()]
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        return None
    return RolledUp(
        horizon_at=min(each.horizon_at for each in known),
        compacted_before=max(each.compacted_before for each in known),
    )


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


def add_strangers(connection: Connection, strangers: Iterable[Strangers]) -> None:
    """Add what features have that their references have not; of very many names of a model, the rest goes under ''.

    The caller holds the lock of the roll-ups.
    """
    known: dict[tuple[int, ModelKey], set[str]] = {}
    rows: list[dict[str, object]] = []
    for found in sorted(strangers, key=lambda one: (one.reference_id, one.key, one.day, one.feature)):
        place = found.reference_id, found.key
        names = known.get(place)
        if names is None:
            listed = fetch_all(
                connection, "attributions/read_known_strangers", reference_id=found.reference_id, **_of(found.key)
            )
            names = known[place] = {row.feature_name for row in listed}
        if len(names) < MOST_STRANGERS:
            names.add(found.feature)
        rows.append(
            _of(found.key)
            | {
                "reference_id": found.reference_id,
                "feature_name": found.feature if found.feature in names else "",
                "day": found.day,
                "rows": found.rows,
                "first_at": found.first_at,
                "last_at": found.last_at,
            }
        )
    execute_many(connection, "attributions/add_strangers", rows)


def strangers_of(reference_id: int, groups: Sequence[AttributionGroup]) -> list[Strangers]:
    """Return what groups of features that a reference has not come to, day by day."""
    return [
        Strangers(
            reference_id=reference_id,
            key=group.key,
            feature=group.feature,
            day=floor_to(group.start, DAY),
            rows=group.values.size,
            first_at=group.first_at,
            last_at=group.last_at,
        )
        for group in groups
        if group.feature is not None and group.start is not None
    ]


def read_strangers(connection: Connection, reference_id: int, key: ModelKey, window: TimeWindow) -> list[str]:
    """Return the features with attributions in a window of a model that its reference has not, by name."""
    rows = fetch_all(
        connection,
        "attributions/read_strangers",
        reference_id=reference_id,
        **_of(key),
        window_start=window.start,
        window_end=window.end,
    )
    return [row.feature_name for row in rows]


def find_uncompacted_attributions(connection: Connection, *, before: datetime) -> datetime:
    """Return the end of the oldest day with buckets shorter than a day; `before` where no day before it has any."""
    row = fetch_one(connection, f"{ATTRIBUTIONS}/find_uncompacted", before=before)
    return row.day_end if row else before


def _of(key: ModelKey) -> dict[str, object]:
    return {"model_name": key.model, "version": key.version, "environment": key.environment}
