"""The anomaly job: each hour of each metric, judged by how it was at such hours, and told until the next."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import psycopg
import pytest

from driftgauge.jobs.anomalies import AnomalyJob, AnomalyOptions
from driftgauge.jobs.retention import RetentionJob, RetentionOptions
from driftgauge.model.identity import ModelKey
from driftgauge.model.traffic import LATENCY_BOUNDS
from driftgauge.store.watermarks import read_rolled_up
from integration.jobs.stage import DAY, HOUR, KEY, Record, Stage, normal, series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from driftgauge.exposition.samples import AnySample
    from driftgauge.store.execute import Connection

ROWS: Final = 1_000
HOURS: Final = 28 * 24
COPY_TRAFFIC: Final = (
    b"COPY traffic_rollups (model_name, version, environment, status, bucket_start, predictions, latency_buckets,"
    b" latency_sum, confidence_count, confidence_sum) FROM STDIN"
)
OTHER: Final = ModelKey(model="other", version="1", environment="production")


def job_on(
    stage: Stage, options: AnomalyOptions | None = None, *, late: Sequence[timedelta] = (timedelta(),)
) -> AnomalyJob:
    """Return a job whose clock stands where the roll-up has come to, and goes on by `late`."""

    def clock(connection: Connection) -> datetime:
        found = read_rolled_up(connection)
        assert found is not None
        return found.horizon_at + late[0]

    return AnomalyJob(stage.database, lambda _: options or AnomalyOptions(alpha=0.25), UTC, clock)


def at(stage: Stage, end: datetime) -> None:
    """Let the roll-up have come to a moment after the end of an hour, and no further."""
    stage.execute("UPDATE watermarks SET horizon_at = %s", end + timedelta(minutes=6))


def fill(
    stage: Stage,
    end: datetime,
    *,
    hours: int = HOURS,
    rows: float = ROWS,
    latency: float = 0.05,
    errors: float = 0.01,
    key: ModelKey = KEY,
    seed: int = 1,
) -> None:
    """Write the traffic of the hours before a moment, in two minutes of each."""
    rng = np.random.default_rng(seed)
    with stage.admin.transaction(), stage.admin.cursor() as cursor, cursor.copy(COPY_TRAFFIC) as copy:
        for hour in range(hours):
            count = int(rng.poisson(rows))
            failed = int(rng.binomial(count, errors))
            for minute, status, many in ((7, "success", count - failed), (7, "error", failed)):
                if many:
                    slots = [0] * len(LATENCY_BOUNDS) + [many]
                    took = many * latency * math.exp(rng.normal(0, 0.03))
                    sure = many * (0.8 + rng.normal(0, 0.005))
                    start = end - (hour + 1) * HOUR + timedelta(minutes=minute)
                    copy.write_row(
                        (key.model, key.version, key.environment, status, start, many, slots, took, many, sure)
                    )
    stage.execute(
        "INSERT INTO traffic_totals (model_name, version, environment, status, predictions, latency_buckets,"
        " first_timestamp, last_timestamp) VALUES (%s, %s, %s, 'success', 1, '{1}', %s, %s)"
        " ON CONFLICT (model_name, version, environment, status) DO UPDATE SET last_timestamp = greatest("
        "traffic_totals.last_timestamp, excluded.last_timestamp)",
        key.model,
        key.version,
        key.environment,
        end - hours * HOUR,
        end - HOUR / 2,
    )


def log_metric(stage: Stage, values: Mapping[datetime, float], *, name: str = "accuracy", unit: str = "") -> None:
    with stage.admin.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO model_metrics (model_name, version, environment, metric_name, metric_value, metric_unit,"
            ' "timestamp") VALUES (%s, %s, %s, %s, %s, %s, %s)',
            [(KEY.model, KEY.version, KEY.environment, name, value, unit, at) for at, value in values.items()],
        )


def results(stage: Stage, metric: str | None = None) -> list[Record]:
    return stage.select(
        "SELECT * FROM anomaly_results WHERE metric_name = %s OR %s::text IS NULL ORDER BY model_name, metric_name,"
        " bucket_start",
        metric,
        metric,
    )


def detected(samples: tuple[AnySample, ...]) -> set[tuple[str, ...]]:
    return {labels for labels, value in series(samples, "ml_anomaly_detected").items() if value}


@pytest.fixture
def end(stage: Stage) -> datetime:
    """The end of the hour that is judged, long enough ago; the roll-up has caught up there."""
    stage.log({"age": normal(1)}, [stage.border - 40 * DAY])
    stage.roll()
    stage.execute("DELETE FROM traffic_rollups")
    stage.execute("DELETE FROM traffic_totals")
    at(stage, stage.border - 2 * HOUR)
    return stage.border - 2 * HOUR


def test_a_model_as_it_always_is(stage: Stage, end: datetime) -> None:
    fill(stage, end)
    job = job_on(stage)
    samples = job.run()
    metrics = {"error_share", "mean_confidence", "mean_latency", "predictions"}
    assert {labels[0] for labels in series(samples, "ml_anomaly_score")} == metrics
    assert all(score <= 1 for score in series(samples, "ml_anomaly_score").values())
    assert detected(samples) == set()
    assert len(series(samples, "ml_anomaly_detected")) == 8
    rows = results(stage)
    assert {row["metric_name"] for row in rows} == metrics
    assert {(row["verdict"], row["bucket_start"]) for row in rows} == {("normal", end - HOUR)}
    [traffic] = results(stage, "predictions")
    assert traffic["expected"] == pytest.approx(ROWS, rel=0.05)
    assert traffic["lower"] < traffic["value"] < traffic["upper"]
    [failed] = results(stage, "error_share")
    assert failed["value"] * failed["rows"] == pytest.approx(ROWS * 0.01, abs=12)
    assert job.run() == samples
    assert results(stage) == rows, "an hour is judged once"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"rows": ROWS / 2}, ("predictions", "down")),
        ({"rows": ROWS * 2}, ("predictions", "up")),
        ({"latency": 0.1}, ("mean_latency", "up")),
        ({"errors": 0.05}, ("error_share", "up")),
    ],
)
def test_what_changes_is_found_in_its_hour(
    stage: Stage, end: datetime, change: dict[str, float], found: tuple[str, str]
) -> None:
    fill(stage, end - HOUR)
    fill(stage, end, hours=1, seed=2, **change)  # pyright: ignore[reportArgumentType] - figures
    samples = job_on(stage).run()
    assert detected(samples) == {found}
    assert series(samples, "ml_anomaly_score")[found[:1]] > 1
    [row] = stage.select("SELECT * FROM anomalies WHERE verdict = 'anomalous'")
    assert (row["metric_name"], row["direction"], row["bucket_start"]) == (*found, end - HOUR)
    assert "usual is" in row["reason"]


def test_one_huge_latency_is_no_anomaly(stage: Stage, end: datetime) -> None:
    """The mean of its hour is ten times the usual, and so is the error of that mean."""
    fill(stage, end)
    stage.execute(
        "UPDATE traffic_rollups SET latency_sum = latency_sum + 500, latency_squares = 500 * 500"
        " WHERE bucket_start >= %s AND status = 'success'",
        end - HOUR,
    )
    assert detected(job_on(stage).run()) == set()
    [row] = results(stage, "mean_latency")
    assert row["value"] > 10 * row["expected"]
    assert row["upper"] > row["value"]


def test_latencies_of_another_histogram_are_counted_too(stage: Stage, end: datetime) -> None:
    fill(stage, end)
    stage.execute(
        "UPDATE traffic_rollups SET latency_buckets = ARRAY[predictions / 2] WHERE bucket_start >= %s", end - HOUR
    )
    job_on(stage).run()
    [row] = results(stage, "mean_latency")
    assert row["rows"] == pytest.approx(ROWS / 2, rel=0.1)


def test_until_enough_is_known_nothing_is_said(stage: Stage, end: datetime) -> None:
    fill(stage, end - HOUR, hours=3 * 24)
    fill(stage, end, hours=1, rows=1, seed=2)
    assert job_on(stage).run() == ()
    assert {row["verdict"] for row in results(stage)} == {"insufficient_data"}
    [row] = results(stage, "predictions")
    assert (row["score"], row["reason"]) == (None, "3.0 days of history, at least 8 are needed")


def test_a_database_that_was_never_rolled_up_has_none(stage: Stage) -> None:
    assert job_on(stage).run() == ()


def test_accuracy_that_falls_is_found_and_what_is_no_number_left_out(stage: Stage, end: datetime) -> None:
    places = [end - HOUR * hour - HOUR / 2 for hour in range(HOURS)]
    accuracy = dict(zip(places, 0.92 + 0.01 * normal(HOURS), strict=True)) | {places[0]: 0.6}
    log_metric(stage, accuracy)
    log_metric(stage, {places[0] + HOUR / 4: math.nan, places[0] + HOUR / 3: math.inf})
    log_metric(stage, dict.fromkeys(places, math.nan), name="broken")
    log_metric(stage, dict.fromkeys(places, 0.5), name="predictions")
    samples = job_on(stage).run()
    assert detected(samples) == {("accuracy", "down")}
    [row] = results(stage)
    assert (row["value"], row["rows"], row["direction"]) == (0.6, 1, "down")
    assert row["expected"] == pytest.approx(0.92, abs=0.02)
    assert row["reason"].startswith("0.6 on average; usual is 0.9")


def test_late_rows_change_what_was_found(stage: Stage, end: datetime) -> None:
    fill(stage, end - HOUR)
    fill(stage, end, hours=1, rows=ROWS / 2, seed=2)
    fill(stage, end + HOUR, hours=1, seed=3)
    job = job_on(stage)
    assert detected(job.run()) == {("predictions", "down")}
    stage.execute("UPDATE traffic_rollups SET predictions = 2 * predictions WHERE bucket_start >= %s", end - HOUR)
    stage.execute("UPDATE traffic_rollups SET predictions = predictions / 2 WHERE bucket_start >= %s", end)
    at(stage, end + HOUR)
    assert detected(job.run()) == set()
    [late, last] = results(stage, "predictions")
    assert (late["verdict"], last["verdict"]) == ("normal", "normal")
    assert late["timestamp"] > late["created_at"]
    assert last["bucket_start"] == end


def test_what_was_read_is_remembered(stage: Stage, end: datetime) -> None:
    fill(stage, end)
    fill(stage, end + HOUR, hours=1, rows=ROWS / 3, seed=2)
    job = job_on(stage)
    job.run()
    stage.execute("DELETE FROM traffic_rollups WHERE bucket_start < %s", end - 2 * DAY)
    at(stage, end + HOUR)
    assert detected(job.run()) == {("predictions", "down")}
    assert series(job_on(stage).run(), "ml_anomaly_score") == {}, "a fresh one knows two days"


def test_silence_is_an_anomaly_for_three_days(stage: Stage, end: datetime) -> None:
    fill(stage, end - 2 * HOUR)
    assert detected(job_on(stage).run()) == {("predictions", "down")}
    [row] = results(stage)
    assert (row["value"], row["rows"], row["metric_name"]) == (0, 0, "predictions")
    assert row["reason"].startswith("0 predictions; usual is")


def test_a_model_silent_for_long_is_no_longer_judged(stage: Stage, end: datetime) -> None:
    fill(stage, end - 4 * DAY)
    fill(stage, end - 29 * DAY, key=OTHER)
    assert job_on(stage).run() == ()
    assert results(stage) == []


def test_a_model_that_fails_stops_no_other(stage: Stage, end: datetime) -> None:
    for key in (KEY, OTHER):
        fill(stage, end, key=key)
    stage.execute("ALTER TABLE anomaly_results ADD CONSTRAINT refused CHECK (model_name <> 'other')")
    job = job_on(stage)
    assert len(series(job.run(), "ml_anomaly_score")) == 4
    assert job.failures.models == [OTHER]
    stage.execute("ALTER TABLE anomaly_results DROP CONSTRAINT refused")
    assert len(series(job.run(), "ml_anomaly_score")) == 8, "the next run tries again"
    assert job.failures.models == []


def test_where_every_model_fails_the_job_does(stage: Stage, end: datetime) -> None:
    fill(stage, end)
    stage.execute("ALTER TABLE anomaly_results ADD CONSTRAINT refused CHECK (FALSE)")
    with pytest.raises(psycopg.errors.CheckViolation):
        job_on(stage).run()


def test_a_source_that_was_not_read_up_to_the_hour_is_waited_for(stage: Stage, end: datetime) -> None:
    fill(stage, end)
    stage.execute(
        "INSERT INTO sources (source, history_from, read_to, audited_at) VALUES ('shop', %s, %s, %s)", end, end, end
    )
    stage.execute(
        "INSERT INTO source_models (model_name, version, environment, source) VALUES (%s, %s, %s, 'shop')",
        KEY.model,
        KEY.version,
        KEY.environment,
    )
    job = job_on(stage)
    assert job.run() == ()
    stage.execute("UPDATE sources SET read_to = %s", end + timedelta(minutes=6))
    assert len(series(job.run(), "ml_anomaly_score")) == 4


def test_what_somebody_does_not_want_is_not_judged(stage: Stage, end: datetime) -> None:
    fill(stage, end)
    assert job_on(stage, AnomalyOptions(alpha=0.25, enabled=False)).run() == ()
    ignoring = AnomalyOptions(alpha=0.25, ignored=frozenset({"predictions", "mean_latency", "mean_confidence"}))
    assert set(series(job_on(stage, ignoring).run(), "ml_anomaly_score")) == {("error_share",)}


def test_so_many_deviations_as_somebody_chose_are_allowed(stage: Stage, end: datetime) -> None:
    fill(stage, end)
    job_on(stage, AnomalyOptions(alpha=0.25, deviations=30)).run()
    [row] = results(stage, "predictions")
    assert row["upper"] > 2 * ROWS


def test_a_metric_that_is_logged_each_night_is_told_until_the_next(stage: Stage, end: datetime) -> None:
    last = end - 30 * HOUR
    nights = [last - DAY * night - HOUR / 2 for night in range(28)]
    log_metric(stage, dict(zip(nights, 0.9 + 0.01 * normal(28), strict=True)) | {nights[0]: 0.5})
    job = job_on(stage)
    for later in (0, 1, 25):
        at(stage, last + later * HOUR)
        assert detected(job.run()) == {("accuracy", "down")}
        assert detected(job_on(stage).run()) == {("accuracy", "down")}, "after a restart, too"
    at(stage, last + 27 * HOUR)
    assert detected(job.run()) == detected(job_on(stage).run()) == set()
    assert len(results(stage)) == 1


def test_what_is_no_longer_judged_is_no_longer_told(stage: Stage, end: datetime) -> None:
    """The roll-up is stuck: what traffic was is told for two hours, a metric for 26."""
    fill(stage, end - HOUR)
    fill(stage, end, hours=1, rows=ROWS / 2, seed=2)
    places = [end - HOUR * hour - HOUR / 2 for hour in range(HOURS)]
    log_metric(stage, dict(zip(places, 0.92 + 0.01 * normal(HOURS), strict=True)) | {places[0]: 0.6})
    late = [timedelta()]
    job = job_on(stage, late=late)
    both = {("accuracy", "down"), ("predictions", "down")}
    told: dict[int, set[tuple[str, ...]]] = {}
    for hours in (0, 1, 2, 25, 26):
        late[0] = hours * HOUR
        told[hours] = detected(job.run())
        assert told[hours] == detected(job_on(stage, late=late).run())
    assert told == {0: both, 1: both, 2: {("accuracy", "down")}, 25: {("accuracy", "down")}, 26: set()}


def test_a_model_that_fails_for_long_is_no_longer_told(stage: Stage, end: datetime) -> None:
    for key in (KEY, OTHER):
        fill(stage, end - 2 * HOUR, key=key)
    at(stage, end - 2 * HOUR)
    job = job_on(stage)
    assert {sample.labels[0] for sample in job.run()} == {KEY.model, OTHER.model}
    stage.execute("ALTER TABLE anomaly_results ADD CONSTRAINT refused CHECK (model_name <> 'other') NOT VALID")
    told: list[set[str]] = []
    for later in (1, 2):
        at(stage, end - (2 - later) * HOUR)
        told.append({sample.labels[0] for sample in job.run()})
        assert job.failures.models == [OTHER]
    assert told == [{KEY.model, OTHER.model}, {KEY.model}]


def test_old_results_go(stage: Stage, end: datetime) -> None:
    fill(stage, end)
    job_on(stage).run()
    stage.execute("UPDATE anomaly_results SET bucket_start = %s WHERE metric_name = 'predictions'", end - 91 * DAY)
    options = RetentionOptions(predictions=30 * DAY, rollups=400 * DAY, results=90 * DAY, partitions_ahead=14 * DAY)
    RetentionJob(stage.database, options).run()
    assert len(results(stage)) == 3
