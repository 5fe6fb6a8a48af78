"""The health job: what the other jobs and services have told becomes one score, with what each part takes away."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import datetime, timedelta
from math import prod
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import psycopg
import pytest

from driftgauge.app.judging_settings import concept_options, health_options, quality_options
from driftgauge.config import Settings
from driftgauge.config.health_settings import HealthSettings, ModelHealthSettings
from driftgauge.config.settings import ModelSettings
from driftgauge.exposition.snapshot import Renderer
from driftgauge.health.components import COMPONENTS
from driftgauge.jobs.concept import ConceptJob
from driftgauge.jobs.health import HealthJob
from driftgauge.jobs.quality import QualityJob
from driftgauge.jobs.retention import RetentionJob, RetentionOptions
from integration.jobs.performance_stage import Cohorts, classified
from integration.jobs.shifted import columns
from integration.jobs.stage import DAY, HOUR, KEY, Record, Stage, normal, series

if TYPE_CHECKING:
    from driftgauge.exposition.samples import AnySample
    from driftgauge.model.identity import ModelKey

MINUTE: Final = timedelta(minutes=1)
OTHER: Final = replace(KEY, model="other")


def job_on(stage: Stage, *, own: ModelHealthSettings | None = None, **health: Any) -> HealthJob:  # noqa: ANN401 - keys of the section
    """Return a fresh job, `health` set for all models and `own` for KEY's."""
    models = {} if own is None else {KEY.model: ModelSettings(health=own)}
    return HealthJob(stage.database, health_options(Settings(health=HealthSettings(**health), models=models)))


def clock(stage: Stage) -> datetime:
    [row] = stage.select("SELECT now() AS at")
    return row["at"]


def predict(
    stage: Stage,
    rows: int = 100,
    *,
    failed: int = 0,
    latency_ms: float = 12.5,
    ago: timedelta = 30 * MINUTE,
    key: ModelKey = KEY,
) -> None:
    """Log predictions of one moment, and roll them up."""
    at = clock(stage) - ago
    for status, many in (("success", rows - failed), ("error", failed)):
        stage.execute(
            "INSERT INTO prediction_logs (model_name, version, environment, latency_ms, status, timestamp)"
            " SELECT %s, %s, %s, %s, %s, %s FROM generate_series(1, %s)",
            *(key.model, key.version, key.environment, latency_ms, status, at, many),
        )
    stage.roll()


def put(stage: Stage, table: str, *, key: ModelKey = KEY, **row: object) -> None:
    """Insert a row of a model into a table of ours."""
    row = {"model_name": key.model, "version": key.version, "environment": key.environment, **row}
    places = ", ".join(["%s"] * len(row))
    stage.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())  # noqa: S608 - of tests


def components(samples: tuple[AnySample, ...]) -> dict[str, float]:
    """Return the components of KEY's model, by name."""
    found = series(samples, "ml_health_component_ratio")
    return {labels[0]: value for labels, value in found.items() if len(labels) == 1}


def score(samples: tuple[AnySample, ...]) -> float | None:
    return series(samples, "ml_health_score").get(())


def written(stage: Stage) -> list[Record]:
    return stage.select("SELECT * FROM model_health_scores ORDER BY model_name, timestamp, id")


def reasons(row: Record) -> dict[str, str]:
    return {part["component"]: part["reason"] for part in row["components"]}


def test_before_the_first_roll_up_nothing_is_known(stage: Stage) -> None:
    assert job_on(stage).run() == ()
    predict(stage)
    stage.execute("UPDATE watermarks SET horizon_at = NULL")
    assert job_on(stage).run() == ()


