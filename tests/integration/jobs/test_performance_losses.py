"""A regressor's losses are estimated from its features where inputs shift, from logged rows to the results."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from driftgauge.jobs import performance_fitting
from driftgauge.model.window import TimeWindow
from driftgauge.performance.metric import Task
from driftgauge.performance.options import JudgingOptions
from driftgauge.performance.regression import count_regression
from driftgauge.performance.task import OutcomeTask
from driftgauge.store.performance_references import read_paired_rows
from integration.jobs.performance_stage import Cohorts, cohort_of
from integration.jobs.stage import DAY, HOUR, KEY, Stage, documents, series

if TYPE_CHECKING:
    from driftgauge.model.bins import FloatArray
    from driftgauge.store.cohorts import RegisteredTask

ROWS: Final = 1_000
DAYS: Final = 9
PLANS: Final = ("basic", "pro")
OPTIONS: Final = JudgingOptions(maturity=2 * DAY, reference_cohorts=5)
TASK: Final = OutcomeTask(task=Task.REGRESSION, cohort=DAY)


class Day:
    """A day of a regressor whose errors grow with age, and are larger for `pro`."""

    def __init__(self, seed: int, *, pro: float = 0.2, age: float = 40.0) -> None:
        rng = np.random.default_rng(seed)
        self.age: FloatArray = rng.normal(age, 10, ROWS)
        self.plan: list[str] = rng.choice(PLANS, ROWS, p=[1 - pro, pro]).tolist()
        spread_of = 1 + 0.1 * np.maximum(self.age - 20, 0) + 4 * (np.array(self.plan) == "pro")
        self.outcomes: FloatArray = 100 + rng.normal(size=ROWS) * spread_of
        self.predictions: FloatArray = np.full(ROWS, 100.0)


def days() -> dict[int, Day]:
    """Nine closed days, of which the last has other inputs."""
    return {ago: Day(ago) for ago in range(DAYS, 1, -1)} | {1: Day(1, pro=0.7, age=55)}


def log(cohorts: Cohorts, ago: int, day: Day) -> None:
    """Log a day's rows with their outcomes, as services do; of two outcomes, the first is a slip."""
    start = cohorts.today - ago * DAY
    cohorts.stage.execute(
        """
        WITH said AS MATERIALIZED (
            SELECT gen_random_uuid() AS id, *
            FROM unnest(%s::timestamptz[], %s::jsonb[], %s::float8[], %s::float8[]) AS row (at, features, said, came)
        ),
        logged AS (
            INSERT INTO prediction_logs (id, model_name, version, features, predicted_value, latency_ms, "timestamp")
            SELECT id, 'churn', '1', features, said, 1, at FROM said
        )
        INSERT INTO prediction_outcomes (prediction_id, value, "timestamp")
        SELECT id, outcome.value, at + outcome.lag
        FROM said
        CROSS JOIN LATERAL (VALUES (interval '1 hour', 1e6), (interval '2 hours', came)) AS outcome (lag, value)
        """,
        [start + place % 24 * HOUR for place in range(ROWS)],
        [json.dumps(one) for one in documents({"age": day.age, "plan": day.plan})],
        day.predictions.tolist(),
        day.outcomes.tolist(),
    )


@pytest.fixture
def cohorts(stage: Stage) -> Cohorts:
    return Cohorts(stage=stage)


@pytest.fixture
def task(cohorts: Cohorts) -> RegisteredTask:
    """Nine days logged, rolled up on a reference of the first five, and counted; yesterday no outcome has come yet."""
    stage = cohorts.stage
    stage.execute("SELECT create_partitions(now() - interval '3 weeks', now())")
    reference = Day(99)
    window = TimeWindow(start=cohorts.today - DAYS * DAY, end=cohorts.today - (DAYS - 5) * DAY)
    stage.roll()
    stage.set_reference({"age": reference.age, "plan": reference.plan}, window=window)
    for ago, day in days().items():
        log(cohorts, ago, day)
    stage.roll()
    task = cohorts.register(TASK)
    counted = {ago: cohort_of(count_regression(day.outcomes, day.predictions)) for ago, day in days().items()}
    nothing = count_regression(np.zeros(0), np.zeros(0))
    cohorts.add_days(task, counted | {1: cohort_of(nothing, predictions=ROWS)})
    return task


