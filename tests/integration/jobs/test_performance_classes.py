"""Classifiers of several classes are estimated from rows as services log them, and from a peer's published data."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from driftgauge.jobs.options import OutcomeOptions
from driftgauge.jobs.outcome_joining import OutcomeJoin
from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.model.identity import ModelKey
from driftgauge.performance.metric import Task
from driftgauge.performance.multiclass import count_multiclass
from driftgauge.performance.options import JudgingOptions
from driftgauge.performance.pairs import Cohort
from driftgauge.performance.task import OutcomeTask
from driftgauge.performance.unlabelled import count_said
from driftgauge.store.cohorts import read_tasks
from integration.jobs.performance_stage import OPTIONS, Cohorts
from integration.jobs.stage import DAY, KEY, Stage, series

DAYS: Final = 10
ROWS: Final = 600
PETS: Final = ("cat", "dog", "owl")
CREDIT_CARDS: Final = Path(__file__).parents[2] / "data" / "credit_cards.npz"
CARDS: Final = ("highstreet_card", "prepaid_card", "upmarket_card")
NANNYML: Final = (0.754192, 0.757301, 0.759008, 0.757555, 0.754411, 0.636898, 0.637819, 0.637937, 0.637649, 0.640510)
SHIFTED: Final = [False] * 5 + [True] * 5
CHUNKS: Final = 20
LOG: Final = """
WITH logged AS (
    INSERT INTO prediction_logs (
        model_name, version, environment, latency_ms, predicted_label, confidence, predicted_score, "timestamp"
    )
    SELECT %s, %s, 'production', 1, said, confidence, score, %s + place * interval '1 second'
    FROM unnest(%s::text[], %s::float8[], %s::float8[])
    WITH ORDINALITY AS given (said, confidence, score, place)
    RETURNING id, "timestamp"
),

numbered AS (
    SELECT
        id,
        "timestamp",
        row_number() OVER (ORDER BY "timestamp") AS place
    FROM logged
)

INSERT INTO prediction_outcomes (prediction_id, label, "timestamp")
SELECT
    numbered.id,
    turned_out.label,
    numbered."timestamp"
