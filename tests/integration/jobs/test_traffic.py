"""The roll-up job's samples: absolute totals, a cumulative histogram, and how far behind it is and for whom."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from driftgauge.exposition.samples import HistogramSample
from driftgauge.exposition.snapshot import Renderer
from driftgauge.jobs.options import Objectives
from driftgauge.jobs.rollup import Rollup
from driftgauge.jobs.traffic import RollupJob
from driftgauge.model.traffic import LATENCY_BOUNDS
from integration.jobs.stage import DAY, HOUR, KEY, Stage, normal, series, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from driftgauge.exposition.samples import AnySample

OTHER = replace(KEY, version="2")
PROMISED: Final = Objectives(errors=0.99, latency=0.95, latency_threshold=0.25, minimum_predictions=100)


def job_on(stage: Stage, promised: Objectives = PROMISED) -> RollupJob:
    return RollupJob(stage.database, Rollup(stage.database, stage.rollup, lambda _: None), lambda _: promised)


def log(stage: Stage, latencies: list[float], *, status: str = "success") -> None:
    times = spread(stage.border - HOUR, stage.border, len(latencies))
    stage.log({"age": normal(len(latencies))}, times, latency_ms=latencies, status=status)


def lag(samples: tuple[AnySample, ...]) -> float:
    [value] = series(samples, "driftgauge_rollup_lag_seconds").values()
    return value


def waited(samples: tuple[AnySample, ...]) -> float:
    [value] = series(samples, "driftgauge_rollup_blocker_seconds").values()
    return value


@pytest.fixture
def writer(stage: Stage) -> Iterator[psycopg.Connection]:
    """A service's session that has written a row and not ended its transaction."""
    info = stage.admin.info
    with psycopg.connect(info.dsn, password=info.password, application_name="service") as connection:
        connection.execute("SET search_path = driftgauge")
        connection.execute("INSERT INTO prediction_logs (model_name, latency_ms) VALUES ('held', 1)")
        yield connection
        connection.rollback()


def test_totals_are_absolute_and_survive_a_new_process(stage: Stage) -> None:
    job = job_on(stage)
    log(stage, [10.0] * 30)
    log(stage, [10.0] * 5, status="error")
    assert series(job.run(), "ml_predictions_total") == {("success",): 30.0, ("error",): 5.0}
    log(stage, [10.0] * 7)
    assert series(job.run(), "ml_predictions_total") == {("success",): 37.0, ("error",): 5.0}
    samples = job_on(stage).run()
    assert series(samples, "ml_predictions_total") == {("success",): 37.0, ("error",): 5.0}
    assert series(samples, "ml_model_info") == {(): 1.0}
    assert series(samples, "driftgauge_rows_processed_total") == {("prediction_logs",): 42.0}


def test_statuses_beyond_the_first_twenty_are_counted_together_for_good(stage: Stage) -> None:
    job = job_on(stage)
    log(stage, [10.0] * 3, status="success")
    for number in range(30):
        log(stage, [20.0], status=f"id {number:02}")
    log(stage, [10.0] * 2, status="busy")
    first = series(job.run(), "ml_predictions_total")
    assert first == {
        ("success",): 3.0,
        ("busy",): 2.0,  # the more frequent come first
        **{(f"id {number:02}",): 1.0 for number in range(19)},
        ("other",): 11.0,
    }
    for number in range(25, 45):
        log(stage, [30.0] * 9, status=f"id {number:02}")
    log(stage, [30.0], status="id 00")
    log(stage, [30.0], status="other")
    log(stage, [30.0], status="error")
    second = series(job_on(stage).run(), "ml_predictions_total")
    assert second == first | {("other",): 192.0, ("id 00",): 2.0, ("error",): 1.0}
    kept = stage.select("SELECT sum(predictions)::int AS rows, count(DISTINCT status) AS n FROM traffic_rollups")
    assert [(row["rows"], row["n"]) for row in kept] == [(218, 23)]
    [row] = stage.select(
        "SELECT sum(latency_sum) AS seconds, min(latency_min) AS least, max(latency_max) AS most, "
        "sum(confidence_count)::int AS sure FROM traffic_rollups WHERE status = 'other'"
    )
    assert math.isclose(row["seconds"], 11 * 0.02 + 181 * 0.03)
    assert (row["least"], row["most"], row["sure"]) == (0.02, 0.03, 0)


