"""The task that is inferred is the one that a person would name, and what was chosen is kept to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from driftgauge.performance.cells import Cell
from driftgauge.performance.evidence import ENOUGH, MOST_LABELS, Choice, Decision, Evidence, decide, evidence_of
from driftgauge.performance.metric import Task
from driftgauge.performance.task import OutcomeTask

BINARY, MULTICLASS, REGRESSION = Task.BINARY, Task.MULTICLASS, Task.REGRESSION
NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


def pairs(rows: int, said: object = None, true: object = None, score: float | None = None) -> Cell:
    """Return pairs with one prediction and one outcome, texts or numbers."""
    return Cell(
        start=NOON,
        segment=None,
        known=True,
        said=said if isinstance(said, str) else None,
        true=true if isinstance(true, str) else None,
        values=[said if isinstance(said, float) else None] * rows,
        scores=[score] * rows,
        confidences=[None] * rows,
        true_values=[true if isinstance(true, float) else None] * rows,
        times=[NOON.timestamp()] * rows,
        lags=[0] * rows,
    )


@pytest.mark.parametrize(
    ("cells", "decision"),
    [
        ([pairs(50, None, 1.0, 0.9), pairs(60, None, 0.0, 0.1)], Decision(task=BINARY, positive="1")),
        ([pairs(200, "true", "false")], Decision(task=BINARY, positive="1")),
        ([pairs(60, "true", "false"), pairs(60, "true", 1.0)], Decision(task=BINARY, positive="1")),
        ([pairs(60, 1.0, 0.0), pairs(60, 0.0, 1.0)], Decision(task=BINARY, positive="1")),
        (
            [pairs(90, "stay", "stay", 0.2), pairs(30, "stay", "churn", 0.6)],
            Decision(task=BINARY, positive="churn"),
        ),
        (
            [pairs(30, "stay", "stay", 0.7), pairs(90, "stay", "churn", 0.2)],
            Decision(task=BINARY, positive="stay"),
        ),
        ([pairs(90, "fine", "fine"), pairs(30, "fine", "fraud")], Decision(task=BINARY, positive="fraud")),
        (
            [pairs(900, "fine", "fine"), pairs(300, "fine", "fraud"), pairs(2, "fine", "n/a")],
            Decision(task=BINARY, positive="fraud"),
        ),
        ([pairs(9_990, "fine", "fine"), pairs(10, "fine", "fraud")], Decision(task=BINARY, positive="fraud")),
        ([pairs(60, 3.5, 4.0), pairs(60, 3.5, 2.0)], Decision(task=REGRESSION)),
        (
            [pairs(60, "a", "a"), pairs(60, "c", "b")],
            Decision(task=MULTICLASS, classes=("a", "b")),
        ),
        ([pairs(120, 3.5, 2.5)], Decision(task=REGRESSION)),
        (
            [pairs(60, "a", "a"), pairs(60, "a", "b"), pairs(60, "c", "c")],
            Decision(task=MULTICLASS, classes=("a", "b", "c")),
        ),
    ],
)
def test_a_task_is_inferred(cells: list[Cell], decision: Decision) -> None:
    assert decide(evidence_of(cells)) == decision


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [pairs(ENOUGH - 1, "a", "b")],
        [pairs(500, "fine", "fine")],
        [pairs(500, "fine", float("nan"))],
        [replace(pairs(500, "a", "b"), known=False)],
        [replace(pairs(500, "a", "b"), former=pairs(500, "a", "a"))],
        [pairs(5_000, "fine", "fine"), pairs(9, "fine", "n/a")],
    ],
)
def test_too_little_evidence_tells_no_task(cells: list[Cell]) -> None:
    assert decide(evidence_of(cells)) is None


NUMBERED: Final = evidence_of([pairs(60, 1.0, 1.0), pairs(60, 2.0, 2.0), pairs(60, 3.0, 3.0)])
WORDED: Final = evidence_of([pairs(90, "fine", "fine"), pairs(60, "fine", "fraud"), pairs(30, "fine", "odd")])


@pytest.mark.parametrize(
    ("evidence", "choice", "decision"),
    [
        (Evidence(), Choice(task=REGRESSION), Decision(task=REGRESSION)),
        (Evidence(), Choice(positive="late"), Decision(task=BINARY, positive="late")),
        (Evidence(), Choice(classes=("a", "b")), Decision(task=MULTICLASS, classes=("a", "b"))),
        (Evidence(), Choice(threshold=0.3), None),
        (Evidence(), Choice(task=MULTICLASS), None),
        (NUMBERED, Choice(), Decision(task=REGRESSION)),
        (NUMBERED, Choice(task=MULTICLASS), Decision(task=MULTICLASS, classes=("1", "2", "3"))),
        (WORDED, Choice(threshold=0.3), Decision(task=BINARY, positive="odd")),
    ],
)
def test_what_was_chosen_is_kept_to(evidence: Evidence, choice: Choice, decision: Decision | None) -> None:
    assert decide(evidence, choice) == decision


@pytest.mark.parametrize(
    ("choice", "fits"),
    [
        (Choice(), True),
        (Choice(task=BINARY), True),
        (Choice(threshold=0.9), True),
        (Choice(task=REGRESSION), False),
        (Choice(positive="early"), False),
    ],
)
def test_a_task_fits_what_was_chosen_of_it(choice: Choice, *, fits: bool) -> None:
    assert choice.fits(OutcomeTask(task=BINARY, cohort=timedelta(days=1), positive="late")) is fits


def test_evidence_adds_up_and_is_read_as_it_was_written() -> None:
    cells = [pairs(3, "a", "b", 0.25), pairs(2, 1.0, 1.0, 0.5), pairs(1, None, 2.5), pairs(2, "a", "b", 7.0)]
    whole, parts = evidence_of(cells), Evidence()
    for one in cells:
        parts = parts.plus(evidence_of([one]))
    assert whole == parts
    assert Evidence.from_json(json.loads(json.dumps(whole.to_json()))) == whole
    assert (whole.pairs, whole.numbers, whole.fractions) == (8, 2, 1)
    assert dict(whole.said) == {"a": 5}
    assert (dict(whole.labels), dict(whole.scores)) == ({"b": 5, "1": 2}, {"b": (0.75, 3), "1": (1.0, 2)})


def test_no_more_labels_are_kept_than_a_row_should_hold() -> None:
    many: Any = [pairs(1, "a", f"label {place}") for place in range(3 * MOST_LABELS)]
    assert len(evidence_of(many).labels) == MOST_LABELS
    numbers = replace(pairs(600, "a"), true_values=[float(place) for place in range(600)])
    assert len(evidence_of([numbers]).labels) == MOST_LABELS
