"""Choose and fit what a model's cohorts, or those of one of its segments, are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import numpy as np

from driftgauge.model.bins import BinLayout
from driftgauge.model.identity import ModelKey
from driftgauge.model.reference import Reference
from driftgauge.model.window import TimeWindow
from driftgauge.performance.cohorts import costs_of
from driftgauge.performance.dle import LossChunk
from driftgauge.performance.metric import Counts, Task
from driftgauge.performance.options import JudgingOptions
from driftgauge.performance.reference import LossRows, PerformanceReference, fit_reference, may_fill
from driftgauge.profiling.documents import parse_documents
from driftgauge.profiling.row_slots import slots_of_rows
from driftgauge.store.cohorts import RegisteredTask
from driftgauge.store.execute import Connection
from driftgauge.store.performance_references import PairedRow, read_paired_rows, read_reference_cohorts
from driftgauge.store.references import Layouts, read_reference_series

MOST_COHORTS: Final = 366
MOST_ROWS: Final = 20_000
"""Rows that losses are learned from: the newest of each cohort, as many of each."""
MOST_PAIRS: Final = 100_000_000
"""Rows times pairs of features: with very many features, fewer rows are read."""

Counted = Sequence[tuple[TimeWindow, Counts]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """Fits references of one task in one transaction, with the model's reference of features, if it has one."""

    connection: Connection
    task: RegisteredTask
    options: JudgingOptions
    features: Reference | None
    layouts: Layouts
    now: datetime

    def fit(self, segment: str) -> PerformanceReference | None:
        """Return what was learned of the reference's cohorts; None until there are enough."""
        cohorts = self._choose(segment)
        if not cohorts:
            return None
        losses = self._losses(segment, cohorts) if self.task.task.task is Task.REGRESSION else None
        return fit_reference(cohorts, costs=costs_of(self.options), losses=losses)

    def _choose(self, segment: str) -> Counted:
        """Return the matured cohorts in the window of the model's reference, or where it has too few, the first.

        A window whose cohorts are yet to mature is waited for.
        """
        needed = self.options.reference_cohorts
        read = partial(
            read_reference_cohorts,
            self.connection,
            self.task.task_id,
            segment,
            matured_before=self.now - self.options.maturity,
            least_outcomes=self.options.minimum_rows,
        )
        span = None if self.features is None else _span(self.features)
        if span is not None:
            within = read(span=span, most=MOST_COHORTS)
            if len(within) >= needed:
                return within
            waits = self.now < span.end + self.options.maturity
            if waits and may_fill(span, cohort=self.task.task.cohort, needed=needed):
                return ()
        first = read(span=None, most=needed)
        return first if len(first) >= needed else ()

    def _losses(self, segment: str, cohorts: Counted) -> LossRows:
        if self.features is None:
            return LossRows(reason="there is no reference of the model's features yet")
        layout = self.layouts.of(self.connection, self.features.reference_id)
        features = read_reference_series(self.connection, layout, self.features.reference_id, segment).total
        if not features.rows or not layout.features:
            return LossRows(reason="the reference has no features of such rows")
        most = min(MOST_ROWS, MOST_PAIRS // len(layout.features) ** 2) // len(cohorts)
        if not most:
            return LossRows(
                reason=f"{len(layout.features)} features are too many to learn losses of {len(cohorts)} cohorts"
            )
        key = self.task.key.of_segment(segment)
        return LossRows(features=features, chunks=[self._chunk(layout, key, window, most) for window, _ in cohorts])

    def _chunk(self, layout: BinLayout, key: ModelKey, window: TimeWindow, most: int) -> LossChunk:
        rows = read_paired_rows(self.connection, key, window, most=most)
        return LossChunk(
            slots=_slots(layout, rows),
            outcomes=np.array([row.turned_out for row in rows], dtype=np.float64),
            predictions=np.array([row.predicted for row in rows], dtype=np.float64),
        )


def _slots(layout: BinLayout, rows: Sequence[PairedRow]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return slots_of_rows(layout, parse_documents(",".join(row.document for row in rows)))


def _span(features: Reference) -> TimeWindow | None:
    if features.window_start is None or features.window_end is None:
        return None
    return TimeWindow(start=features.window_start, end=features.window_end)