def test_a_score_is_what_its_components_leave(stage: Stage) -> None:
    predict(stage, 200, failed=20, latency_ms=300)
    put(stage, "model_health_checks", status="degraded", health_score=0.6)
    samples = job_on(stage).run()
    assert components(samples) == {"success": 0.9, "latency": 0.0, "logged_checks": 0.6}
    weights = {name: value for (name,), value in series(samples, "ml_health_component_weight_ratio").items()}
    assert weights == {"success": 1.0, "latency": 0.2, "logged_checks": 0.5}
    expected = prod(1 - weights[name] * (1 - value) for name, value in components(samples).items())
    assert score(samples) == pytest.approx(expected)
    assert score(samples) == pytest.approx(0.9 * 0.8 * 0.8)
    assert series(samples, "ml_health_score_threshold") == {(): 0.8}
    assert b"\nml_health_score{" in Renderer().render(samples, max_series=1000, created_at=0.0).text
    [row] = written(stage)
    assert (row["score"], row["threshold"], row["rule"]) == (score(samples), 0.8, "components")
    assert [part["component"] for part in row["components"]] == list(COMPONENTS)
    assert reasons(row)["success"] == "180 of 200 predictions in 1 h succeeded"
    assert reasons(row)["performance"] == "no matured cohort was judged"
    parts = stage.select("SELECT * FROM model_health_components WHERE value IS NOT NULL ORDER BY place")
    assert prod(1 - part["takes_away"] for part in parts) == pytest.approx(row["score"])
    [shown] = stage.select("SELECT * FROM model_health")
    assert shown["score"] == row["score"]


def test_latency_is_of_the_buckets_that_the_roll_up_counts(stage: Stage) -> None:
    predict(stage, 70, latency_ms=60)
    predict(stage, 30, latency_ms=160)  # of the bucket from 100 to 250 ms, a third of which is within 150 ms
    found = components(job_on(stage, latency_objective=timedelta(milliseconds=150), latency_target=1.0).run())
    assert found["latency"] == pytest.approx(0.7 + 0.3 / 3)
    own = ModelHealthSettings(latency_objective=timedelta(milliseconds=100), latency_target=0.7)
    assert components(job_on(stage, own=own).run())["latency"] == 1.0


def test_latencies_that_are_no_numbers_are_not_within(stage: Stage) -> None:
    predict(stage, 60, latency_ms=math.nan)
    samples = job_on(stage).run()
    assert components(samples) == {"success": 1.0}


def test_a_handful_of_predictions_is_looked_at_over_a_day(stage: Stage) -> None:
    predict(stage, 40, failed=40)
    assert "success" not in components(job_on(stage).run())
    predict(stage, 160, ago=5 * HOUR)
    samples = job_on(stage).run()
    assert components(samples)["success"] == 0.8
    assert reasons(written(stage)[-1])["success"] == "160 of 200 predictions in 24 h succeeded"
    few = ModelHealthSettings(minimum_predictions=40)
    assert components(job_on(stage, own=few).run())["success"] == 0.0


def test_drift_and_faults_of_features_come_from_the_last_judged_window(shifted: Stage) -> None:
    shifted.drift_job().run()
    [dataset] = shifted.select("SELECT * FROM dataset_drift_results")
    faulty = shifted.select(
        "SELECT check_name, verdict FROM data_quality WHERE feature_name IS NOT NULL AND verdict <> 'insufficient_data'"
    )
    found = components(job_on(shifted).run())
    assert found["data_drift"] == pytest.approx(1 - dataset["drifted_share"])
    assert 0 < found["data_drift"] < 1
    sound = sum(row["verdict"] == "sound" for row in faulty)
    assert found["data_quality"] == pytest.approx(sound / len(faulty))
    shifted.execute("UPDATE dataset_drift_results SET drifted_weight = 0.9")
    assert components(job_on(shifted).run())["data_drift"] == pytest.approx(0.1)


def test_windows_that_say_nothing_of_now_are_unknown(shifted: Stage) -> None:
    job = job_on(shifted)
    shifted.drift_job().run()
    assert {"data_drift", "data_quality"} <= components(job.run()).keys()
    shifted.execute("UPDATE dataset_drift_results SET verdict = 'insufficient_data', reason = 'too few'")
    assert "data_drift" not in components(job.run())
    assert reasons(written(shifted)[-1])["data_drift"] == "too few"
    shifted.execute("UPDATE dataset_drift_results SET verdict = 'drifted', replay_id = gen_random_uuid()")
    assert components(job.run()).keys() & {"data_drift", "data_quality"} == set()
    shifted.execute(
        "UPDATE dataset_drift_results SET replay_id = NULL, window_start = window_start - interval '3 days',"
        " window_end = window_end - interval '3 days'"
    )
    assert components(job.run()).keys() & {"data_drift", "data_quality"} == set()