def test_statuses_that_were_counted_before_there_was_a_bound_go_on(stage: Stage) -> None:
    job = job_on(stage)
    log(stage, [10.0])
    job.run()
    stage.execute(
        "INSERT INTO traffic_totals SELECT model_name, version, environment, 'id ' || i, predictions, latency_buckets,"
        " latency_sum, last_timestamp, first_timestamp FROM traffic_totals, generate_series(1, 50) AS i"
    )
    log(stage, [10.0], status="id 50")
    log(stage, [10.0], status="id 51")
    totals = series(job.run(), "ml_predictions_total")
    assert (len(totals), totals["id 50",], totals["other",]) == (52, 2.0, 1.0)


def test_the_histogram_is_cumulative_over_all_statuses(stage: Stage) -> None:
    latencies = [0.4, 1.0, 1.5, 10.0, 10.1, 250.0, 9_999.0, 10_000.0, 60_000.0]
    log(stage, latencies)
    log(stage, [42.0, -1.0, math.nan, math.inf], status="error")
    samples = job_on(stage).run()
    [histogram] = [sample for sample in samples if isinstance(sample, HistogramSample)]
    assert histogram.bounds == LATENCY_BOUNDS
    text = Renderer().render(samples, max_series=1000, created_at=0.0).text.decode()
    families = {family.name: family.samples for family in text_string_to_metric_families(text)}
    found = families["ml_prediction_latency_seconds"]
    timed = [*latencies, 42.0]
    buckets = {float(sample.labels["le"]): sample.value for sample in found if sample.name.endswith("_bucket")}
    assert buckets == {
        bound: sum(latency / 1000 <= bound for latency in timed) for bound in (*LATENCY_BOUNDS, math.inf)
    }
    values = {sample.name.rpartition("_")[2]: sample.value for sample in found}
    assert values["count"] == len(timed)
    assert values["sum"] == pytest.approx(sum(timed) / 1000)
    assert sum(sample.value for sample in families["ml_predictions"]) == 13


def test_what_is_promised_is_told_and_how_many_predictions_were_too_slow_for_it(stage: Stage) -> None:
    log(stage, [10.0, 250.0, 250.1, 9_999.0])
    log(stage, [60_000.0, math.nan], status="error")
    samples = job_on(stage).run()
    assert series(samples, "ml_slo_objective_ratio") == {("errors",): 0.99, ("latency",): 0.95}
    assert series(samples, "ml_slo_latency_threshold_seconds") == {(): 0.25}
    assert series(samples, "ml_slo_minimum_predictions") == {(): 100.0}
    assert series(samples, "ml_slow_predictions_total") == {("0.25",): 3.0}


def test_what_is_not_promised_is_not_told(stage: Stage) -> None:
    log(stage, [10.0])
    samples = job_on(stage, replace(PROMISED, errors=None, latency=None)).run()
    names = {sample.family for sample in samples}
    assert not {"ml_slo_objective_ratio", "ml_slo_latency_threshold_seconds", "ml_slow_predictions_total"} & names


