"""Roll up attributions: each is read once, into profiles by bucket on the bins of its model's reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from driftgauge.exposition.samples import AnySample
from driftgauge.jobs.attribution_counting import AttributionCounting, AttributionOptions
from driftgauge.jobs.finality import Finality
from driftgauge.jobs.progress import progress_samples
from driftgauge.store.attributions import TABLES, find_attribution, read_attribution_progress, try_attributions_lock
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.horizon import Holder, Horizon, read_mark
from driftgauge.store.predictions import SliceTooLarge
from driftgauge.store.watermarks import complete_horizon, lock_watermark

SLICES_A_RUN: Final = 10  # so that a long backlog shows its progress, and other exporters get their turn


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionReport:
    """What one run did: `held_by` names the writer that held it up, `skipped` says that another exporter was at it."""

    rows: int = 0
    slices: int = 0
    held_by: Holder | None = None
    behind: bool = False
    skipped: bool = False


class AttributionRollup:
    """The roll-up of the attributions of one type; keeps the horizon that it waits for between runs."""

    def __init__(
        self, database: Database, explanation_type: str, options: AttributionOptions, pause: Callable[[float], None]
    ) -> None:
        """Take what it works with; `pause` sleeps for some seconds."""
        self._database = database
        self.explanation_type = explanation_type
        self.table = TABLES[explanation_type]
        self._options = options
        self._finality = Finality(database, self.table, pause)
        self._counting = AttributionCounting(explanation_type, options)
        self._slice_rows = options.slice_rows

    def run(self, *, most_slices: int | None = None) -> AttributionReport:
        """Roll up every attribution that is final, or so many slices of them; leave the rest for the next run."""
        horizon, holder = self._finality.wait()
        if holder is not None:
            return AttributionReport(held_by=holder)
        rows = slices = 0
        self._slice_rows = self._options.slice_rows
        while most_slices is None or slices < most_slices:
            try:
                with self._database.transaction() as connection:
                    if not try_attributions_lock(connection):
                        return AttributionReport(rows=rows, slices=slices, skipped=True)
                    counted = self._next(connection, horizon)
            except SliceTooLarge:
                if self._slice_rows == 1:
                    raise
                self._slice_rows = max(1, self._slice_rows // 8)
                continue
            if counted is None:
                break
            rows += counted
            slices += 1
        else:
            return AttributionReport(rows=rows, slices=slices, behind=True)
        self._finality.reached()
        return AttributionReport(rows=rows, slices=slices)

    def _next(self, connection: Connection, horizon: Horizon) -> int | None:
        """Roll up one slice; return how many attributions it had, None where all that are final are counted."""
        now = read_mark(connection, self.table)  # another exporter may be ahead of our horizon, not of this
        watermark = lock_watermark(
            connection, now.high, profile_buckets_kept=self._options.buckets_kept, job=self.table
        )
        if now.server_start != horizon.mark.server_start:
            return None
        if watermark.ingest_seq >= horizon.mark.high:
            complete_horizon(connection, horizon.mark.read_at, job=self.table)
            return None
        # Numbers that no row has, as after a rebuild, are passed over at once: those below the horizon are final.
        first = find_attribution(connection, self.explanation_type, low=watermark.ingest_seq, high=horizon.mark.high)
        high = min(horizon.mark.high, first - 1 + self._slice_rows)
        return self._counting.count_slice(connection, watermark, high, final=horizon.mark.high)


class AttributionJob:
    """Rolls up the attributions of all types and reports how far it is."""

    name = "attributions"

    def __init__(self, database: Database, rollups: Sequence[AttributionRollup]) -> None:
        """Take the roll-ups that it drives."""
        self._database = database
        self._rollups = rollups
        self.reports: Mapping[str, AttributionReport] = {}

    @property
    def behind(self) -> bool:
        """Whether the last run has left attributions for a run at once."""
        return any(report.behind for report in self.reports.values())

    def run(self) -> tuple[AnySample, ...]:
        """Roll up what is final, a bounded number of attributions, then read how far that is."""
        self.reports = reports = {each.explanation_type: each.run(most_slices=SLICES_A_RUN) for each in self._rollups}
        with self._database.transaction(read_only=True) as connection:
            progress = {each: read_attribution_progress(connection, each) for each in reports}
        return tuple(
            sample
            for each, report in reports.items()
            for sample in progress_samples(
                TABLES[each],
                processed=progress[each].rows_processed,
                quarantined=progress[each].rows_quarantined,
                lag_seconds=progress[each].lag_seconds,
                held_by=report.held_by,
            )
        )
