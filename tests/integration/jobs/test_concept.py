"""The concept job: the days of a metric held against those before, once each value, and what detectors have told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import psycopg
import pytest
from scipy import stats

from driftgauge.concept.windows import Widths
from driftgauge.exposition.snapshot import Renderer
from driftgauge.jobs.concept import ConceptJob, ConceptOptions, ModelConcept
from driftgauge.jobs.concept_streams import ConceptStreams
from driftgauge.jobs.retention import RetentionJob, RetentionOptions
from driftgauge.performance.metric import Task
from driftgauge.performance.pairs import Errors
from driftgauge.performance.task import OutcomeTask
from driftgauge.store.cohorts import add_task
from integration.jobs.stage import DAY, HOUR, KEY, Record, Stage, series

if TYPE_CHECKING:
    from driftgauge.model.bins import FloatArray
    from driftgauge.model.identity import ModelKey

CONCEPT: Final = ModelConcept(
    detectors=frozenset(["adwin", "page_hinkley"]), metrics=frozenset(["accuracy", "roc_auc"]), maturity=7 * DAY
)
OPTIONS: Final = ConceptOptions(
    of_model=lambda _: CONCEPT,
    metrics=CONCEPT.metrics,
    widths=Widths(current=7 * DAY, reference=28 * DAY),
    cohort=DAY,
    alpha=None,
    chance=0.25 / 30,
    recent=DAY,
)
ACCURACY, ADWIN = ("t_test", "accuracy"), ("adwin", "error_rate")


def job_on(stage: Stage, options: ConceptOptions = OPTIONS) -> ConceptJob:
    return ConceptJob(stage.database, options)


def looking_at(concept: ModelConcept) -> ConceptOptions:
    def of_model(_: str) -> ModelConcept:
        return concept

    return replace(OPTIONS, of_model=of_model)


def today(stage: Stage) -> datetime:
    return stage.border.astimezone(UTC).replace(hour=0)


def log_history(
    stage: Stage, values: FloatArray | list[float], *, metric: str = "accuracy", key: ModelKey = KEY, end: int = 7
) -> list[datetime]:
    """Write a value a day, the last of `end` days ago, and return their times."""
    times = [today(stage) - (end + len(values) - 1 - place) * DAY for place in range(len(values))]
    for at, value in zip(times, values, strict=True):
        stage.execute(
            "INSERT INTO model_performance_history (model_name, version, environment, metric_name, metric_value,"
            " timestamp) VALUES (%s, %s, %s, %s, %s, %s)",
            *(key.model, key.version, key.environment, metric, float(value), at),
        )
    return times


def steady(days: int, *, seed: int = 1) -> FloatArray:
    return np.random.default_rng(seed).normal(0.9, 0.01, days)


def results(stage: Stage) -> list[Record]:
    return stage.select("SELECT * FROM concept_drift_results ORDER BY model_name, metric_name, timestamp")


def test_each_value_is_tested_as_scipy_does_on_the_stored_history(stage: Stage) -> None:
    values = np.concatenate([steady(50), steady(6) - 0.03])
    times = log_history(stage, values)
    samples = job_on(stage).run()
    rows = results(stage)
    assert [row["timestamp"] for row in rows] == times[-28:], "those of the last 35 days"
    for row in rows:
        place = times.index(row["timestamp"]) + 1
        reference, current = values[max(place - 35, 0) : place - 7], values[place - 7 : place]
        found = stats.ttest_ind(reference, current)
        pooled = [
            sum((len(part) - 1) * part.var(ddof=ddof) for part in (reference, current)) for ddof in (1, 0)
        ]  # the classic deviations have n in the denominator
        assert row["z_score"] == pytest.approx(found.statistic * np.sqrt(pooled[0] / pooled[1]), rel=1e-6)
        assert row["mean_difference"] == pytest.approx(reference.mean() - current.mean(), abs=1e-12)
        assert (row["reference_values"], row["current_values"]) == (len(reference), 7)
        assert row["threshold"] == 0.25 / 30
        assert row["drift_detected"] == (row["p_value"] < row["threshold"]) == (row["score"] > 1)
    last = rows[-1]
    assert (last["verdict"], last["direction"], last["detector"]) == ("drifted", "down", "t_test")
    assert (last["current_window_start"], last["current_window_end"]) == (times[-1] - 7 * DAY, times[-1])
    assert (last["reference_window_start"], last["reference_window_end"]) == (
        times[-1] - 35 * DAY,
        times[-1] - 7 * DAY,
    )
    assert series(samples, "ml_concept_drift_score") == {ACCURACY: last["score"]}
    assert series(samples, "ml_concept_drift_detected") == {ACCURACY: 1.0}
    assert series(samples, "ml_concept_drift_timestamp_seconds") == {ACCURACY: times[-1].timestamp()}
    snapshot = Renderer().render(samples, max_series=1000, created_at=0.0)
    assert b"\nml_concept_drift_score{" in snapshot.text


def test_a_value_is_tested_once_whoever_looks(stage: Stage) -> None:
    log_history(stage, steady(45))
    jobs = [job_on(stage), job_on(stage)]
    first = jobs[0].run()
    before = stage.select("SELECT id, xmin FROM concept_drift_results ORDER BY id")
    for job in (*jobs, job_on(stage)):
        assert job.run() == first
    assert stage.select("SELECT id, xmin FROM concept_drift_results ORDER BY id") == before


def test_a_new_value_adds_one_test(stage: Stage) -> None:
    job = job_on(stage)
    log_history(stage, steady(45), end=8)
    job.run()
    before = len(results(stage))
    log_history(stage, [0.2], end=7)
    samples = job.run()
    assert len(results(stage)) == before + 1
    assert series(samples, "ml_concept_drift_detected") == {ACCURACY: 0.0}, "one day of seven"
    assert 0.5 < series(samples, "ml_concept_drift_score")[ACCURACY] < 1


def test_a_history_that_is_restated_is_tested_anew(stage: Stage) -> None:
    job = job_on(stage)
    times = log_history(stage, steady(60))
    assert series(job.run(), "ml_concept_drift_detected") == {ACCURACY: 0.0}
    before = results(stage)
    stage.execute(
        "UPDATE model_performance_history SET metric_value = metric_value - 0.05 WHERE timestamp > %s",
        times[-1] - 7 * DAY,
    )
    assert series(job.run(), "ml_concept_drift_detected") == {ACCURACY: 1.0}
    after = results(stage)
    assert [row["id"] for row in after] == [row["id"] for row in before]
    changed = [new["timestamp"] for old, new in zip(before, after, strict=True) if old != new]
    assert changed == times[-7:]
    found_now = [
        new["timestamp"] for old, new in zip(before, after, strict=True) if old["created_at"] != new["created_at"]
    ]
    assert found_now == [row["timestamp"] for row in after if row["drift_detected"]] != []


def test_a_value_that_is_taken_back_takes_its_test_with_it(stage: Stage) -> None:
    job = job_on(stage)
    times = log_history(stage, np.concatenate([steady(60), [0.0]]))
    stage.execute("UPDATE model_performance_history SET metric_value = 'NaN' WHERE timestamp = %s", times[-2])
    job.run()
    assert times[-2] not in [row["timestamp"] for row in results(stage)]
    stage.execute("DELETE FROM model_performance_history WHERE timestamp = %s", times[-1])
    job.run()
    assert [row["timestamp"] for row in results(stage)][-1] == times[-3]


def test_two_values_changed_for_each_other_are_a_restatement(stage: Stage) -> None:
    job = job_on(stage)
    times = log_history(stage, steady(60))
    job.run()
    before = results(stage)[-1]
    stage.execute(
        "UPDATE model_performance_history AS here SET metric_value = there.metric_value"
        " FROM model_performance_history AS there WHERE here.timestamp <> there.timestamp"
        " AND here.timestamp = ANY(%(pair)s) AND there.timestamp = ANY(%(pair)s)".replace("%(pair)s", "%s"),
        [times[-1], times[-20]],
        [times[-1], times[-20]],
    )
    job.run()
    assert results(stage)[-1]["z_score"] != before["z_score"]


def test_metrics_share_the_budget_and_the_classic_rule_does_not(stage: Stage) -> None:
    log_history(stage, steady(40))
    log_history(stage, steady(40, seed=2), metric="roc_auc")
    log_history(stage, steady(40), metric="f1")
    job = job_on(stage)
    assert set(series(job.run(), "ml_concept_drift_score")) == {ACCURACY, ("t_test", "roc_auc")}
    assert {row["threshold"] for row in results(stage)} == {0.125 / 30}
    job_on(stage, replace(OPTIONS, alpha=0.05)).run()
    assert {row["threshold"] for row in results(stage)} == {0.05}
    one = replace(CONCEPT, metrics=frozenset(["accuracy"]))
    assert set(series(job_on(stage, looking_at(one)).run(), "ml_concept_drift_score")) == {ACCURACY}


def test_too_few_values_are_told_and_not_exported(stage: Stage) -> None:
    log_history(stage, steady(8))
    assert job_on(stage).run() == ()
    rows = results(stage)
    assert [row["verdict"] for row in rows] == ["no_data"] * 7 + ["insufficient_data"]
    assert (rows[0]["reference_mean"], rows[0]["z_score"], rows[0]["reference_values"]) == (None, None, 0)


def test_a_metric_that_ended_is_gone(stage: Stage) -> None:
    times = log_history(stage, np.concatenate([steady(40), steady(6) - 0.05]))
    job = job_on(stage)
    assert series(job.run(), "ml_concept_drift_detected") == {ACCURACY: 1.0}
    stage.execute("DELETE FROM model_performance_history WHERE timestamp > %s", times[-4])
    assert series(job.run(), "ml_concept_drift_detected") == {ACCURACY: 1.0}, "three cohorts late"
    stage.execute("DELETE FROM model_performance_history WHERE timestamp > %s", times[-6])
    assert job.run() == ()
    patient = looking_at(replace(CONCEPT, maturity=10 * DAY))
    assert set(series(job_on(stage, patient).run(), "ml_concept_drift_score")) == {ACCURACY}


def test_a_value_of_the_future_hides_no_other(stage: Stage) -> None:
    log_history(stage, steady(40))
    before = job_on(stage).run()
    log_history(stage, [0.1], end=-3650)
    for moment in ("infinity", "-infinity"):
        stage.execute(
            "INSERT INTO model_performance_history (model_name, version, environment, metric_name, metric_value,"
            " timestamp) VALUES (%s, %s, %s, 'accuracy', 0.1, %s)",
            *(KEY.model, KEY.version, KEY.environment, moment),
        )
    assert job_on(stage).run() == before != ()
    assert max(row["timestamp"] for row in results(stage)) < stage.border


def test_a_metric_is_tested_once_a_cohort_however_often_it_is_logged(stage: Stage) -> None:
    times = log_history(stage, steady(50))
    for later in (1, 6, 23):
        for at in times[:-1]:
            stage.execute(
                "INSERT INTO model_performance_history (model_name, version, environment, metric_name, metric_value,"
                " timestamp) VALUES (%s, %s, %s, 'accuracy', 0.9, %s)",
                *(KEY.model, KEY.version, KEY.environment, at + later * HOUR),
            )
    job_on(stage).run()
    rows = results(stage)
    [now] = stage.select("SELECT now() AS at")
    firsts = [at + HOUR for at in times[:-1]]  # a span is open where it begins
    assert [row["timestamp"] for row in rows] == [at for at in firsts if at > now["at"] - 35 * DAY]
    assert {row["current_values"] for row in rows} == {7 * 4}, "every value is in its window"


def refuse(stage: Stage, model: str) -> None:
    """Let no result of a model be written any more."""
    stage.execute(f"ALTER TABLE concept_drift_results ADD CHECK (model_name <> '{model}') NOT VALID")


def test_a_model_that_fails_stops_no_other_and_keeps_its_samples(stage: Stage) -> None:
    first = replace(KEY, model="a first model")
    log_history(stage, steady(40), key=first, end=8)
    log_history(stage, steady(40), end=8)
    job = job_on(stage)
    before = job.run()
    refuse(stage, first.model)
    log_history(stage, [0.1], key=first)
    log_history(stage, [0.1])
    after = job.run()
    assert job.failures.models == [first]
    assert "CheckViolation" in repr(job.failures.problem)
    of_first = [[sample for sample in samples if sample.labels[0] == first.model] for samples in (before, after)]
    assert of_first[0] == of_first[1] != []
    assert series(after, "ml_concept_drift_score")[ACCURACY] != series(before, "ml_concept_drift_score")[ACCURACY]


def test_the_run_failed_if_every_model_did(stage: Stage) -> None:
    log_history(stage, steady(40))
    refuse(stage, KEY.model)
    with pytest.raises(psycopg.errors.CheckViolation):
        job_on(stage).run()


def follow(stage: Stage, *, first: datetime, step: timedelta, recounted: bool = False) -> datetime:
    """Let the detectors see errors that get frequent, and return when they were found to."""
    wrong = np.random.default_rng(1).random(1200) < np.repeat([0.1, 0.5], 600)
    times = np.array([(first + place * step).timestamp() for place in range(1200)])
    with stage.database.transaction() as connection:
        task = add_task(connection, KEY, OutcomeTask(task=Task.BINARY, cohort=DAY))
        streams = ConceptStreams(lambda _: {"adwin": {}, "page_hinkley": {"threshold": 1000.0}, "ddm": {}})
        streams.follow(connection, task, Errors(times=times, values=wrong.astype(np.float64)), recounted=recounted)
    [row] = stage.select("SELECT timestamp FROM concept_drift_results WHERE detector = 'adwin'")
    return row["timestamp"]


def test_a_drift_is_exported_for_a_day_after_it_was_told(stage: Stage) -> None:
    at = follow(stage, first=stage.border - 6 * DAY, step=timedelta(minutes=5))
    job = job_on(stage)
    samples = job.run()
    assert series(samples, "ml_concept_drift_detected") == {ADWIN: 1.0, ("page_hinkley", "error_rate"): 0.0}
    assert series(samples, "ml_concept_drift_timestamp_seconds") == {ADWIN: at.timestamp()}
    assert 0 <= series(samples, "ml_concept_drift_score")[ADWIN] < 1, "it has started again"
    stage.execute("UPDATE concept_detectors SET told_at = told_at - interval '23 hours'")
    assert series(job.run(), "ml_concept_drift_detected")[ADWIN] == 1.0
    stage.execute("UPDATE concept_detectors SET told_at = told_at - interval '2 hours'")
    assert series(job.run(), "ml_concept_drift_detected")[ADWIN] == 0.0
    assert series(job.run(), "ml_concept_drift_timestamp_seconds") == {ADWIN: at.timestamp()}


def test_a_drift_of_long_ago_that_is_found_now_is_history(stage: Stage) -> None:
    follow(stage, first=stage.border - 20 * DAY, step=timedelta(minutes=5))
    assert series(job_on(stage).run(), "ml_concept_drift_detected")[ADWIN] == 0.0
    patient = looking_at(replace(CONCEPT, maturity=20 * DAY))
    assert series(job_on(stage, patient).run(), "ml_concept_drift_detected")[ADWIN] == 1.0


def test_a_drift_of_errors_that_are_counted_anew_is_told_when_it_was(stage: Stage) -> None:
    at = follow(stage, first=stage.border - 6 * DAY, step=timedelta(minutes=5), recounted=True)
    assert stage.border - at > DAY
    samples = job_on(stage).run()
    assert series(samples, "ml_concept_drift_detected")[ADWIN] == 0.0
    assert series(samples, "ml_concept_drift_timestamp_seconds") == {ADWIN: at.timestamp()}
    [result] = stage.select("SELECT created_at FROM concept_drift_results WHERE detector = 'adwin'")
    [state] = stage.select("SELECT told_at FROM concept_detectors WHERE detector = 'adwin'")
    assert result["created_at"] == state["told_at"] == at


def test_a_detector_that_sees_no_error_any_more_is_no_longer_told(stage: Stage) -> None:
    follow(stage, first=stage.border - 6 * DAY, step=timedelta(minutes=5))
    job = job_on(stage)
    stage.execute("UPDATE concept_detectors SET last_at = %s", stage.border - 34 * DAY)
    assert ADWIN in series(job.run(), "ml_concept_drift_score")
    stage.execute("UPDATE concept_detectors SET last_at = %s", stage.border - 36 * DAY)
    assert job.run() == ()
    assert series(job_on(stage, looking_at(replace(CONCEPT, maturity=9 * DAY))).run(), "ml_concept_drift_score")


def test_what_was_told_is_kept_as_long_as_other_results(stage: Stage) -> None:
    follow(stage, first=stage.border - 20 * DAY, step=timedelta(minutes=5))
    log_history(stage, steady(40))
    job_on(stage).run()
    kept = 25 * DAY
    RetentionJob(
        stage.database, RetentionOptions(predictions=kept, rollups=kept, results=kept, partitions_ahead=DAY)
    ).run()
    oldest = min(row["timestamp"] for row in results(stage))
    assert 0 <= (oldest - (stage.border - kept)) / DAY <= 1
    stage.execute("UPDATE concept_drift_results SET timestamp = timestamp - interval '90 days'")
    RetentionJob(
        stage.database, RetentionOptions(predictions=kept, rollups=kept, results=kept, partitions_ahead=DAY)
    ).run()
    assert results(stage) == []
    [state] = stage.select("SELECT drifted_at FROM concept_detectors WHERE detector = 'adwin'")
    assert state["drifted_at"] is not None


def test_the_time_of_a_value_may_have_any_clock(stage: Stage) -> None:
    times = [stage.border - (40 - place) * DAY + place % 3 * HOUR for place in range(40)]
    for at, value in zip(times, steady(40), strict=True):
        stage.execute(
            "INSERT INTO model_performance_history (model_name, version, environment, metric_name, metric_value,"
            " timestamp) VALUES (%s, %s, %s, 'accuracy', %s, %s)",
            *(KEY.model, KEY.version, KEY.environment, float(value), at),
        )
    job_on(stage).run()
    for row in results(stage):
        inside = [at for at in times if row["current_window_start"] < at <= row["current_window_end"]]
        assert row["current_values"] == len(inside)