def test_checks_of_a_window_are_read_anew_when_it_is_judged_anew(shifted: Stage) -> None:
    job = job_on(shifted)
    shifted.drift_job().run()
    before = components(job.run())["data_quality"]
    shifted.execute(
        "UPDATE data_drift_results SET drift_detected = TRUE, verdict = 'drifted'"
        " WHERE statistical_test = 'missing_share'"
    )
    assert components(job.run())["data_quality"] == before
    shifted.execute("UPDATE dataset_drift_results SET timestamp = clock_timestamp()")
    assert components(job.run())["data_quality"] < before


def log_rows(stage: Stage, *, copies: int, hours: int = 1, ago: int = 0) -> None:
    """Log 60 rows an hour, each as often as that, over the hours before the border."""
    for hour in range(ago, ago + hours):
        values = list(normal(60, seed=hour)) * copies
        times = [stage.border - (hour + 1) * HOUR + place * MINUTE / (2 * copies) for place in range(len(values))]
        stage.log({"age": values}, times)  # type: ignore[dict-item] - floats do as well
    stage.roll()


def quality_job(stage: Stage) -> QualityJob:
    return QualityJob(stage.database, quality_options(Settings()))


def test_rows_that_repeat_are_told_by_the_check_of_rows(stage: Stage) -> None:
    log_rows(stage, copies=1, hours=30, ago=1)
    quality = quality_job(stage)
    for place in range(29, -1, -1):
        stage.execute("UPDATE watermarks SET horizon_at = %s", stage.border - place * HOUR)
        if place == 0:
            log_rows(stage, copies=2)
        quality.run()
    found = job_on(stage).run()
    assert components(found)["data_quality"] == 0.0
    assert reasons(written(stage)[-1])["data_quality"] == "1 of 1 checks faulty: repeated_rows"
    stage.execute("UPDATE data_quality_results SET timestamp = timestamp - interval '2 hours'")
    assert "data_quality" not in components(job_on(stage).run())


def test_freshness_falls_as_a_model_stays_silent(stage: Stage) -> None:
    log_rows(stage, copies=1, hours=30, ago=9)
    quality_job(stage).run()
    [limit] = stage.select("SELECT threshold FROM data_quality_results WHERE check_name = 'staleness'")
    [last] = stage.select("SELECT max(last_timestamp) AS at FROM traffic_totals")
    job = job_on(stage)
    for silent, expected in ((0.5, 1.0), (2.0, 0.5), (2.5, 0.25)):
        moment = last["at"] + timedelta(seconds=limit["threshold"]) * silent
        stage.execute("UPDATE watermarks SET horizon_at = %s", moment)
        assert components(job.run())["freshness"] == pytest.approx(expected)
    stage.execute("UPDATE traffic_totals SET last_timestamp = last_timestamp - interval '3 days'")
    stage.execute("UPDATE traffic_rollups SET bucket_start = bucket_start - interval '3 days'")
    samples = job.run()
    assert components(samples)["freshness"] == 0
    assert score(samples) == 0
    assert "success" not in components(samples)
    stage.execute("UPDATE traffic_totals SET last_timestamp = last_timestamp - interval '26 days'")
    assert job.run() == (), "retired"


def test_silence_is_unknown_before_a_day_of_predictions(stage: Stage) -> None:
    predict(stage, ago=3 * HOUR)
    quality_job(stage).run()
    assert "freshness" not in components(job_on(stage).run())
    assert reasons(written(stage)[0])["freshness"] == "nobody knows yet how long it may be silent"


def log_accuracies(stage: Stage, last: float) -> None:
    today = clock(stage).replace(hour=0, minute=0, second=0, microsecond=0)
    values = np.random.default_rng(1).normal(0.9, 0.01, 50)
    values[-6:] += last
    for place, value in enumerate(values):
        put(
            stage,
            "model_performance_history",
            metric_name="accuracy",
            metric_value=float(value),
            timestamp=today - (7 + 49 - place) * DAY,
        )


@pytest.mark.parametrize(("last", "expected"), [(0.0, 1.0), (-0.05, 0.0)])
def test_a_concept_drift_is_what_the_concept_job_tells(stage: Stage, last: float, expected: float) -> None:
    predict(stage)
    log_accuracies(stage, last)
    told = series(ConceptJob(stage.database, concept_options(Settings())).run(), "ml_concept_drift_detected")
    assert told == {("t_test", "accuracy"): 1 - expected}
    assert components(job_on(stage).run())["concept_drift"] == expected
    stage.execute(
        "UPDATE concept_drift_results SET current_window_end = current_window_end - interval '5 days',"
        " timestamp = timestamp - interval '5 days'"
    )
    assert "concept_drift" not in components(job_on(stage).run()), "four cohorts and the maturity ago"