def test_a_shift_of_inputs_is_seen_before_its_outcomes(cohorts: Cohorts, task: RegisteredTask) -> None:
    job = cohorts.job(OPTIONS)
    samples = job.run()
    shifted = days()[1]
    real = float(np.abs(shifted.outcomes - shifted.predictions).mean())
    rows = cohorts.results("mae")
    usual = float(np.mean([row["realised"] for row in rows[:-1]]))
    assert [row["estimated_verdict"] for row in rows] == ["stable"] * 8 + ["degraded"]
    assert abs(rows[-1]["estimated"] - real) < 0.1 * (real - usual), "of the whole change"
    assert rows[-1]["estimated_low"] < real < rows[-1]["estimated_high"]
    assert rows[-1]["realised"] is None
    assert series(samples, "ml_performance_degraded") == {
        **{(name, "realised"): 0.0 for name in ("mae", "mse", "rmse", "mape", "r2", "rmsle")},
        ("mae", "estimated"): 1.0,
        ("rmse", "estimated"): 1.0,
    }
    came = count_regression(shifted.outcomes, shifted.predictions)
    cohorts.add_days(task, {1: cohort_of(came, predictions=0)})
    job.run()
    assert cohorts.results("mae")[-1]["realised"] == pytest.approx(real)


@pytest.mark.usefixtures("task")
def test_rows_that_are_gone_teach_nothing_and_what_was_estimated_stays(cohorts: Cohorts) -> None:
    cohorts.job(OPTIONS).run()
    estimated = [row["estimated"] for row in cohorts.results("mae")]
    assert None not in estimated
    cohorts.stage.execute("TRUNCATE prediction_logs, prediction_outcomes")
    cohorts.job(replace(OPTIONS, minimum_rows=300)).run()
    [fitted] = cohorts.stage.select("SELECT estimator, estimator_reason FROM performance_references")
    assert fitted["estimator"] is None
    assert "no longer kept" in fitted["estimator_reason"]
    assert [row["estimated"] for row in cohorts.results("mae")] == estimated


def test_cohorts_of_hours_are_not_estimated_from_whole_days(cohorts: Cohorts, task: RegisteredTask) -> None:
    cohorts.retire(task)
    hours = cohorts.register(replace(TASK, cohort=6 * HOUR))
    quarter = Day(8)
    counted = cohort_of(count_regression(quarter.outcomes[:240], quarter.predictions[:240]))
    starts = [cohorts.today - ago * DAY + place * 6 * HOUR for ago in (8, 7, 1) for place in range(4)]
    cohorts.add(hours, {("", start): counted for start in starts})
    cohorts.job(OPTIONS).run()
    found = [row["estimated"] for row in cohorts.results("mae", active=True)]
    assert [value is None for value in found] == [True] * 8 + [False] * 4, "of yesterday, hours are kept apart"


def test_without_a_reference_of_features_nothing_is_estimated(cohorts: Cohorts, task: RegisteredTask) -> None:
    cohorts.stage.execute("UPDATE reference_profiles SET active = FALSE")
    cohorts.job(OPTIONS).run()
    [fitted] = cohorts.stage.select("SELECT task_id, estimator_reason FROM performance_references")
    assert fitted == {"task_id": task.task_id, "estimator_reason": "there is no reference of the model's features yet"}


def test_a_segment_without_features_of_its_own_is_not_estimated(cohorts: Cohorts, task: RegisteredTask) -> None:
    counted = {ago: cohort_of(count_regression(day.outcomes, day.predictions)) for ago, day in days().items()}
    cohorts.add_days(task, counted, segment="de")
    cohorts.job(OPTIONS).run()
    rows = cohorts.stage.select("SELECT segment, estimator_reason AS why FROM performance_references ORDER BY 1")
    assert rows == [{"segment": "", "why": ""}, {"segment": "de", "why": "the reference has no features of such rows"}]
    assert KEY.of_segment("de").whole == KEY


def test_outcomes_are_looked_for_among_so_many_rows_only(cohorts: Cohorts) -> None:
    stage = cohorts.stage
    log(cohorts, 1, Day(1))
    stage.execute(
        'INSERT INTO prediction_logs (model_name, version, predicted_value, latency_ms, "timestamp")'
        " SELECT 'churn', '1', 1, 1, %s FROM generate_series(1, 5)",
        cohorts.today - HOUR / 2,
    )
    window = TimeWindow(start=cohorts.today - DAY, end=cohorts.today)
    with stage.database.transaction(read_only=True) as connection:
        found = [len(read_paired_rows(connection, KEY, window, most=3, looked_at=most)) for most in (5, 7, 9)]
    assert found == [0, 2, 3]


@pytest.mark.usefixtures("task")
def test_too_many_features_are_named(cohorts: Cohorts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performance_fitting, "MOST_PAIRS", 10)
    cohorts.job(OPTIONS).run()
    [fitted] = cohorts.stage.select("SELECT estimator_reason FROM performance_references")
    assert fitted["estimator_reason"] == "2 features are too many to learn losses of 5 cohorts"