FROM numbered
INNER JOIN unnest(%s::text[]) WITH ORDINALITY AS turned_out (label, place) ON numbered.place = turned_out.place
"""


@pytest.fixture
def cohorts(stage: Stage) -> Cohorts:
    return Cohorts(stage=stage)


def log_days(cohorts: Cohorts, *, key: ModelKey = KEY, column: str = "confidence") -> None:
    """Log a model whose confidences are too large; on the last two days, which have no outcomes, it is less sure."""
    for day in range(DAYS, 0, -1):
        rng = np.random.default_rng(day)
        shares: FloatArray = rng.beta(4, 1 if day > 2 else 4, ROWS) * 0.6 + 0.4
        said: IntArray = rng.integers(0, len(PETS), ROWS)
        true: IntArray = np.where(rng.random(ROWS) < shares, said, (said + 1) % len(PETS))
        sure: list[float | None] = (shares**0.5).tolist()
        nothing: list[float | None] = [None] * ROWS
        cohorts.stage.execute(
            LOG,
            *(key.model, key.version, cohorts.today - day * DAY),
            named(said),
            sure if column == "confidence" else nothing,
            sure if column == "predicted_score" else nothing,
            named(true) if day > 2 else [],
        )
    cohorts.stage.roll()


def named(places: IntArray) -> list[str]:
    return [PETS[place] for place in places.tolist()]


def join(stage: Stage) -> None:
    OutcomeJoin(stage.database, OutcomeOptions(), time.sleep).run()


def test_logged_rows_become_estimates_that_are_shown_and_kept(cohorts: Cohorts) -> None:
    log_days(cohorts)
    join(cohorts.stage)
    samples = cohorts.job().run()
    rows = cohorts.results()
    usual, less_sure = rows[:-2], rows[-2:]
    assert {row["predictions"] for row in rows} == {ROWS}
    assert all(row["estimated_low"] < row["realised"] < row["estimated_high"] for row in usual)
    assert {row["estimated_verdict"] for row in usual} == {"stable"}
    assert [row["realised"] for row in less_sure] == [None, None]
    assert [row["estimated"] for row in less_sure] == pytest.approx([0.7, 0.7], abs=0.03), "0.4 + 0.6 / 2"
    assert {row["estimated_verdict"] for row in less_sure} == {"degraded"}
    assert {row["estimated"] is None for row in cohorts.results("macro_f1")} == {True}
    score, confidence, degraded = (
        series(samples, f"ml_performance_{name}") for name in ("score", "confidence", "degraded")
    )
    for metric in ("accuracy", "macro_precision"):
        of = (metric, "estimated")
        assert confidence[*of, "lower"] < score[of] < confidence[*of, "upper"]
        assert degraded[of] == 1.0
    assert ("macro_f1", "estimated") not in score
    history = cohorts.stage.select(
        "SELECT DISTINCT metric_name FROM model_performance_history WHERE basis = 'estimated' ORDER BY 1"
    )
    assert [row["metric_name"] for row in history] == ["accuracy", "macro_precision"]


def test_each_version_has_a_calibration_of_its_own(cohorts: Cohorts) -> None:
    log_days(cohorts)
    log_days(cohorts, key=replace(KEY, version="2"), column="predicted_score")
    join(cohorts.stage)
    cohorts.job().run()
    fitted = cohorts.stage.select(
        "SELECT task.version, reference.estimator -> 'class_cbpe' AS estimator FROM performance_references AS reference"
        " INNER JOIN outcome_tasks AS task USING (task_id) ORDER BY 1"
    )
    assert [row["version"] for row in fitted] == ["1", "2"]
    assert fitted[0]["estimator"] == fitted[1]["estimator"], "a score is the confidence where no other was logged"
    assert [len(row["estimator"]["steps"]) for row in fitted] == [len(PETS) + 1] * 2


def test_a_task_of_before_confidences_were_counted_is_counted_anew_once(cohorts: Cohorts) -> None:
    log_days(cohorts)
    join(cohorts.stage)
    expected = cohorts.stage.select("SELECT cohort_start, counts, scores FROM outcome_cohorts ORDER BY 1")
    with cohorts.stage.database.transaction() as connection:
        task = read_tasks(connection)[KEY]
    cohorts.stage.execute("UPDATE outcome_tasks SET definition = definition - 'counting'")
    cohorts.stage.execute("UPDATE outcome_cohorts SET scores = NULL")
    cohorts.job().run()
    assert {row["estimated"] for row in cohorts.results()} == {None}
    for _ in range(2):
        join(cohorts.stage)
    with cohorts.stage.database.transaction() as connection:
        again = read_tasks(connection)[KEY]
    assert (again.task_id > task.task_id, again.task) == (True, task.task)
    assert cohorts.stage.select("SELECT count(*) AS tasks FROM outcome_tasks") == [{"tasks": 2}]
    assert cohorts.stage.select("SELECT cohort_start, counts, scores FROM outcome_cohorts ORDER BY 1") == expected
    cohorts.job().run()
    assert None not in {row["estimated"] for row in cohorts.results()}


def test_published_estimates_and_alerts_come_out_of_cohort_rows(cohorts: Cohorts) -> None:
    task = cohorts.register(OutcomeTask(task=Task.MULTICLASS, cohort=DAY, classes=CARDS))
    with np.load(CREDIT_CARDS) as arrays:
        counted: IntArray = arrays["outcomes"].astype(np.int64)
    found: dict[int, Cohort] = {}
    for place, chunk in enumerate(counted):
        true, said = (
            [CARDS[number] for number in np.repeat(column, chunk[chunk > 0]).tolist()]
            for column in np.nonzero(chunk)[:2]
        )
        sure = np.repeat(np.nonzero(chunk)[2], chunk[chunk > 0]) / 100
        known = len(said) if place < CHUNKS - 5 else 0
        found[CHUNKS - place] = Cohort(
            predictions=len(said),
            outcomes=known,
            unusable=0,
            lag_microseconds=0,
            counts=count_multiclass(true[:known], said[:known], CARDS, sure[:known]),
            scores=count_said(said, CARDS, sure),
        )
    cohorts.add_days(task, found)
    samples = cohorts.job(JudgingOptions(maturity=5 * DAY)).run()
    later = cohorts.results()[10:]
    assert [row["estimated"] for row in later] == pytest.approx(NANNYML, abs=0.0021)
    assert [row["estimated_verdict"] == "degraded" for row in later] == SHIFTED
    assert all(row["estimated_low"] < row["realised"] < row["estimated_high"] for row in later[:5])
    assert series(samples, "ml_performance_degraded")["accuracy", "estimated"] == 1.0


def test_deviations_hold_for_estimates_of_several_classes(cohorts: Cohorts) -> None:
    log_days(cohorts)
    join(cohorts.stage)
    cohorts.job(replace(OPTIONS, deviations=50.0)).run()
    assert {row["estimated_verdict"] for row in cohorts.results()} == {"stable"}
