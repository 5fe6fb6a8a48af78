"""Raw predictions and outcomes are read as their task says, and cells add up to the counts of all rows at once."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.performance.binary import BinaryCounts, count_binary
from driftgauge.performance.cells import Cell
from driftgauge.performance.codec import encode
from driftgauge.performance.metric import Task
from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass
from driftgauge.performance.pairs import Cohort, count_cells, errors_of, plus
from driftgauge.performance.regression import RegressionCounts
from driftgauge.performance.task import OutcomeTask, canonical
from driftgauge.performance.unlabelled import count_said, count_scores

DAY: Final = timedelta(days=1)
NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
BINARY: Final = OutcomeTask(task=Task.BINARY, cohort=DAY, positive="late", segments=("de",))
MULTICLASS: Final = OutcomeTask(task=Task.MULTICLASS, cohort=DAY, classes=("a", "b"))
REGRESSION: Final = OutcomeTask(task=Task.REGRESSION, cohort=DAY)


def cell(rows: int = 1, **fields: Any) -> Cell:  # noqa: ANN401 - the cell's own
    nothing: dict[str, Any] = {
        "start": NOON,
        "segment": None,
        "known": True,
        "said": None,
        "true": None,
        **dict.fromkeys(("values", "scores", "confidences", "true_values"), [None] * rows),
        "times": [NOON.timestamp()] * rows,
        "lags": [1_000_000] * rows,
    }
    return Cell(**{**nothing, **fields})


def whole(task: OutcomeTask, *cells: Cell) -> Cohort:
    return count_cells(task, cells, new=True)["", NOON]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"said": "late", "scores": [0.1]}, 1),
        ({"said": "on time", "scores": [0.9]}, 0),
        ({"scores": [0.5]}, 1),
        ({"scores": [0.49]}, 0),
        ({"values": [0.7]}, 1),
        ({"values": [0.7], "scores": [0.2]}, 0),
        ({"values": [2.0], "scores": [0.9]}, 0),
    ],
)
def test_a_label_outranks_a_number_and_that_a_score(fields: dict[str, Any], said: int) -> None:
    counts = whole(BINARY, cell(true="late", **fields)).counts
    assert isinstance(counts, BinaryCounts)
    assert counts.confusion.tolist() == [[0, 0], [1 - said, said]]


@pytest.mark.parametrize("positive", ["true", "1", "True", "1.0"])
@pytest.mark.parametrize("true", ["true", "True", "1", "1.0", 1.0])
def test_booleans_and_numbers_name_the_same_classes(positive: str, true: str | float) -> None:
    outcome: dict[str, Any] = {"true": true} if isinstance(true, str) else {"true_values": [true]}
    counts = whole(replace(BINARY, positive=positive), cell(values=[1.0], **outcome)).counts
    assert isinstance(counts, BinaryCounts)
    assert counts.confusion.tolist() == [[0, 0], [0, 1]]
    assert canonical("FALSE") == "0"


@pytest.mark.parametrize("score", [None, math.nan, 1.5, -0.1])
def test_a_prediction_without_an_answer_is_none(score: float | None) -> None:
    cohort = whole(BINARY, cell(scores=[score], true="late"))
    assert (cohort.predictions, cohort.outcomes, cohort.unusable, cohort.lag_microseconds) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("task", "fields"),
    [
        (BINARY, {"said": "late", "true_values": [0.5]}),
        (BINARY, {"said": "late", "true_values": [math.nan]}),
        (MULTICLASS, {"said": "a", "true_values": [math.inf]}),
        (REGRESSION, {"values": [3.0], "true": "three"}),
        (REGRESSION, {"values": [3.0], "true_values": [1e200]}),
    ],
)
def test_an_outcome_of_another_kind_is_counted_beside(task: OutcomeTask, fields: dict[str, Any]) -> None:
    cohort = whole(task, cell(**fields))
    assert (cohort.predictions, cohort.outcomes, cohort.unusable, cohort.lag_microseconds) == (1, 0, 1, 0)
    assert errors_of(task, [cell(**fields)]).values.tolist() == []


def test_several_classes_are_named_by_labels_or_whole_numbers() -> None:
    counts = whole(
        replace(MULTICLASS, classes=("2", "a")),
        cell(said="a", true_values=[2.0]),
        cell(values=[2.0], true="2"),
        cell(values=[2.5], true="z"),
    ).counts
    assert isinstance(counts, MulticlassCounts)
    assert counts.confusion.tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("fields", "sure"),
    [
        ({"confidences": [0.9]}, 0.9),
        ({"confidences": [0.9], "scores": [0.2]}, 0.9),
        ({"scores": [0.2]}, 0.2),
        ({"confidences": [97.0], "scores": [0.2]}, 0.2),
        ({"confidences": [math.nan]}, None),
        ({"scores": [-1.0]}, None),
        ({}, None),
    ],
)
def test_several_classes_have_confidences_with_and_without_outcomes(fields: dict[str, Any], sure: float | None) -> None:
    """The confidence is of the predicted class; where none was logged, the score can be of nothing else."""
    pair, alone = cell(said="a", true="b", **fields), cell(said="z", known=False, **fields)
    found = whole(MULTICLASS, pair, alone)
    assert isinstance(found.counts, MulticlassCounts)
    assert found.counts.confident.tolist() == count_multiclass(["b"], ["a"], ["a", "b"], [sure]).confident.tolist()
    assert found.scores is not None
    assert encode(found.scores) == encode(count_said(["a", "z"], ["a", "b"], [sure, sure]))
    twice = found.plus(found).scores
    assert twice is not None
    assert encode(twice) == encode(count_said(["a", "z"] * 2, ["a", "b"], [sure] * 4))


def test_numbers_are_counted_and_their_errors_ordered_by_time() -> None:
    pairs = cell(2, values=[3.0, 10.0], true_values=[1.0, 10.5], times=[20.0, 10.0], lags=[5, 7])
    cohort = whole(REGRESSION, pairs)
    assert isinstance(cohort.counts, RegressionCounts)
    assert (cohort.counts.n, cohort.lag_microseconds) == (2, 12)
    errors = errors_of(REGRESSION, [pairs])
    assert (errors.times.tolist(), errors.values.tolist()) == ([10.0, 20.0], [0.5, 2.0])


def test_only_listed_segments_are_counted_apart() -> None:
    counted = count_cells(
        BINARY, [cell(segment=name, scores=[0.9], true="late") for name in ("de", "fr", "")], new=True
    )
    assert {place[0]: cohort.predictions for place, cohort in counted.items()} == {"": 3, "de": 1}


def test_what_comes_later_or_is_taken_back_is_not_followed() -> None:
    pair = cell(said="late", true="late")
    assert errors_of(BINARY, [pair]).values.tolist() == [0.0]
    others = [replace(pair, known=False), replace(pair, former=replace(pair, true="on time")), replace(pair, sign=-1)]
    assert errors_of(BINARY, others).values.size == 0
    pending = cell(values=[3.0], true="pending")
    assert errors_of(REGRESSION, [replace(pending, true=None, true_values=[5.0], former=pending)]).values.tolist() == [
        2.0
    ]


def test_counts_of_different_tasks_do_not_add_up() -> None:
    with pytest.raises(TypeError, match="BinaryCounts and RegressionCounts do not add up"):
        plus(BinaryCounts.empty(), RegressionCounts.empty())


@pytest.mark.parametrize("task", [BINARY, MULTICLASS, REGRESSION])
def test_a_task_is_read_as_it_was_written(task: OutcomeTask) -> None:
    assert OutcomeTask.from_json(json.loads(json.dumps(task.to_json()))) == task


SCORES: Final = st.one_of(st.none(), st.sampled_from((0.0, 0.5, 1.0)), st.floats(0, 1))
PAIRS: Final = st.lists(
    st.tuples(st.sampled_from(("late", "on time", None)), st.sampled_from(("late", "on time")), SCORES), max_size=30
)


@given(pairs=PAIRS, corrected=st.lists(st.integers(0, 29), max_size=10), seed=st.randoms(use_true_random=False))
def test_corrections_in_any_order_leave_what_is_true_in_the_end(
    pairs: list[tuple[str | None, str, float | None]],
    corrected: list[int],
    seed: Any,  # noqa: ANN401 - a Random
) -> None:
    """First all outcomes are the wrong way round for some; each piece is counted by itself, in any order."""
    turned = {place for place in corrected if place < len(pairs)}
    other = {"late": "on time", "on time": "late"}
    pieces: list[tuple[Cell, bool]] = []
    for place, (said, true, score) in enumerate(pairs):
        first = cell(said=said, scores=[score], true=other[true] if place in turned else true)
        pieces.append((first, True))
        if place in turned:
            pieces += [(replace(first, sign=-1), False), (replace(first, former=first, true=true), False)]
    seed.shuffle(pieces)
    found = Cohort.empty(BINARY)
    for piece, new in pieces:
        found = found.plus(count_cells(BINARY, [piece], new=new)["", NOON])
    answered = [(said, true, score) for said, true, score in pairs if said is not None or score is not None]
    foretold = [
        int(score is not None and score >= 0.5) if said is None else int(said == "late") for said, _, score in answered
    ]
    scores = [math.nan if score is None else score for _, _, score in answered]
    truth = [int(true == "late") for _, true, _ in answered]
    assert encode(found.counts) == encode(count_binary(truth, foretold, scores))
    assert found.scores is not None
    assert encode(found.scores) == encode(count_scores(foretold, scores))
    assert (found.predictions, found.outcomes, found.unusable) == (len(answered), len(answered), 0)