def test_a_detector_counts_while_its_drift_is_recent(stage: Stage) -> None:
    predict(stage)
    stage.execute(
        "WITH task AS (INSERT INTO outcome_tasks (model_name, version, environment, task, definition)"
        " VALUES (%s, %s, %s, 'binary', '{}') RETURNING task_id)"
        " INSERT INTO concept_detectors (task_id, detector, metric_name, score, last_at, drifted_at, told_at)"
        " SELECT task_id, 'adwin', 'error_rate', 0.2, now() - interval '2 hours', now() - interval '3 hours',"
        " now() - interval '1 hour' FROM task",
        *(KEY.model, KEY.version, KEY.environment),
    )
    concept = ConceptJob(stage.database, concept_options(Settings()))
    for moved, expected in (("0", 0.0), ("24 hours", 1.0)):
        stage.execute("UPDATE concept_detectors SET told_at = told_at - %s::interval", moved)
        told = series(concept.run(), "ml_concept_drift_detected")
        assert told == {("adwin", "error_rate"): 1 - expected}
        assert components(job_on(stage).run())["concept_drift"] == expected
    stage.execute("UPDATE concept_detectors SET detector = 'ddm'")
    assert "concept_drift" not in components(job_on(stage).run()), "not chosen"


def test_performance_is_of_the_latest_matured_cohort(stage: Stage) -> None:
    predict(stage)
    cohorts = Cohorts(stage=stage)
    task = cohorts.register()
    cohorts.add_days(task, {day: classified(seed=day) for day in range(10, 16)})
    cohorts.add_days(task, {9: classified(right=0.6)})
    cohorts.job().run()
    findings = stage.select(
        "SELECT metric_name, realised_verdict AS verdict FROM performance_cohorts WHERE cohort_start = %s",
        cohorts.today - 9 * DAY,
    )
    judged = [row for row in findings if row["verdict"] != "insufficient_data"]
    degraded = sorted(row["metric_name"] for row in judged if row["verdict"] == "degraded")
    assert "accuracy" in degraded
    job = job_on(stage)
    found = components(job.run())
    assert found["performance"] == pytest.approx(1 - len(degraded) / len(judged))
    told = reasons(written(stage)[-1])["performance"]
    assert told.startswith(f"{len(degraded)} of {len(judged)} metrics degraded: accuracy")
    cohorts.pass_time(40 * DAY)
    assert "performance" not in components(job.run())


def explain(
    stage: Stage, ago: timedelta, found: dict[str, str], *, kind: str = "shap", verdict: str = "drifted"
) -> None:
    """Write what a judgement of a window found of each feature."""
    end = clock(stage) - ago
    judged: dict[str, Any] = {"explanation_type": kind, "window_end": end, "timestamp": end}
    for feature, told in found.items():
        drifted = told == "drifted"
        put(
            stage,
            "explainability_drift_results",
            **judged,
            feature_name=feature,
            verdict=told,
            drift_detected=drifted,
        )
    put(
        stage,
        "explanation_drift_summaries",
        **judged,
        window_start=end - HOUR,
        verdict=verdict,
        reason="",
        sentence="",
        explained_predictions=1,
        drifted_features=list(found.values()).count("drifted"),
        judged_features=len(found),
        ndcg_threshold=0.9,
        appeared=[],
        vanished=[],
    )


def test_explanations_are_those_judged_last(stage: Stage) -> None:
    predict(stage)
    explain(stage, 2 * DAY, {"age": "drifted", "fare": "drifted"})
    explain(stage, DAY, {"age": "drifted", "fare": "stable", "plan": "stable", "sex": "insufficient_data"})
    assert components(job_on(stage).run())["explanation_drift"] == pytest.approx(2 / 3)
    assert reasons(written(stage)[-1])["explanation_drift"] == "1 of 3 features explained otherwise: age"
    stage.execute("UPDATE explanation_drift_summaries SET timestamp = timestamp - interval '7 days'")
    assert "explanation_drift" not in components(job_on(stage).run())


