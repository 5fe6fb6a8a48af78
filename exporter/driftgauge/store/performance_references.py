"""What cohorts are held against: fitted references, and what they are fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import orjson

from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow
from driftgauge.performance.codec import decode
from driftgauge.performance.metric import Counts
from driftgauge.performance.reference import PerformanceReference, bands_from_json, estimator_from_json
from driftgauge.store.execute import Connection, execute, fetch_all
from driftgauge.store.outcomes import EARLIEST

MOST_LOOKED_AT: Final = 200_000
"""Predictions of a cohort whose outcomes are looked up, about ten microseconds each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedRow:
    """A prediction's feature document, the number that it foretold, and the one that turned out."""

    document: str
    predicted: float
    turned_out: float


def read_fitted(connection: Connection, task_id: int) -> dict[str, PerformanceReference]:
    """Return what a task's cohorts are held against, by segment ('' for all rows)."""
    return {
        row.segment: PerformanceReference(
            window=TimeWindow(start=row.window_start, end=row.window_end),
            cohorts=row.cohorts,
            rows=row.rows,
            bands=bands_from_json(row.bands),
            estimator=estimator_from_json(row.estimator),
            reason=row.estimator_reason,
        )
        for row in fetch_all(connection, "performance/read_references", task_id=task_id)
    }


def read_reference_cohorts(
    connection: Connection,
    task_id: int,
    segment: str,
    *,
    span: TimeWindow | None,
    matured_before: datetime,
    least_outcomes: int,
    most: int,
) -> list[tuple[TimeWindow, Counts]]:
    """Return the first matured cohorts with enough outcomes that lie in a span, or at all."""
    rows = fetch_all(
        connection,
        "performance/read_reference_cohorts",
        task_id=task_id,
        segment=segment,
        span_start=span and span.start,
        span_end=span and span.end,
        matured_before=matured_before,
        least_outcomes=least_outcomes,
        most=most,
    )
    return [
        (TimeWindow(start=row.cohort_start, end=row.cohort_end), cast("Counts", decode(row.counts))) for row in rows
    ]


def write_fitted(
    connection: Connection, task_id: int, segment: str, fitted: PerformanceReference, *, basis: str
) -> None:
    """Keep what was learned; from now on the part's cohorts are to be judged by it, all of them."""
    estimator = fitted.estimator_to_json()
    execute(
        connection,
        "performance/write_reference",
        task_id=task_id,
        segment=segment,
        basis=basis,
        window_start=fitted.window.start,
        window_end=fitted.window.end,
        cohorts=fitted.cohorts,
        rows=fitted.rows,
        bands=orjson.dumps(fitted.bands_to_json()).decode(),
        estimator=None if estimator is None else orjson.dumps(estimator).decode(),
        estimator_reason=fitted.reason,
    )


def read_paired_rows(
    connection: Connection,
    key: ModelKey,
    window: TimeWindow,
    *,
    most: int,
    looked_at: int = MOST_LOOKED_AT,
    earliest: timedelta = EARLIEST,
) -> list[PairedRow]:
    """Return the newest predictions of numbers in a window, at most so many, whose outcomes are numbers, too.

    Of the newest `looked_at` predictions: where few have an outcome, a busy cohort would be searched to its end.
    """
    rows = fetch_all(
        connection,
        "performance/read_loss_rows",
        model_name=key.model,
        version=key.version,
        environment=key.environment,
        segment=key.segment,
        window_start=window.start,
        window_end=window.end,
        earliest=earliest,
        looked_at=looked_at,
        most=most,
    )
    return [PairedRow(document=row.document, predicted=row.predicted, turned_out=row.turned_out) for row in rows]
