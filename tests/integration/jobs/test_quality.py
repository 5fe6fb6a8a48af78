"""The quality job: rows that repeat each other, models that fall silent, each judged by what is usual for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from driftgauge.exposition.snapshot import Renderer
from driftgauge.jobs.quality import NEWEST_ROWS, QualityJob, QualityOptions
from integration.jobs.stage import DAY, HOUR, KEY, Record, Stage, normal, series, spread

if TYPE_CHECKING:
    from driftgauge.exposition.samples import AnySample

ROWS = 60
HOURS = 30


def job_on(stage: Stage) -> QualityJob:
    return QualityJob(stage.database, QualityOptions(bucket=HOUR, alpha=0.25 / 720))


def log_hour(stage: Stage, start: datetime, *, seed: int, copies: int = 1) -> None:
    """Log `ROWS` different rows, each `copies` times."""
    values = list(normal(ROWS, seed=seed)) * copies
    stage.log({"age": values}, spread(start, start + HOUR, len(values)))  # type: ignore[dict-item] - floats do as well


def quality(stage: Stage) -> list[Record]:
    return stage.select("SELECT * FROM data_quality_results ORDER BY check_name, window_end")


def at(stage: Stage, horizon: datetime) -> None:
    """Let the roll-up have come to a moment, and no further."""
    stage.execute("UPDATE watermarks SET horizon_at = %s", horizon)


@pytest.fixture
def busy(stage: Stage) -> Stage:
    """A model that has logged for thirty hours, each of which was checked, up to the border."""
    job = job_on(stage)
    for place in range(HOURS):
        log_hour(stage, stage.border - (HOURS - place) * HOUR, seed=place)
    stage.roll()
    for place in range(HOURS):
        at(stage, stage.border - (HOURS - 1 - place) * HOUR)
        job.run()
    return stage


def states(samples: tuple[AnySample, ...]) -> dict[str, float]:
    return {labels[-1]: value for labels, value in series(samples, "ml_data_quality_faulty").items()}


def test_a_bucket_is_checked_once_and_needs_some_before(busy: Stage) -> None:
    rows = [row for row in quality(busy) if row["check_name"] == "repeated_rows"]
    assert len(rows) == HOURS
    assert [row["verdict"] for row in rows] == ["insufficient_data"] * 8 + ["sound"] * (HOURS - 8)
    assert {(row["value"], row["rows"]) for row in rows} == {(0.0, ROWS)}
    assert rows[-1]["window_end"] == busy.border
    assert rows[-1]["window_start"] == busy.border - HOUR


def test_rows_that_were_logged_twice_are_a_fault_and_teach_nothing(busy: Stage) -> None:
    late = busy.border - HOUR
    busy.execute("DELETE FROM data_quality_results WHERE window_end >= %s", late)
    log_hour(busy, late - HOUR, seed=HOURS - 2)
    log_hour(busy, late, seed=HOURS - 1)
    busy.roll()
    job = job_on(busy)
    at(busy, late)
    assert states(job.run())["repeated_rows"] == 1.0
    at(busy, busy.border)
    samples = job.run()
    assert states(samples)["repeated_rows"] == 1.0
    assert series(samples, "ml_repeated_rows_ratio") == {(): 0.5}
    [first, second] = [
        row for row in quality(busy) if row["verdict"] == "faulty" and row["check_name"] == "repeated_rows"
    ]
    assert (first["window_end"], second["window_end"]) == (late, busy.border)
    assert first["expected"] == second["expected"] == pytest.approx(0.5 / ((HOURS - 2) * ROWS + 1))


def test_the_same_features_of_another_user_or_segment_are_no_repeat(stage: Stage) -> None:
    for user, segment in ((None, None), ("a", None), (None, "a"), ("b", None), ("b", None)):
        stage.execute(
            "INSERT INTO prediction_logs (model_name, version, environment, features, user_id, segment, latency_ms,"
            """ timestamp) VALUES (%s, %s, %s, '{"age": 1}', %s, %s, 1, %s)""",
            KEY.model,
            KEY.version,
            KEY.environment,
            user,
            segment,
            stage.border - HOUR / 2,
        )
    stage.roll()
    job_on(stage).run()
    [row] = [row for row in quality(stage) if row["check_name"] == "repeated_rows"]
    assert (row["value"], row["rows"]) == (0.2, 5)


def test_of_a_busy_bucket_only_the_newest_rows_are_looked_at(stage: Stage) -> None:
    start = stage.border - HOUR
    old, new = ["old"] * 100, [f"new {place}" for place in range(NEWEST_ROWS)]
    stage.log({"plan": [*old, *new]}, spread(start, stage.border, len(old) + len(new)))
    stage.roll()
    job_on(stage).run()
    [row] = [row for row in quality(stage) if row["check_name"] == "repeated_rows"]
    assert (row["value"], row["rows"]) == (0.0, NEWEST_ROWS)


def test_a_model_that_still_logs_is_not_silent(busy: Stage) -> None:
    busy.log({"age": normal(1)}, [datetime.now(UTC) - timedelta(minutes=1)])
    busy.roll()
    samples = job_on(busy).run()
    assert states(samples)["staleness"] == 0.0
    assert series(samples, "ml_silence_limit_seconds")[()] >= 15 * 60


def test_silence_beyond_the_limit_is_a_fault(stage: Stage) -> None:
    for place in range(3, 40):
        log_hour(stage, stage.border - place * HOUR, seed=place)
    stage.roll()
    samples = job_on(stage).run()
    assert states(samples)["staleness"] == 1.0
    [row] = [row for row in quality(stage) if row["check_name"] == "staleness"]
    assert row["verdict"] == "faulty"
    assert row["value"] > 2 * 3600 > row["threshold"] == 15 * 60
    assert row["reason"].startswith("no prediction for ")


def test_nights_are_usual_and_outages_that_were_told_are_not(stage: Stage) -> None:
    job = job_on(stage)
    midnight = stage.border - 5 * DAY
    for day in range(5):
        for hour in range(16):  # and eight hours of rest
            log_hour(stage, midnight + day * DAY + hour * HOUR, seed=24 * day + hour)
    stage.roll()
    samples = job.run()
    [limit] = series(samples, "ml_silence_limit_seconds").values()
    assert limit == pytest.approx(2 * (8 * 3600 + 60), abs=61)
    stage.execute(
        "DELETE FROM traffic_rollups WHERE bucket_start >= %s AND bucket_start < %s",
        midnight + 2 * DAY,
        midnight + 3 * DAY,
    )
    [doubled] = series(job_on(stage).run(), "ml_silence_limit_seconds").values()
    assert doubled > 1.9 * 32 * 3600
    stage.execute(
        "INSERT INTO data_quality_results (model_name, version, environment, check_name, verdict, reason, value, rows,"
        ' window_start, window_end, "timestamp") VALUES (%s, %s, %s, %s, %s, %s, 1, 0, %s, %s, %s)',
        KEY.model,
        KEY.version,
        KEY.environment,
        "staleness",
        "faulty",
        "",
        midnight + 2 * DAY,
        midnight + 2 * DAY + HOUR,
        midnight + 2 * DAY + 12 * HOUR,
    )
    [again] = series(job_on(stage).run(), "ml_silence_limit_seconds").values()
    assert again == limit


def test_each_model_has_its_own(busy: Stage) -> None:
    other = replace(KEY, model="other")
    busy.log({"age": normal(10)}, spread(busy.border - HOUR, busy.border, 10), key=other)
    busy.roll()
    samples = job_on(busy).run()
    assert series(samples, "ml_data_quality_faulty").keys() == {("repeated_rows",), ("staleness",)}
    assert {row["model_name"] for row in quality(busy)} == {"churn", "other"}
    verdicts = {row["verdict"] for row in quality(busy) if row["model_name"] == "other"}
    assert verdicts == {"insufficient_data"}


def test_samples_are_rendered_without_loss(busy: Stage) -> None:
    samples = job_on(busy).run()
    snapshot = Renderer().render(samples, max_series=1000, created_at=0.0)
    for family in ("ml_data_quality_faulty", "ml_repeated_rows_ratio", "ml_silence_limit_seconds"):
        assert f"\n{family}{{".encode() in snapshot.text


def test_nothing_is_checked_before_the_first_roll_up(stage: Stage) -> None:
    assert job_on(stage).run() == ()


def test_features_and_rows_are_in_one_view(busy: Stage) -> None:
    busy.set_reference({"age": normal(2000)})
    busy.roll()
    busy.drift_job().run()
    found = busy.select(
        "SELECT DISTINCT check_name, feature_name, verdict FROM data_quality ORDER BY check_name, verdict"
    )
    told = {(row["check_name"], row["feature_name"]) for row in found}
    assert told == {("missing_share", "age"), ("repeated_rows", None), ("staleness", None)}


def test_a_roll_up_that_lags_makes_no_model_silent(busy: Stage) -> None:
    at(busy, busy.border)
    samples = job_on(busy).run()
    assert states(samples)["staleness"] == 0.0, "nobody knows of rows after the horizon"


def test_a_silence_that_was_told_stays_told(stage: Stage) -> None:
    for place in range(3, 40):
        log_hour(stage, stage.border - place * HOUR, seed=place)
    stage.roll()
    assert states(job_on(stage).run())["staleness"] == 1.0
    stage.log({"age": normal(1)}, [datetime.now(UTC) - timedelta(seconds=5)])
    stage.roll()
    assert states(job_on(stage).run())["staleness"] == 0.0, "a new process looks again"
    [row] = [row for row in quality(stage) if row["check_name"] == "staleness"]
    assert row["verdict"] == "faulty"


def test_a_silence_between_two_buckets_is_written_when_it_begins(busy: Stage) -> None:
    job = job_on(busy)
    at(busy, busy.border)
    assert states(job.run())["staleness"] == 0.0
    at(busy, busy.border + timedelta(minutes=40))
    busy.execute("UPDATE traffic_totals SET last_timestamp = %s", busy.border - 2 * HOUR)
    assert states(job.run())["staleness"] == 1.0
    [row] = [row for row in quality(busy) if row["check_name"] == "staleness" and row["window_end"] == busy.border]
    assert row["verdict"] == "faulty"


def test_a_daily_batch_that_is_late_is_not_silent_before_its_rhythm_is_known(stage: Stage) -> None:
    stage.log({"age": normal(100)}, spread(stage.border - 25 * HOUR, stage.border - 24 * HOUR, 100))
    stage.roll()
    samples = job_on(stage).run()
    assert "staleness" not in states(samples)


def test_a_check_of_a_feature_has_its_own_words(busy: Stage) -> None:
    busy.set_reference({"age": normal(2000), "lost": normal(2000)})
    busy.roll()
    busy.drift_job().run()
    rows = busy.select("SELECT * FROM data_quality WHERE feature_name IS NOT NULL")
    told = {row["feature_name"]: row for row in rows if row["check_name"] == "missing_share"}
    assert told["lost"]["verdict"] == "faulty"
    assert told["lost"]["reason"].startswith("by 1.0000 more than usual; a fault begins at 0.01 and at p below")
    assert told["age"]["verdict"] == "sound"
    busy.execute("UPDATE data_drift_results SET adjusted_p_value = NULL WHERE feature_name = 'age'")
    [shown] = busy.select("SELECT verdict, reason FROM data_quality WHERE feature_name = 'age'")
    assert (shown["verdict"], shown["reason"]) == ("insufficient_data", "not judged")


def refuse(stage: Stage, model: str) -> None:
    """Let no result of a model be written any more."""
    stage.execute(f"ALTER TABLE data_quality_results ADD CHECK (model_name <> '{model}') NOT VALID")


def test_a_model_that_fails_stops_no_other_and_keeps_its_samples(busy: Stage) -> None:
    first = replace(KEY, model="a first model")
    busy.log({"age": normal(10)}, spread(busy.border - HOUR, busy.border, 10), key=first)
    busy.roll()
    job = job_on(busy)
    at(busy, busy.border)
    before = job.run()
    refuse(busy, first.model)
    at(busy, busy.border + HOUR)
    after = job.run()
    assert job.failures.models == [first]
    assert "CheckViolation" in repr(job.failures.problem)
    assert [sample for sample in after if sample.labels[0] == first.model] == [
        sample for sample in before if sample.labels[0] == first.model
    ]
    assert {row["model_name"] for row in quality(busy) if row["window_end"] == busy.border + HOUR} == {KEY.model}


def test_a_model_that_always_failed_has_no_samples(busy: Stage) -> None:
    first = replace(KEY, model="a first model")
    refuse(busy, first.model)
    busy.log({"age": normal(10)}, spread(busy.border - HOUR, busy.border, 10), key=first)
    busy.roll()
    assert {sample.labels[0] for sample in job_on(busy).run()} == {KEY.model}


def test_the_run_failed_if_every_model_did(busy: Stage) -> None:
    refuse(busy, KEY.model)
    with pytest.raises(psycopg.errors.CheckViolation):
        job_on(busy).run()