def test_a_feature_counts_once_whatever_type_of_explanation_tells_it(stage: Stage) -> None:
    predict(stage)
    explain(stage, DAY, {"age": "drifted", "fare": "stable"})
    explain(stage, HOUR, {"age": "stable", "fare": "stable"}, kind="lime", verdict="stable")
    assert components(job_on(stage).run())["explanation_drift"] == pytest.approx(1 / 2)


def test_features_that_could_not_be_judged_are_not_sound(stage: Stage) -> None:
    predict(stage)
    explain(stage, DAY, {"age": "insufficient_data", "fare": "no_data"}, verdict="insufficient_data")
    assert "explanation_drift" not in components(job_on(stage).run())


def test_an_order_that_changed_counts_although_no_feature_did(stage: Stage) -> None:
    predict(stage)
    explain(stage, DAY, {"age": "stable", "fare": "stable", "plan": "stable"})
    assert components(job_on(stage).run())["explanation_drift"] == pytest.approx(3 / 4)
    told = reasons(written(stage)[-1])["explanation_drift"]
    assert told == "1 of 4 features explained otherwise: their order"


def test_the_newest_logged_check_counts(stage: Stage) -> None:
    predict(stage)
    now = clock(stage)
    for ago, status, given in ((3, "healthy", 1.0), (2, "degraded", 0.25), (1, "healthy", math.nan), (-60, "bad", 0.0)):
        at = now - ago * MINUTE
        put(stage, "model_health_checks", status=status, health_score=given, checked_at=at)
    samples = job_on(stage).run()
    assert components(samples)["logged_checks"] == 0.25
    assert series(samples, "ml_health_check_score") == {(): 0.25}
    assert series(samples, "ml_health_check_timestamp_seconds") == {(): (now - 2 * MINUTE).timestamp()}
    put(stage, "model_health_checks", status="unhealthy")
    assert components(job_on(stage).run())["logged_checks"] == 0.0
    stage.execute("UPDATE model_health_checks SET checked_at = checked_at - interval '1 day 1 hour'")
    samples = job_on(stage).run()
    assert "logged_checks" not in components(samples)
    assert series(samples, "ml_health_check_score") == {}


def test_the_classic_rule_can_be_chosen_by_model(shifted: Stage) -> None:
    predict(shifted, 400, failed=200, latency_ms=900)
    predict(shifted, key=OTHER)
    shifted.drift_job().run()
    samples = job_on(shifted, own=ModelHealthSettings(rule="classic")).run()
    found = components(samples)
    assert found.keys() == {"success", "latency", "data_drift", "concept_drift"}
    assert (found["latency"], found["data_drift"], found["concept_drift"]) == (0.0, 0.0, 1.0)
    assert score(samples) == pytest.approx(found["success"] * 0.8 * 0.7)
    assert {row["model_name"]: row["rule"] for row in written(shifted)} == {"churn": "classic", "other": "components"}


def test_a_score_is_written_when_it_changes_and_once_an_hour(stage: Stage) -> None:
    predict(stage, 200)
    job = job_on(stage, every=HOUR)  # which does not end while a test runs
    job.run()
    stage.execute("UPDATE model_health_scores SET timestamp = timestamp - interval '10 minutes'")
    job.run()
    assert len(written(stage)) == 1, "nothing has changed"
    predict(stage, 1, failed=1)
    job.run()
    assert len(written(stage)) == 1, "half a hundredth is no change"
    predict(stage, 20, failed=20)
    job.run()
    assert [row["score"] for row in written(stage)] == pytest.approx([1.0, 200 / 221])
    put(stage, "model_health_checks", status="healthy")
    job.run()
    rows = written(stage)
    assert len(rows) == 2, "one an interval"
    assert reasons(rows[1])["logged_checks"] == "healthy, 1"
    stage.execute("UPDATE model_health_scores SET timestamp = timestamp - interval '50 minutes'")
    job.run()
    assert len(written(stage)) == 2
    stage.execute("UPDATE model_health_scores SET timestamp = timestamp - interval '10 minutes'")
    job.run()
    assert len(written(stage)) == 3, "an hour old"


@pytest.mark.parametrize(
    "changed",
    [{"threshold": 0.9}, {"weights": {"success": 0.999}}, {"rule": "classic"}],
    ids=lambda one: next(iter(one)),
)
def test_what_a_score_means_is_news(stage: Stage, changed: dict[str, Any]) -> None:
    predict(stage, 200)
    job_on(stage).run()
    stage.execute("UPDATE model_health_scores SET timestamp = timestamp - interval '10 minutes'")
    job_on(stage, **changed).run()
    assert len(written(stage)) == 2


