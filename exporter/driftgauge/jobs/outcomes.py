"""Join outcomes as they come, so many slices a run, and report how far that is."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.job import model_labels
from driftgauge.jobs.outcome_joining import JoinReport, OutcomeJoin
from driftgauge.jobs.progress import progress_samples
from driftgauge.store.cohorts import read_evidence
from driftgauge.store.database import Database
from driftgauge.store.horizon import OUTCOMES
from driftgauge.store.outcomes import read_join_progress

SLICES_A_RUN: Final = 10  # so that a long backlog shows its progress, and other exporters get their turn


class OutcomeJob:
    """Joins outcomes and reports how far it is."""

    name = "outcomes"

    def __init__(self, database: Database, join: OutcomeJoin) -> None:
        """Take the join that it drives."""
        self._database = database
        self._join = join
        self.report = JoinReport()

    @property
    def behind(self) -> bool:
        """Whether the last run has left rows for a run at once."""
        return self.report.behind

    def run(self) -> tuple[AnySample, ...]:
        """Join what is final, a bounded number of rows, then read how far that is."""
        self.report = report = self._join.run(most_slices=SLICES_A_RUN)
        with self._database.transaction(read_only=True) as connection:
            progress = read_join_progress(connection)
            waiting = read_evidence(connection)
        return (
            *progress_samples(
                OUTCOMES,
                processed=progress.processed,
                quarantined=progress.quarantined,
                lag_seconds=progress.lag_seconds,
                held_by=report.held_by,
                reason="no_time_or_answer",
            ),
            Sample("driftgauge_outcomes_unmatched", (), float(progress.unmatched)),
            *(
                Sample("ml_outcomes_without_task", model_labels(key), float(evidence.pairs))
                for key, evidence in sorted(waiting.items())
            ),
        )
