"""Detectors in the database: cut, killed and taken over anywhere, they tell what one that was never stopped tells."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftgauge.concept.change import Level
from driftgauge.concept.registry import DETECTORS
from driftgauge.concept.watch import LEARNED_FROM, Watch
from driftgauge.jobs.concept_streams import Chosen, ConceptStreams
from driftgauge.performance.metric import Task
from driftgauge.performance.pairs import Errors
from driftgauge.performance.task import OutcomeTask
from driftgauge.store.cohorts import RegisteredTask, add_task, retire_task
from integration.jobs.stage import DAY, KEY, Record, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from driftgauge.model.bins import FloatArray

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
STEP: Final = timedelta(minutes=7)
QUICK: Final[Chosen] = {
    "adwin": {"delta": 0.05},
    "cusum": {},
    "ddm": {},
    "eddm": {},
    "hddm_a": {"down": True},
    "hddm_w": {"down": True, "drift": 0.05, "warning": 0.2},
    "kswin": {"window": 40, "newest": 12, "alpha": 0.02},
    "page_hinkley": {"threshold": 20.0},
}


class Killed(Exception):
    """The process ended here."""


def task_on(stage: Stage, task: Task = Task.BINARY) -> RegisteredTask:
    with stage.database.transaction() as connection:
        return add_task(connection, KEY, OutcomeTask(task=task, cohort=DAY))


def errors_of(values: FloatArray | Sequence[float], first: int = 0) -> Errors:
    times = [(START + (first + place) * STEP).timestamp() for place in range(len(values))]
    return Errors(times=np.array(times), values=np.asarray(values, dtype=np.float64))


def part(errors: Errors, start: int, stop: int) -> Errors:
    return Errors(times=errors.times[start:stop], values=errors.values[start:stop])


def stream(seed: int, *levels: float, each: int = 400) -> FloatArray:
    rng = np.random.default_rng(seed)
    return (rng.random(each * len(levels)) < np.repeat(levels, each)).astype(np.float64)


def follow(stage: Stage, task: RegisteredTask, errors: Errors, chosen: Chosen = QUICK, *, killed: bool = False) -> None:
    """Take errors in a transaction of a process that has just started, which ends before its commit if it is killed."""
    with suppress(Killed), stage.database.transaction() as connection:
        ConceptStreams(lambda _: chosen).follow(connection, task, errors)
        if killed:
            raise Killed


def results(stage: Stage) -> list[Record]:
    return stage.select("SELECT * FROM concept_drift_results ORDER BY detector, timestamp, seen, verdict")


def states(stage: Stage) -> dict[str, Record]:
    return {row["detector"]: row for row in stage.select("SELECT * FROM concept_detectors")}


def test_every_detector_is_held_to_this() -> None:
    assert set(QUICK) == set(DETECTORS)


@given(
    seed=st.integers(0, 2**32),
    cuts=st.lists(st.integers(0, 1600), max_size=8),
    kills=st.lists(st.booleans(), min_size=9, max_size=9),
)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cut_killed_and_taken_over_anywhere_each_detector_tells_the_same(
    stage: Stage, seed: int, cuts: list[int], kills: list[bool]
) -> None:
    stage.execute("DELETE FROM concept_drift_results")
    stage.execute("DELETE FROM outcome_tasks")
    task = task_on(stage)
    errors = errors_of(stream(seed, 0.1, 0.4, 0.1, 0.5))
    places = [0, *sorted(cuts), len(errors.values)]
    instances = [ConceptStreams(lambda _: QUICK) for _ in range(2)]
    for turn, (start, stop) in enumerate(pairwise(places)):
        if kills[turn]:
            follow(stage, task, part(errors, start, stop), killed=True)
        with stage.database.transaction() as connection:
            instances[turn % 2].follow(connection, task, part(errors, start, stop))
    kept, found = states(stage), results(stage)
    for name, parameters in QUICK.items():
        whole = Watch.follow(DETECTORS[name], None, parameters)
        changes = whole.update(errors.values)
        assert kept[name]["state"] == whole.state(), name
        assert (kept[name]["seen"], kept[name]["score"]) == (whole.seen, whole.score)
        assert (kept[name]["first_at"], kept[name]["last_at"]) == (START, START + (len(errors.values) - 1) * STEP)
        told = [
            (row["seen"], row["drift_detected"], row["direction"], row["z_score"], row["threshold"], row["score"])
            for row in found
            if row["detector"] == name
        ]
        assert sorted(told) == sorted(
            (
                change.index + 1,
                change.level is Level.DRIFT,
                change.direction,
                change.statistic,
                change.threshold,
                change.score,
            )
            for change in changes
        ), name


def test_a_drift_is_kept_once_with_its_time_direction_and_means(stage: Stage) -> None:
    task = task_on(stage)
    values = stream(1, 0.1, 0.5, each=600)
    errors = errors_of(values)
    [change] = DETECTORS["adwin"].start().update(values)
    for start in range(0, len(values), 100):
        follow(stage, task, part(errors, start, start + 100), {"adwin": {}})
    [row] = results(stage)
    at = START + change.index * STEP
    assert (row["model_name"], row["version"], row["environment"]) == (KEY.model, KEY.version, KEY.environment)
    assert (row["detector"], row["metric_name"], row["verdict"]) == ("adwin", "error_rate", "drifted")
    assert (row["timestamp"], row["direction"], row["drift_detected"], row["task_id"]) == (at, "up", True, task.task_id)
    assert (row["reference_mean"], row["current_mean"]) == (change.reference_mean, change.current_mean)
    assert row["mean_difference"] == row["reference_mean"] - row["current_mean"] < 0
    assert (row["reference_window_start"], row["current_window_end"]) == (None, None)
    kept = states(stage)["adwin"]
    assert (kept["drifted_at"], kept["direction"], kept["warned_at"], kept["reason"]) == (at, "up", None, "")
    assert abs(kept["told_at"] - row["created_at"]) < timedelta(seconds=1)
    told_at = kept["told_at"]
    follow(stage, task, errors_of([0.0], first=len(values)), {"adwin": {}})
    assert states(stage)["adwin"]["told_at"] == told_at, "what was told is not told again"


def test_a_warning_is_no_drift(stage: Stage) -> None:
    task = task_on(stage)
    follow(stage, task, errors_of(stream(2, 0.1, 0.5, each=300)), {"ddm": {}})
    told = [(row["verdict"], row["drift_detected"]) for row in results(stage) if row["seen"] > 300]
    assert set(told) == {("warning", False), ("drifted", True)}
    assert told[0] == ("warning", False)
    kept = states(stage)["ddm"]
    for column, drifted in (("warned_at", False), ("drifted_at", True)):
        assert kept[column] == max(row["timestamp"] for row in results(stage) if row["drift_detected"] is drifted)


def test_late_pairs_do_not_turn_the_time_back(stage: Stage) -> None:
    task = task_on(stage)
    follow(stage, task, errors_of([0, 1, 0], first=100))
    follow(stage, task, errors_of([1, 0]))
    kept = states(stage)["adwin"]
    assert (kept["seen"], kept["first_at"], kept["last_at"]) == (5, START + 100 * STEP, START + 102 * STEP)


def test_detectors_of_zeros_and_ones_are_refused_for_numbers_and_say_so(stage: Stage) -> None:
    task = task_on(stage, Task.REGRESSION)
    follow(stage, task, errors_of(np.random.default_rng(3).gamma(2, 50, 900)))
    kept = states(stage)
    for name in ("ddm", "eddm", "hddm_a", "hddm_w"):
        assert (kept[name]["seen"], kept[name]["state"], kept[name]["score"]) == (0, None, None)
        assert kept[name]["reason"].endswith("any numbers; choose adwin, cusum, kswin or page_hinkley")
    for name in ("adwin", "cusum", "kswin", "page_hinkley"):
        assert (kept[name]["seen"], kept[name]["reason"], kept[name]["metric_name"]) == (900, "", "absolute_error")


def test_a_scale_is_learned_and_says_how_long(stage: Stage) -> None:
    task = task_on(stage, Task.REGRESSION)
    chosen: Chosen = {"page_hinkley": {}}
    values = np.random.default_rng(4).gamma(2, 50, LEARNED_FROM + 1)
    follow(stage, task, errors_of(values[:60]), chosen)
    kept = states(stage)["page_hinkley"]
    assert (kept["seen"], kept["score"]) == (60, None)
    assert kept["reason"] == "learns how large errors are; needs 440 more"
    follow(stage, task, errors_of(values[60:]), chosen)
    kept = states(stage)["page_hinkley"]
    assert (kept["seen"], kept["reason"]) == (LEARNED_FROM + 1, "")
    assert kept["state"]["detector"]["parameters"]["scale"] == pytest.approx(values[:-1].std(ddof=1))


def test_changed_parameters_begin_anew(stage: Stage) -> None:
    task = task_on(stage)
    follow(stage, task, errors_of(stream(5, 0.1, 0.6)), {"adwin": {}})
    assert states(stage)["adwin"]["drifted_at"] is not None
    follow(stage, task, errors_of([0, 0, 1], first=800), {"adwin": {"delta": 0.01}})
    kept = states(stage)["adwin"]
    assert (kept["seen"], kept["drifted_at"], kept["first_at"]) == (3, None, START + 800 * STEP)


def test_a_detector_that_missed_errors_begins_anew_when_it_is_chosen_again(stage: Stage) -> None:
    task = task_on(stage)
    both: Chosen = {"adwin": {}, "ddm": {}}
    follow(stage, task, errors_of([0, 1]), both)
    follow(stage, task, errors_of([0, 1], first=2), {"adwin": {}})
    assert set(states(stage)) == {"adwin"}
    follow(stage, task, errors_of([0, 1], first=4), both)
    assert {name: kept["seen"] for name, kept in states(stage).items()} == {"adwin": 6, "ddm": 2}
    follow(stage, task, errors_of([], first=6), {})
    assert len(states(stage)) == 2, "nothing was missed"
    follow(stage, task, errors_of([0], first=6), {})
    assert states(stage) == {}


def test_errors_of_any_size_are_remembered_exactly(stage: Stage) -> None:
    task = task_on(stage, Task.REGRESSION)
    values = np.array([1e22, 3e-300, 1e70, 5e22, math.nan, -0.0, 2.0**60])
    chosen: Chosen = {"kswin": {}, "adwin": {}, "cusum": {}}
    for place in range(len(values)):
        follow(stage, task, errors_of(values[place : place + 1], first=place), chosen)
    for name, parameters in chosen.items():
        whole = Watch.follow(DETECTORS[name], None, parameters)
        whole.update(values)
        assert states(stage)[name]["state"] == whole.state()
        assert repr(states(stage)[name]["state"]["detector"]["memory"]) == repr(whole.state()["detector"]["memory"])


def test_another_definition_of_the_task_begins_anew_and_tells_each_drift_once(stage: Stage) -> None:
    streams, first = ConceptStreams(lambda _: {"adwin": {}}), task_on(stage)
    errors = errors_of(stream(6, 0.1, 0.5, 0.1))
    follow(stage, first, errors, {"adwin": {}})
    before = [row["timestamp"] for row in results(stage)]
    assert len(before) == 2
    floor = before[1]
    with stage.database.transaction() as connection:
        retire_task(connection, first, floor=floor)
        second = add_task(connection, KEY, replace(first.task, positive="late"))
        kept = [place for place, time in enumerate(errors.times) if time >= floor.timestamp() - 200 * 420]
        streams.follow(connection, second, part(errors, kept[0], len(errors.values)))
    assert {row["task_id"] for row in results(stage)} == {first.task_id, second.task_id}
    old, new = results(stage)
    assert (old["timestamp"], new["task_id"]) == (before[0], second.task_id)
    assert new["timestamp"] >= floor
    with stage.database.transaction() as connection:
        retire_task(connection, second, floor=None)
    assert [row["task_id"] for row in results(stage)] == [first.task_id]
    assert states(stage) == {}
    stage.execute("DELETE FROM outcome_tasks")
    assert [row["task_id"] for row in results(stage)] == [None], "history outlives the task"


def test_each_model_has_its_own_detectors(stage: Stage) -> None:
    other = replace(KEY, model="other")
    with stage.database.transaction() as connection:
        tasks = [add_task(connection, key, OutcomeTask(task=Task.BINARY, cohort=DAY)) for key in (KEY, other)]
        streams = ConceptStreams(lambda model: {"ddm": {}} if model == "other" else {"adwin": {}})
        for task in tasks:
            streams.follow(connection, task, errors_of([0, 1]))
    found = stage.select("SELECT model_name, detector, seen FROM concept_detector_states ORDER BY 1")
    assert [tuple(row.values()) for row in found] == [("churn", "adwin", 2), ("other", "ddm", 2)]