def test_a_score_that_crosses_the_threshold_is_news(stage: Stage) -> None:
    predict(stage, 1000, failed=197)
    job = job_on(stage)
    assert score(job.run()) == 0.803
    stage.execute("UPDATE model_health_scores SET timestamp = timestamp - interval '10 minutes'")
    predict(stage, 10, failed=10)
    assert score(job.run()) == pytest.approx(803 / 1010)
    assert [row["score"] < row["threshold"] for row in written(stage)] == [False, True]


def test_two_exporters_tell_and_write_the_same(stage: Stage) -> None:
    predict(stage, 200, failed=30)
    predict(stage, 200, failed=60, key=OTHER)
    put(stage, "model_health_checks", status="healthy", health_score=0.7)
    jobs = [job_on(stage, every=HOUR) for _ in range(3)]
    assert len({job.run() for job in (*jobs[:2], *jobs)}) == 1
    assert [row["model_name"] for row in written(stage)] == ["churn", "other"]


def test_a_model_that_fails_stops_no_other_and_keeps_its_samples(stage: Stage) -> None:
    predict(stage, 200)
    predict(stage, 200, key=OTHER)
    job = job_on(stage)
    before = job.run()
    stage.execute("ALTER TABLE model_health_scores ADD CONSTRAINT refused CHECK (model_name <> 'churn') NOT VALID")
    for key in (KEY, OTHER):
        predict(stage, 200, failed=200, key=key)
    after = job.run()
    assert job.failures.models == [KEY]
    assert "CheckViolation" in repr(job.failures.problem)
    assert score(before) == 1.0
    assert series(after, "ml_health_score")[OTHER.model, OTHER.version, OTHER.environment] == 0.5
    assert score(after) is not None
    stage.execute("ALTER TABLE model_health_scores ADD CONSTRAINT none CHECK (FALSE) NOT VALID")
    for key in (KEY, OTHER):
        predict(stage, 200, failed=200, key=key)
    with pytest.raises(psycopg.errors.CheckViolation):
        job.run()
    stage.execute("ALTER TABLE model_health_scores DROP CONSTRAINT refused, DROP CONSTRAINT none")
    job.run()
    assert job.failures.models == []
    assert written(stage)[-1]["score"] == pytest.approx(1 / 3)


def test_a_model_that_vanishes_is_gone(stage: Stage) -> None:
    predict(stage, 200)
    predict(stage, 200, key=OTHER)
    job = job_on(stage)
    assert len(series(job.run(), "ml_health_score")) == 2
    stage.execute("DELETE FROM traffic_totals WHERE model_name = 'churn'")
    assert set(series(job.run(), "ml_health_score")) == {(OTHER.model, OTHER.version, OTHER.environment)}


def test_scores_are_kept_as_long_as_results(stage: Stage) -> None:
    predict(stage, 200)
    job_on(stage).run()
    options = RetentionOptions(predictions=25 * DAY, rollups=25 * DAY, results=25 * DAY, partitions_ahead=DAY)
    RetentionJob(stage.database, options).run()
    assert len(written(stage)) == 1
    stage.execute("UPDATE model_health_scores SET timestamp = timestamp - interval '26 days'")
    RetentionJob(stage.database, options).run()
    assert written(stage) == []


def test_what_is_written_is_json_without_nan(stage: Stage) -> None:
    predict(stage, 200)
    put(stage, "model_health_checks", status='quo"ted\\\n', health_score=math.inf)
    samples = job_on(stage).run()
    assert components(samples)["logged_checks"] == 1.0
    [row] = stage.select("SELECT components::text AS text FROM model_health_scores")
    parts = json.loads(row["text"], parse_constant=pytest.fail)
    assert {part["component"]: part["reason"] for part in parts}["logged_checks"] == 'quo"ted\\\n, inf'


def test_a_model_without_features_or_outcomes_has_a_score_all_the_same(stage: Stage) -> None:
    stage.log(columns(120), [clock(stage) - 20 * MINUTE] * 120)
    stage.roll()
    assert score(job_on(stage).run()) == 1.0
