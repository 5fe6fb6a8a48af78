"""Whichever of predictions, outcomes and corrections come first, and whoever is killed, cohorts equal a recount."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from driftgauge.jobs import outcome_joining
from driftgauge.performance import pairs
from driftgauge.performance.cells import Cell
from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass
from driftgauge.performance.pairs import Cohort, count_cells
from driftgauge.store.execute import fetch_one
from driftgauge.store.horizon import Horizon, read_mark
from driftgauge.store.outcomes import Marks, lock_marks
from integration.outcomes.schedule import Schedule
from integration.rollup.oracle import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from driftgauge.performance.score_bins import Scores
    from driftgauge.performance.task import OutcomeTask
    from driftgauge.store.execute import Connection
    from integration.rollup.schedule import Stage

SCHEDULES: Final = int(os.environ.get("DRIFTGAUGE_SCHEDULES", "40"))
MUTANT_SCHEDULES: Final = 60  # the slowest to be found, predictions that are not final, differs in the 13th


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_cohorts_equal_a_recount(stage: Stage, seed: int) -> None:
    schedule = Schedule(stage, seed)
    faults = schedule.play()
    assert not faults, "\n".join([f"seed {seed}:", *faults, *schedule.log])


def finds_a_fault(stage: Stage, *, first: int) -> bool:
    """Tell whether a schedule differs; `first` is the seed of one that is known to, to save the others' time."""
    return any(Schedule(stage, seed).play() for seed in (first, *range(MUTANT_SCHEDULES)))


@pytest.mark.timeout(300)
def test_outcomes_that_are_not_final_are_missed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_holders(connection: Connection, table: str) -> Horizon:
        seen = {
            "prediction_logs": "SELECT coalesce(max(ingest_seq), 0) AS high FROM prediction_logs",
            "prediction_outcomes": "SELECT coalesce(max(ingest_seq), 0) AS high FROM prediction_outcomes",
        }
        [row] = select(connection, seen[table])
        return Horizon(mark=replace(read_mark(connection, table), high=row["high"]), holders=())

    monkeypatch.setattr("driftgauge.jobs.finality.read_horizon", without_holders)
    assert finds_a_fault(stage, first=3)


@pytest.mark.timeout(300)
def test_predictions_that_are_not_final_are_missed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def ahead(connection: Connection, high: int) -> Marks:
        [row] = select(connection, "SELECT coalesce(max(ingest_seq), 0) AS high FROM prediction_logs")
        marks = fetch_one(connection, "outcomes/lock_marks", job="outcomes")  # without the guard of lock_marks
        if marks is None:
            return lock_marks(connection, high)
        return Marks(
            predictions=marks.predictions_seq,
            outcomes=marks.ingest_seq,
            revision=marks.revision,
            rolled_up=row["high"],
            floor=None,
        )

    monkeypatch.setattr(outcome_joining, "lock_marks", ahead)
    assert finds_a_fault(stage, first=12)


@pytest.mark.timeout(300)
def test_corrections_that_take_nothing_back_are_counted_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def added_only(task: OutcomeTask, cells: Iterable[Cell], *, new: bool) -> dict[tuple[str, datetime], Cohort]:
        return count_cells(task, [cell for cell in cells if cell.sign > 0], new=new)

    monkeypatch.setattr(outcome_joining, "count_cells", added_only)
    assert finds_a_fault(stage, first=2)


@pytest.mark.timeout(300)
def test_confidences_that_pairs_lose_are_missed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(
        labels: Sequence[str], predicted: Sequence[str], classes: Sequence[str], confidences: Scores
    ) -> MulticlassCounts:
        del confidences
        return count_multiclass(labels, predicted, classes)

    monkeypatch.setattr(pairs, "count_multiclass", without)
    assert finds_a_fault(stage, first=0)