def test_confidence_is_the_mean_of_the_last_hour(stage: Stage) -> None:
    now = stage.select("SELECT now() AS now")[0]["now"]
    minute = timedelta(minutes=1)
    for at, confidences in (
        (now - 3 * HOUR, [0.1] * 9),
        (now - HOUR - 2 * minute, [0.2] * 9),
        (now - 50 * minute, [0.5, None, math.nan]),
        (now - minute, [0.9, 0.7, math.inf]),
    ):
        stage.log({"age": normal(len(confidences))}, [at] * len(confidences), confidence=confidences)
    stage.log({"age": normal(3)}, [now - 2 * HOUR] * 3, confidence=[0.4] * 3, key=OTHER)
    samples = job_on(stage).run()
    assert series(samples, "ml_prediction_confidence") == {(): pytest.approx((0.5 + 0.9 + 0.7) / 3)}


def test_the_last_prediction_is_that_of_the_latest_event_time(stage: Stage) -> None:
    job = job_on(stage)
    log(stage, [1.0] * 3)
    stage.log({"age": normal(1)}, [stage.border - 5 * HOUR], status="error")
    samples = job.run()
    stage.log({"age": normal(1)}, [stage.border - 9 * DAY])  # late
    latest = (stage.border - HOUR / 3).timestamp()
    for told in (samples, job.run()):
        assert series(told, "ml_last_prediction_timestamp_seconds") == {(): pytest.approx(latest)}
    assert job.traffic[KEY].predictions == 5
    assert job.traffic[KEY].last_at == pytest.approx(latest)


def test_rows_of_absurd_times_are_in_quarantine_and_nowhere_else(stage: Stage) -> None:
    log(stage, [1.0] * 4)
    stage.log({"age": normal(3)}, [stage.border + 9 * DAY] * 3)
    stage.execute("INSERT INTO prediction_logs (model_name, latency_ms, timestamp) VALUES ('m', 1, '1969-12-31Z')")
    samples = job_on(stage).run()
    assert series(samples, "ml_predictions_total") == {("success",): 4.0}
    assert series(samples, "driftgauge_rows_processed_total") == {("prediction_logs",): 8.0}
    assert series(samples, "driftgauge_rows_quarantined_total") == {("prediction_logs", "timestamp"): 4.0}


def test_nothing_is_behind_when_all_is_rolled_up(stage: Stage) -> None:
    job = job_on(stage)
    samples = job.run()
    assert (lag(samples), waited(samples)) == (0.0, 0.0)
    log(stage, [1.0] * 3)
    samples = job.run()
    assert (lag(samples), waited(samples)) == (0.0, 0.0)


def test_a_writer_that_holds_the_table_is_told_of(stage: Stage, writer: psycopg.Connection) -> None:
    job = job_on(stage)
    writer.rollback()
    log(stage, [1.0] * 3)
    job.run()
    writer.execute("SET search_path = driftgauge")
    writer.execute("INSERT INTO prediction_logs (model_name, latency_ms) VALUES ('held', 1)")
    log(stage, [1.0] * 4)
    held = job.run()
    assert 0.0 < lag(held) < 30.0
    assert 0.0 < waited(held) < 30.0
    assert series(held, "ml_predictions_total") == {("success",): 3.0}, "totals stay while it waits"
    later = job.run()
    assert lag(later) > lag(held)
    assert waited(later) > waited(held)
    writer.commit()
    job.run()  # up to the horizon that it waited for
    samples = job.run()
    assert (lag(samples), waited(samples)) == (0.0, 0.0)
    assert series(samples, "ml_predictions_total") == {
        ("success",): 7.0,
        ("held", "unversioned", "production", "success"): 1.0,
    }


def test_an_idle_night_is_no_lag_of_the_row_that_ends_it(stage: Stage, writer: psycopg.Connection) -> None:
    job = job_on(stage)
    writer.rollback()
    log(stage, [1.0] * 3)
    job.run()
    stage.execute("UPDATE watermarks SET horizon_at = now() - INTERVAL '8 hours', updated_at = horizon_at")
    job.run()  # nothing is new
    writer.execute("SET search_path = driftgauge")
    writer.execute("INSERT INTO prediction_logs (model_name, latency_ms) VALUES ('held', 1)")
    assert lag(job.run()) < 60.0
