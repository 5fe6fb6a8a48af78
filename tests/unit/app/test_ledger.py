"""What is told of jobs: how long their last values stay, what is counted, and when they are tried again."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.app.ledger import LONGEST_BACK_OFF, PRIVILEGE_RETRY, JobRecord, retry_after
from driftgauge.errors import DatabaseUnreachable, ForeignRestore, MissingPrivilege, SchemaMismatch
from driftgauge.exposition.samples import AnySample, HistogramSample, Sample

GAUGE = Sample("ml_feature_drifted", ("m", "1", "p", "age"), 1.0)
COUNTER = Sample("ml_predictions_total", ("m", "1", "p", "success"), 7.0)
HISTOGRAM = HistogramSample("ml_prediction_latency_seconds", ("m", "1", "p"), (0.1,), (3, 4), 2.5)
INFO = Sample("ml_model_info", ("m", "1", "p"), 1.0)
ALL: tuple[AnySample, ...] = (GAUGE, COUNTER, HISTOGRAM, INFO)
AT = 1_000.0

failures = st.integers(min_value=1, max_value=10_000)
intervals = st.floats(min_value=0.1, max_value=86_400.0).map(lambda seconds: timedelta(seconds=seconds))
seeds = st.integers(min_value=0, max_value=2**32)


def record(interval: timedelta = timedelta(seconds=15), *, failed: int = 0) -> JobRecord:
    return JobRecord(name="rollup", interval=interval, failures_in_a_row=failed)


def own(job: JobRecord) -> dict[tuple[str, ...], float]:
    return {
        (sample.family.removeprefix("driftgauge_job_"), *sample.labels): sample.value
        for sample in job.own_samples()
        if isinstance(sample, Sample)
    }


def test_values_stay_for_three_intervals_and_counters_for_good() -> None:
    job = record()
    assert list(job.current_samples(AT)) == []
    job.succeeded(ALL, at=AT, duration=0.5)
    for age in (0.0, 14.9, 45.0):
        assert job.fresh(AT + age)
        assert tuple(job.current_samples(AT + age)) == ALL
    for age in (45.001, 3600.0):
        assert not job.fresh(AT + age)
        assert tuple(job.current_samples(AT + age)) == (COUNTER, HISTOGRAM)


def test_a_failure_takes_nothing_away_and_a_success_brings_all_back() -> None:
    job = record()
    job.succeeded(ALL, at=AT, duration=0.5)
    job.failed("the database is away", sqlstate_class="none", duration=0.1)
    assert tuple(job.current_samples(AT + 40)) == ALL
    assert tuple(job.current_samples(AT + 60)) == (COUNTER, HISTOGRAM)
    job.succeeded((GAUGE,), at=AT + 70, duration=0.5)
    assert tuple(job.current_samples(AT + 80)) == (GAUGE,), "what vanished in the data vanishes here"


def test_a_job_that_never_succeeded_has_no_age_to_tell() -> None:
    job = record()
    job.failed("refused", sqlstate_class="08", duration=0.1)
    assert not job.fresh(AT)
    assert list(job.current_samples(AT)) == []
    assert not any(place[0] == "last_success_timestamp_seconds" for place in own(job))


def test_runs_failures_and_errors_are_counted() -> None:
    job = record()
    assert own(job) == {
        ("runs_total", "rollup"): 0.0,
        ("failures_total", "rollup"): 0.0,
        ("missed_total", "rollup"): 0.0,
        ("database_seconds_total", "rollup"): 0.0,
        ("interval_seconds", "rollup"): 15.0,
    }
    job.failed("a", sqlstate_class="57", duration=1.0)
    job.failed("b", sqlstate_class="57", duration=1.0)
    job.failed("c", sqlstate_class="none", duration=2.0)
    assert (job.failures_in_a_row, job.problem) == (3, "c")
    job.missed += 2
    job.database_seconds += 0.75
    job.succeeded((), at=AT, duration=0.25)
    assert (job.failures_in_a_row, job.problem) == (0, "")
    assert own(job) == {
        ("runs_total", "rollup"): 4.0,
        ("failures_total", "rollup"): 3.0,
        ("missed_total", "rollup"): 2.0,
        ("database_seconds_total", "rollup"): 0.75,
        ("interval_seconds", "rollup"): 15.0,
        ("duration_seconds", "rollup"): 0.25,
        ("last_success_timestamp_seconds", "rollup"): AT,
        ("errors_total", "rollup", "57"): 2.0,
        ("errors_total", "rollup", "none"): 1.0,
    }


@given(failed=failures, interval=intervals, seed=seeds)
def test_a_database_that_is_away_is_asked_again_within_a_minute(failed: int, interval: timedelta, seed: int) -> None:
    wait = retry_after(DatabaseUnreachable("away"), record(interval, failed=failed), random.Random(seed))  # noqa: S311 - jitter
    assert wait is not None
    assert 0.5 <= wait <= LONGEST_BACK_OFF
    longest = min(2.0 ** min(failed - 1, 10), LONGEST_BACK_OFF)
    assert longest / 2 <= wait <= longest


def test_the_first_retry_of_a_database_comes_within_a_second() -> None:
    waits = [
        retry_after(DatabaseUnreachable("away"), record(failed=failed), random.Random(1))  # noqa: S311 - jitter
        for failed in range(1, 10)
    ]
    assert waits[0] is not None
    assert waits[0] <= 1.0
    assert waits == sorted(waits, key=lambda wait: wait or 0.0)


def test_a_fleet_does_not_come_back_at_once() -> None:
    rng = random.Random(1)  # noqa: S311 - jitter
    waits = {retry_after(DatabaseUnreachable("away"), record(failed=9), rng) for _ in range(100)}
    assert len(waits) == 100


@given(failed=failures, interval=intervals, seed=seeds)
def test_a_missing_privilege_is_tried_hourly(failed: int, interval: timedelta, seed: int) -> None:
    job = record(interval, failed=failed)
    assert retry_after(MissingPrivilege("GRANT …"), job, random.Random(seed)) == PRIVILEGE_RETRY == 3600.0  # noqa: S311 - jitter


@given(failed=failures, interval=intervals, seed=seeds)
def test_what_keeps_failing_gets_turns_of_rest(failed: int, interval: timedelta, seed: int) -> None:
    job = record(interval, failed=failed)
    wait = retry_after(ValueError("x"), job, random.Random(seed))  # noqa: S311 - jitter
    if failed == 1:
        assert wait is None, "a single failure waits for its turn"
    else:
        assert wait is not None
        assert interval.total_seconds() <= wait <= max(interval.total_seconds(), LONGEST_BACK_OFF)


@pytest.mark.parametrize("error", [SchemaMismatch("old"), TimeoutError(), ValueError()])
def test_rest_doubles_up_to_a_minute(error: Exception) -> None:
    rng = random.Random(1)  # noqa: S311 - jitter
    waits = [retry_after(error, record(failed=failed), rng) for failed in range(1, 6)]
    assert waits == [None, 30.0, 60.0, 60.0, 60.0]


@given(failed=failures, seed=seeds)
def test_a_foreign_restore_is_asked_about_every_turn(failed: int, seed: int) -> None:
    assert retry_after(ForeignRestore("copied"), record(failed=failed), random.Random(seed)) is None  # noqa: S311 - jitter
