"""Attributions as services log them, and how far they are rolled up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

import numpy as np
import psycopg

from driftgauge.model.bins import FloatArray
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.fitting import LARGEST
from driftgauge.store.execute import Connection, execute, fetch_all, fetch_one
from driftgauge.store.horizon import LIME_WEIGHTS, SHAP_VALUES
from driftgauge.store.keys import key_of
from driftgauge.store.predictions import ModelFilter, SliceTooLarge
from driftgauge.store.profiles import ATTRIBUTIONS
from driftgauge.store.watermarks import Progress, RolledUp, Watermark, read_rolled_up

TABLES: Final = MappingProxyType({"shap": SHAP_VALUES, "lime": LIME_WEIGHTS})
"""By type of explanation, the table of its attributions; its watermark is called the same."""


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


def find_uncompacted_attributions(connection: Connection, *, before: datetime) -> datetime:
    """Return the end of the oldest day with buckets shorter than a day; `before` where no day before it has any."""
    row = fetch_one(connection, f"{ATTRIBUTIONS}/find_uncompacted", before=before)
    return row.day_end if row else before
