"""A full recount of pairs in plain Python, to hold the cohorts against.

Rows come from `SELECT *`, and the last outcome of each prediction from a loop over all of them. Counts of the rows of
one cohort are made at once by the pure functions, which have oracles of their own: only that they were made piece by
piece, in another order, with corrections, is tested here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from driftgauge.performance.binary import count_binary
from driftgauge.performance.codec import encode
from driftgauge.performance.multiclass import count_multiclass
from driftgauge.performance.regression import count_regression
from driftgauge.performance.unlabelled import count_said, count_scores
from integration.rollup.oracle import floor, is_sane, select

if TYPE_CHECKING:
    import psycopg

    from integration.rollup.profile_oracle import Record

WEEK = timedelta(days=7)
SAME = {"true": "1", "false": "0", "1.0": "1", "0.0": "0"}


@dataclass(kw_only=True)
class Counted:
    """What one cohort should hold: answers of all predictions, pairs, and pairs that tell nothing."""

    answers: list[tuple[Any, float]] = field(default_factory=list[tuple[Any, float]])
    predictions: int = 0
    pairs: list[tuple[Any, Any, float]] = field(default_factory=list[tuple[Any, Any, float]])
    unusable: int = 0
    lag: int = 0


def recount(connection: psycopg.Connection[Any]) -> list[str]:
    """Return every difference between the cohorts and a recount by the tasks that are in force."""
    faults: list[str] = []
    predictions = [row for row in select(connection, "SELECT * FROM prediction_logs") if answers(row)]
    usable = [
        row
        for row in select(connection, "SELECT * FROM prediction_outcomes")
        if is_sane(row, row["created_at"]) and (row["label"] is not None or row["value"] is not None)
    ]
    outcomes: dict[object, list[Record]] = defaultdict(list)
    for row in usable:
        outcomes[row["prediction_id"]].append(row)
    known = {row["id"] for row in predictions}
    unmatched = sum(row["prediction_id"] not in known for row in usable)
    [mark] = select(connection, "SELECT rows_unmatched, rows_processed FROM watermarks WHERE job = 'outcomes'")
    if mark["rows_unmatched"] != unmatched:
        faults.append(f"{mark['rows_unmatched']} outcomes are said to have no prediction, not {unmatched}")
    read = select(connection, "SELECT count(*) AS rows FROM prediction_outcomes")[0]["rows"]
    if mark["rows_processed"] != read:
        faults.append(f"{mark['rows_processed']} outcomes are said to be read, not {read}")
    tasks = select(connection, "SELECT * FROM outcome_tasks WHERE active")
    for task in tasks:
        faults += recount_task(connection, task, predictions, outcomes)
    stray = select(connection, "SELECT FROM outcome_cohorts INNER JOIN outcome_tasks USING (task_id) WHERE NOT active")
    return [*faults, *("a retired task has cohorts whose rows are here" for _ in stray)]


def answers(row: Record) -> bool:
    given = (row["predicted_label"], row["predicted_value"], row["predicted_score"])
    return is_sane(row, row["created_at"]) and any(value is not None for value in given)


def recount_task(
    connection: psycopg.Connection[Any],
    task: Record,
    predictions: list[Record],
    outcomes: dict[object, list[Record]],
) -> list[str]:
    definition = task["definition"]
    width = timedelta(seconds=definition["cohort_seconds"])
    key = task["model_name"], task["version"], task["environment"]
    expected: dict[tuple[str, Any], Counted] = defaultdict(Counted)
    paired: list[float] = []
    for row in predictions:
        if (row["model_name"], row["version"], row["environment"]) == key:
            start = floor(row["timestamp"], width)
            last = max(
                outcomes.get(row["id"], ()), key=lambda outcome: (outcome["timestamp"], outcome["id"]), default=None
            )
            for segment in {"", row["segment"]} & {"", *definition["segments"]}:
                add(expected[segment, start], definition, row, last)
            if tells(definition, row, last):
                paired.append(row["timestamp"].timestamp())
    kept = {
        (row["segment"], row["cohort_start"]): row
        for row in select(connection, "SELECT * FROM outcome_cohorts WHERE task_id = %s", task["task_id"])
    }
    followed = [
        row["predicted_at"]
        for row in select(connection, "SELECT predicted_at FROM followed WHERE task_id = %s", task["task_id"])
    ]
    faults = [f"{key}: the pair predicted at {at} was not followed" for at in set(paired) - set(followed)]
    if len(set(followed)) < len(followed):
        faults.append(f"{key}: {len(followed) - len(set(followed))} pairs were followed twice")
    faults += [f"{key}: cohort {place} is missing" for place in expected.keys() - kept.keys()]
    faults += [f"{key}: cohort {place} is of no rows" for place in kept.keys() - expected.keys()]
    for place in expected.keys() & kept.keys():
        for column, value in facts(expected[place], definition).items():
            if kept[place][column] != value:
                faults.append(f"{key} {place}: {column} is {kept[place][column]!r}, not {value!r}")
    return faults


def add(cohort: Counted, definition: Record, row: Record, last: Record | None) -> None:
    said, score = answer_of(definition, row)
    if said is None:
        return
    cohort.predictions += 1
    cohort.answers.append((said, score))
    if last is None or last["timestamp"] < row["timestamp"] - WEEK:
        return
    true = truth_of(definition, last)
    if true is None:
        cohort.unusable += 1
        return
    cohort.pairs.append((true, said, score))
    cohort.lag += (last["timestamp"] - row["timestamp"]) // timedelta(microseconds=1)


def tells(definition: Record, row: Record, last: Record | None) -> bool:
    """Whether a prediction with this outcome is a pair."""
    cohort = Counted()
    add(cohort, definition, row, last)
    return bool(cohort.pairs)


def named(definition: Record, label: str | None, value: float | None) -> Any:  # noqa: ANN401 - a class, label or number
    """What a label or number says, None if nothing."""
    if definition["task"] == "regression":
        return value if value is not None and abs(value) <= 1e70 else None
    if label is None:
        if value is None or not math.isfinite(value):
            return None
        if definition["task"] == "multiclass":
            return str(int(value)) if value == int(value) else repr(value)
        if value != int(value):
            return None
        label = str(int(value))
    label = label[:200]
    if definition["task"] == "multiclass":
        return label
    positive = definition["positive"]
    return int(SAME.get(label.lower(), label) == SAME.get(positive.lower(), positive))


def answer_of(definition: Record, row: Record) -> tuple[Any, float]:
    label, value, score = row["predicted_label"], row["predicted_value"], row["predicted_score"]
    said = named(definition, label, value)
    score = math.nan if score is None else score
    if definition["task"] == "multiclass":
        sure = row["confidence"]
        return said, sure if sure is not None and 0 <= sure <= 1 else score
    if definition["task"] != "binary":
        return said, score
    if math.isnan(score) and value is not None and not (math.isfinite(value) and value == int(value)):
        score = value
    if said is None and 0 <= score <= 1:
        said = int(score >= definition["threshold"])
    return said, score


def truth_of(definition: Record, outcome: Record) -> Any:  # noqa: ANN401 - a class, label or number
    return named(definition, outcome["label"], outcome["value"])


def facts(cohort: Counted, definition: Record) -> Record:
    true: list[Any] = [pair[0] for pair in cohort.pairs]
    said: list[Any] = [pair[1] for pair in cohort.pairs]
    scores = [pair[2] for pair in cohort.pairs]
    classes = [answer[0] for answer in cohort.answers]
    all_scores = [answer[1] for answer in cohort.answers]
    scored = None
    match definition["task"]:
        case "binary":
            counts = count_binary(true, said, scores)
            scored = encode(count_scores(classes, all_scores))
        case "multiclass":
            counts = count_multiclass(true, said, definition["classes"], scores)
            scored = encode(count_said(classes, definition["classes"], all_scores))
        case _:
            counts = count_regression(true, said)
    return {
        "predictions": cohort.predictions,
        "outcomes": len(cohort.pairs),
        "unusable": cohort.unusable,
        "lag_microseconds": cohort.lag,
        "counts": encode(counts),
        "scores": scored,
    }
