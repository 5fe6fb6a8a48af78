"""Performance is judged cohort by cohort, once for each change, and told from what is estimated."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from driftgauge.jobs import performance
from driftgauge.jobs.retention import RetentionJob, RetentionOptions
from driftgauge.model.window import TimeWindow
from driftgauge.performance.metric import Task
from driftgauge.performance.multiclass import count_multiclass
from driftgauge.performance.pairs import Cohort, plus
from driftgauge.performance.regression import count_regression
from driftgauge.performance.task import OutcomeTask
from driftgauge.performance.thresholds import FixedLimits
from driftgauge.store.performance import try_performance_lock
from integration.jobs.performance_stage import BINARY, OPTIONS, Cohorts, classified, cohort_of
from integration.jobs.stage import DAY, KEY, Stage, normal, series

if TYPE_CHECKING:
    from driftgauge.store.cohorts import RegisteredTask

DAYS: Final = 12


@pytest.fixture
def cohorts(stage: Stage) -> Cohorts:
    return Cohorts(stage=stage)


@pytest.fixture
def history(cohorts: Cohorts) -> RegisteredTask:
    """Twelve closed days, all but the last two matured, and the open one; right in nine of ten."""
    task = cohorts.register()
    cohorts.add_days(task, {days: classified(seed=days) for days in range(DAYS, -1, -1)})
    return task


def test_cohorts_are_judged_by_the_first_matured_ones(cohorts: Cohorts, history: RegisteredTask) -> None:
    samples = cohorts.job().run()
    assert cohorts.verdicts() == ["stable"] * (DAYS - 2) + ["insufficient_data"] * 3
    rows = cohorts.results()
    assert [row["matured"] for row in rows] == [True] * (DAYS - 2) + [False] * 3
    assert "not mature before" in rows[-1]["realised_reason"]
    [fitted] = cohorts.stage.select("SELECT * FROM performance_references")
    assert (fitted["task_id"], fitted["cohorts"], fitted["rows"]) == (history.task_id, 5, 5000)
    assert (fitted["window_start"], fitted["window_end"]) == (cohorts.today - 12 * DAY, cohorts.today - 7 * DAY)
    assert series(samples, "ml_performance_score")["accuracy", "realised"] == pytest.approx(0.897)
    assert series(samples, "ml_performance_score")["accuracy", "estimated"] == pytest.approx(0.9, abs=0.02)


def test_a_model_that_logs_nothing_more_is_shown_for_four_weeks(cohorts: Cohorts) -> None:
    task = cohorts.register()
    last = 28 + OPTIONS.maturity // DAY
    cohorts.add_days(task, {days: classified(seed=days) for days in range(last + 8, last, -1)})
    assert cohorts.job().run() == ()
    assert len(cohorts.results()) == 8
    cohorts.add_days(task, {last - 1: classified(seed=1)})
    assert cohorts.job().run()


def test_a_model_that_gets_worse_is_degraded_once_its_outcomes_are_in(
    cohorts: Cohorts, history: RegisteredTask
) -> None:
    cohorts.job().run()
    cohorts.stage.execute("DELETE FROM outcome_cohorts WHERE cohort_start >= %s", cohorts.today - 4 * DAY)
    cohorts.add_days(history, {4: classified(right=0.7), 3: classified(right=0.7), 2: classified(right=0.7)})
    samples = cohorts.job().run()
    assert cohorts.verdicts()[-3:] == ["degraded", "degraded", "insufficient_data"]
    assert series(samples, "ml_performance_degraded")["accuracy", "realised"] == 1.0
    assert "below" in cohorts.results()[-2]["realised_reason"]


def test_fixed_limits_need_no_reference(cohorts: Cohorts) -> None:
    task = cohorts.register()
    cohorts.add_days(task, {4: classified(), 3: classified(right=0.8)})
    cohorts.job(replace(OPTIONS, limits={"accuracy": FixedLimits(lower=0.88)})).run()
    assert cohorts.verdicts() == ["stable", "degraded"]
    assert cohorts.verdicts("f1") == ["insufficient_data"] * 2
    assert "takes 5 matured cohorts of 200 outcomes or more" in cohorts.results("f1")[0]["realised_reason"]


def test_nothing_is_judged_twice(cohorts: Cohorts, history: RegisteredTask) -> None:
    cohorts.job().run()
    before = cohorts.stage.select("SELECT segment, cohort_start, judged_at FROM performance_results ORDER BY 1, 2")
    cohorts.add_days(history, {0: classified(10)})
    cohorts.job().run()
    after = cohorts.stage.select("SELECT segment, cohort_start, judged_at FROM performance_results ORDER BY 1, 2")
    assert [new == old for new, old in zip(after, before, strict=True)] == [True] * DAYS + [False]


@pytest.mark.usefixtures("history")
def test_a_fresh_exporter_shows_what_was_judged(cohorts: Cohorts) -> None:
    first = cohorts.job().run()
    marks = cohorts.stage.select("SELECT * FROM performance_marks")
    assert cohorts.job().run() == first
    assert cohorts.stage.select("SELECT * FROM performance_marks") == marks


def test_a_change_after_maturity_restates(cohorts: Cohorts, history: RegisteredTask) -> None:
    job = cohorts.job()
    job.run()
    cohorts.add_days(history, {5: classified(1000, right=0.5, seed=75), 1: classified(100)})
    samples = job.run()
    restated = [row for row in cohorts.results() if row["restated_at"] is not None]
    assert [row["cohort_start"] for row in restated] == [cohorts.today - 5 * DAY]
    assert (restated[0]["realised"], restated[0]["realised_verdict"]) == (pytest.approx(0.7), "degraded")
    kept = cohorts.stage.select(
        "SELECT * FROM model_performance_history WHERE metric_name = 'accuracy' AND basis = 'realised' ORDER BY 1"
    )
    assert len(kept) == DAYS - 2
    assert [row["metric_value"] for row in kept if row["restated_at"]] == [pytest.approx(0.7)]
    assert all(row["timestamp"] == row["cohort_end"] == row["cohort_start"] + DAY for row in kept)
    assert series(samples, "ml_performance_score")["accuracy", "realised"] == pytest.approx(0.897)


def test_history_has_a_line_for_each_metric_with_a_value(cohorts: Cohorts, history: RegisteredTask) -> None:
    cohorts.job().run()
    of_one = (
        "SELECT basis, metric_name, metric_unit, rows, error, verdict FROM model_performance_history"
        " WHERE cohort_start = %s ORDER BY basis, metric_name"
    )
    rows = cohorts.stage.select(of_one, cohorts.today - 5 * DAY)
    assert [row["basis"] for row in rows] == ["estimated"] * 6 + ["realised"] * 10
    assert {row["rows"] for row in rows} == {1000}
    taken = classified(seed=5)
    nothing = plus(taken.counts, taken.counts, -1)
    gone = replace(taken, predictions=0, outcomes=-taken.outcomes, counts=plus(nothing, taken.counts, -1))
    cohorts.add_days(history, {5: gone})
    cohorts.job().run()
    assert {row["basis"] for row in cohorts.stage.select(of_one, cohorts.today - 5 * DAY)} == {"estimated"}


def test_cohorts_close_and_mature_with_time_alone(cohorts: Cohorts) -> None:
    task = cohorts.register()
    cohorts.add_days(task, {days: classified(seed=days) for days in range(9, -1, -1)})
    job = cohorts.job()
    job.run()
    assert [row["matured"] for row in cohorts.results()] == [True] * 7 + [False] * 3
    assert [row["estimated"] is not None for row in cohorts.results()] == [True] * 9 + [False]
    cohorts.pass_time(DAY)
    samples = job.run()
    assert [row["matured"] for row in cohorts.results()] == [True] * 8 + [False] * 2
    assert [row["estimated"] is not None for row in cohorts.results()] == [True] * 10
    assert {row["restated_at"] for row in cohorts.results()} == {None}
    ended = series(samples, "ml_performance_cohort_timestamp_seconds")
    assert ended["estimated",] - ended["realised",] == 2 * DAY.total_seconds()
    assert cohorts.stage.select("SELECT count(*) FILTER (WHERE due_at <= now()) AS due FROM performance_results") == [
        {"due": 0}
    ]


def test_few_outcomes_are_too_few_and_coverage_says_so(cohorts: Cohorts) -> None:
    task = cohorts.register()
    cohorts.add_days(task, {days: classified(seed=days) for days in range(9, 3, -1)})
    cohorts.add_days(task, {3: classified(150, predictions=3000)})
    samples = cohorts.job().run()
    assert cohorts.verdicts()[-1] == "insufficient_data"
    assert cohorts.results()[-1]["realised_reason"] == "150 rows; 200 are needed"
    assert series(samples, "ml_outcome_coverage_ratio") == {(): 0.05}
    assert series(samples, "ml_outcome_lag_seconds") == {(): 3600.0}
    assert series(samples, "ml_performance_rows")["realised",] == 150
    assert ("accuracy", "realised") not in series(samples, "ml_performance_degraded")


def test_segments_are_judged_by_their_own_reference(cohorts: Cohorts) -> None:
    task = cohorts.register(replace(BINARY, segments=("de", "fr")))
    days = range(9, 3, -1)
    cohorts.add_days(task, {day: classified(2000, seed=day) for day in days})
    cohorts.add_days(task, {day: classified(right=0.95, seed=day) for day in days}, segment="de")
    cohorts.add_days(task, {day: classified(100, seed=day) for day in days}, segment="fr")
    cohorts.add_days(task, {3: classified(2000)})
    cohorts.add_days(task, {3: classified(right=0.7)}, segment="de")
    samples = cohorts.job().run()
    assert cohorts.verdicts(segment="de") == ["stable"] * 6 + ["degraded"]
    assert cohorts.verdicts(segment="") == ["stable"] * 7
    assert set(cohorts.verdicts(segment="fr")) == {"insufficient_data"}
    scores = series(samples, "ml_segment_performance_score")
    assert (scores["de", "accuracy"], scores["fr", "accuracy"]) == (pytest.approx(0.7), pytest.approx(0.86))
    fitted = cohorts.stage.select("SELECT segment FROM performance_references ORDER BY 1")
    assert [row["segment"] for row in fitted] == ["", "de"]


def test_several_classes_without_confidences_are_judged_without_an_estimate(cohorts: Cohorts) -> None:
    task = cohorts.register(OutcomeTask(task=Task.MULTICLASS, cohort=DAY, classes=("a", "b", "c")))

    def day(seed: int, right: float = 0.8) -> Cohort:
        rng = np.random.default_rng(seed)
        true = rng.choice(["a", "b", "c", "rare"], 1000, p=[0.4, 0.3, 0.2, 0.1])
        said = np.where(rng.random(1000) < right, true, rng.choice(["a", "b", "c"], 1000))
        return cohort_of(count_multiclass(true.tolist(), said.tolist(), ["a", "b", "c"]))

    cohorts.add_days(task, {days: day(days) for days in range(9, 3, -1)} | {3: day(3, right=0.4)})
    samples = cohorts.job(replace(OPTIONS, costs=((1.0, 0.0, 0.0, 0.0),) * 4, cost_unit="EUR")).run()
    assert cohorts.verdicts("macro_f1") == ["stable"] * 6 + ["degraded"]
    assert cohorts.results("business_value")[0]["metric_unit"] == "EUR"
    assert {row["estimated"] for row in cohorts.results()} == {None}
    assert {basis for _, basis in series(samples, "ml_performance_score")} == {"realised"}
    [fitted] = cohorts.stage.select("SELECT estimator, estimator_reason AS reason FROM performance_references")
    assert fitted == {"estimator": None, "reason": "predictions of the reference's cohorts have no confidences"}


def test_a_model_that_fails_stops_no_other_and_is_judged_later(cohorts: Cohorts, history: RegisteredTask) -> None:
    other = cohorts.register(key=replace(KEY, model="asterisk"))
    cohorts.add_days(other, {5: classified()})
    [kept] = cohorts.stage.select("SELECT counts FROM outcome_cohorts WHERE task_id = %s", other.task_id)
    cohorts.stage.execute("UPDATE outcome_cohorts SET counts = '\\x09' WHERE task_id = %s", other.task_id)
    job = cohorts.job()
    job.run()
    assert job.failures.describe() == "1 model failed: asterisk@1 (production)"
    assert not job.behind
    assert len(cohorts.results(model_name="churn")) == DAYS + 1
    assert cohorts.results(model_name="asterisk") == []
    cohorts.add_days(history, {0: classified(10)})
    job.run()
    assert job.failures.models
    cohorts.stage.execute(
        "UPDATE outcome_cohorts SET counts = %s WHERE task_id = %s", bytes(kept["counts"]), other.task_id
    )
    job.run()
    assert job.failures.models == []
    assert len(cohorts.results(model_name="asterisk")) == 1


def test_a_run_in_which_every_model_fails_has_failed(cohorts: Cohorts, history: RegisteredTask) -> None:
    cohorts.stage.execute("UPDATE outcome_cohorts SET counts = '\\x09' WHERE task_id = %s", history.task_id)
    with pytest.raises(ValueError, match="unknown format 9"):
        cohorts.job().run()


@pytest.mark.usefixtures("history")
def test_what_another_exporter_judges_is_left_to_it(cohorts: Cohorts) -> None:
    stage = cohorts.stage
    job, other = cohorts.job(), cohorts.job()
    with stage.database.transaction() as connection:
        assert try_performance_lock(connection, KEY)
        assert job.run() == ()
        assert cohorts.results() == []
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(one.run) for one in (job, other)]
        assert [bool(run.exception()) for run in runs] == [False, False]
    assert len(cohorts.results()) == DAYS + 1
    assert job.run() == other.run() != ()


@pytest.mark.usefixtures("history")
def test_another_configuration_judges_anew_and_fits_anew_where_it_must(cohorts: Cohorts) -> None:
    cohorts.job().run()
    fitted = "SELECT performance_reference_id AS id, cohorts FROM performance_references"
    [first] = cohorts.stage.select(fitted)
    cohorts.job(replace(OPTIONS, deviations=50.0)).run()
    assert cohorts.stage.select(fitted) == [first]
    wide = cohorts.results()[0]
    cohorts.job(replace(OPTIONS, reference_cohorts=8)).run()
    [second] = cohorts.stage.select(fitted)
    assert (second["cohorts"], second["id"] == first["id"]) == (8, False)
    assert cohorts.results()[0]["realised_lower_limit"] > wide["realised_lower_limit"]
    assert {row["restated_at"] for row in cohorts.results()} == {None}
    cohorts.job(replace(OPTIONS, maturity=30 * DAY)).run()
    assert cohorts.stage.select(fitted) == []
    assert {row["matured"] for row in cohorts.results()} == {False}
    assert set(cohorts.verdicts()) == {"insufficient_data"}
    assert cohorts.stage.select("SELECT FROM model_performance_history") == []


def test_another_task_is_judged_anew_and_leaves_no_history_of_what_is_recounted(
    cohorts: Cohorts, history: RegisteredTask
) -> None:
    cohorts.job().run()
    cohorts.retire(history, floor=cohorts.today - 8 * DAY)
    task = cohorts.register(OutcomeTask(task=Task.REGRESSION, cohort=DAY))
    cohorts.add_days(task, {5: cohort_of(count_regression(np.arange(300.0), np.arange(300.0) + 1))})
    samples = cohorts.job().run()
    assert {name for name, _ in series(samples, "ml_performance_score")} >= {"mae", "rmse"}
    assert len(cohorts.results("accuracy", active=False)) == 4
    kept = cohorts.stage.select("SELECT metric_name, cohort_start FROM model_performance_history")
    assert {row["cohort_start"] for row in kept if row["metric_name"] == "accuracy"} == {
        cohorts.today - days * DAY for days in (12, 11, 10, 9)
    }
    assert {row["cohort_start"] for row in kept if row["metric_name"] == "mae"} == {cohorts.today - 5 * DAY}


def test_a_backlog_is_worked_off_in_steps(cohorts: Cohorts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performance, "MOST_AT_ONCE", 4)
    monkeypatch.setattr(performance, "MOST_IN_A_RUN", 4)
    task, other = cohorts.register(), cohorts.register(key=replace(KEY, model="other"))
    for one in (task, other):
        cohorts.add_days(one, {days: classified(seed=days) for days in range(9, 0, -1)})
    job = cohorts.job()
    steps = 0
    while steps == 0 or job.behind:
        job.run()
        steps += 1
    assert steps > 4
    assert cohorts.verdicts(model_name="churn") == cohorts.verdicts(model_name="other")
    assert cohorts.verdicts(model_name="churn") == ["stable"] * 7 + ["insufficient_data"] * 2


def test_the_reference_s_own_window_is_chosen_where_it_is_long_enough(cohorts: Cohorts) -> None:
    task = cohorts.register()
    cohorts.add_days(task, {days: classified(right=0.9 if days < 10 else 0.6, seed=days) for days in range(14, 2, -1)})
    window = TimeWindow(start=cohorts.today - 9 * DAY, end=cohorts.today - 3 * DAY)
    cohorts.stage.roll()
    cohorts.stage.set_reference({"age": normal(100)}, window=window)
    cohorts.job().run()
    [fitted] = cohorts.stage.select("SELECT window_start, window_end, cohorts FROM performance_references")
    assert fitted == {"window_start": window.start, "window_end": window.end, "cohorts": 6}
    assert cohorts.verdicts() == ["degraded"] * 5 + ["stable"] * 7


def test_a_reference_whose_cohorts_are_yet_to_mature_is_waited_for(cohorts: Cohorts) -> None:
    task = cohorts.register()
    cohorts.add_days(task, {days: classified(seed=days) for days in range(14, 0, -1)})
    window = TimeWindow(start=cohorts.today - 6 * DAY, end=cohorts.today - DAY)
    cohorts.stage.roll()
    cohorts.stage.set_reference({"age": normal(100)}, window=window)
    cohorts.job().run()
    assert set(cohorts.verdicts()) == {"insufficient_data"}
    cohorts.pass_time(DAY)
    cohorts.job().run()
    [fitted] = cohorts.stage.select("SELECT window_start, cohorts FROM performance_references")
    assert fitted == {"window_start": window.start - DAY, "cohorts": 5}
    assert "stable" in cohorts.verdicts()


@pytest.mark.usefixtures("history")
def test_the_curve_of_each_cohort_can_be_drawn(cohorts: Cohorts) -> None:
    cohorts.job().run()
    rows = cohorts.stage.select(
        "SELECT bin, mean_score, positive_share, rows FROM reliability_curve WHERE cohort_start = %s ORDER BY bin",
        cohorts.today - 5 * DAY,
    )
    assert [row["bin"] for row in rows] == list(range(1, len(rows) + 1))
    assert sum(row["rows"] for row in rows) == 1000
    assert [row["mean_score"] for row in rows] == pytest.approx([0.1, 0.9], abs=0.001)


@pytest.mark.usefixtures("history")
def test_old_cohorts_go_with_their_results_and_their_history(cohorts: Cohorts) -> None:
    cohorts.job().run()
    kept = RetentionOptions(predictions=30 * DAY, rollups=8 * DAY, results=90 * DAY, partitions_ahead=14 * DAY)
    RetentionJob(cohorts.stage.database, kept).run()
    oldest = "SELECT min(cohort_start) AS at FROM "
    for table in ("outcome_cohorts", "performance_results", "model_performance_history"):
        [row] = cohorts.stage.select(oldest + table)
        assert row["at"] >= cohorts.today - 8 * DAY, table
    cohorts.job().run()
    assert cohorts.verdicts() == ["stable"] * 5 + ["insufficient_data"] * 3
