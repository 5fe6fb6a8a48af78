"""What windows are compared with: the days before them, or their season, live and in a replay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from driftgauge.drift.comparison import Comparison
from driftgauge.drift.policy import PolicySettings
from driftgauge.drift.two_sample import TwoSample
from driftgauge.jobs.judging import DriftOptions, OptionsOf
from driftgauge.jobs.replay import Replay, ReplayPlan
from driftgauge.jobs.retention import RetentionJob, RetentionOptions
from driftgauge.model.same_season import SameSeason
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import floor_to
from driftgauge.store.predictions import ModelFilter
from integration.jobs.stage import DAY, HOUR, KEY, SETTINGS, Stage, normal, series, spread

ROWS = 120  # an hour


def compared(comparison: Comparison, settings: PolicySettings = SETTINGS) -> OptionsOf:
    return lambda _: DriftOptions(window=HOUR, policy=settings, comparison=comparison)


def log_hour(stage: Stage, start: datetime, mean: float, seed: int) -> None:
    stage.log({"age": normal(ROWS, mean=mean, seed=seed)}, spread(start, start + HOUR, ROWS))


@pytest.fixture
def moved(stage: Stage) -> Stage:
    """A reference of long ago, and nine days at another level, up to the border."""
    stage = replace(stage, rollup=replace(stage.rollup, profile_buckets_kept=10 * DAY))
    stage.set_reference({"age": normal(2000)})
    for hours_ago in range(1, 24 * 9, 3):
        log_hour(stage, stage.border - hours_ago * HOUR, mean=3.0, seed=hours_ago)
    stage.roll()
    return stage


def test_a_rolling_reference_is_the_days_before(moved: Stage) -> None:
    frozen = moved.drift_job(compared(Comparison()))
    frozen.run()
    assert frozen.standings[KEY].verdict is Verdict.DRIFTED
    rolling = moved.drift_job(compared(Comparison(rolling=6 * DAY)))
    samples = rolling.run()
    standing = rolling.standings[KEY]
    days = moved.select(
        "SELECT sum(rows) AS rows FROM profile_rollups WHERE bucket_start >= %s AND bucket_start < %s",
        floor_to(moved.border - HOUR, DAY) - 6 * DAY,
        floor_to(moved.border - HOUR, DAY),
    )
    assert standing.verdict is Verdict.STABLE
    assert standing.describe_reference() == f"#1, rolling, {int(days[0]['rows']):,} rows"
    assert series(samples, "ml_reference_info") == {("1", "rolling", "1", str(int(days[0]["rows"]))): 1.0}


def test_until_half_of_the_days_have_rows_the_frozen_reference_serves(moved: Stage) -> None:
    job = moved.drift_job(compared(Comparison(rolling=28 * DAY)))
    job.run()
    assert job.standings[KEY].describe_reference() == "#1, file, 2,000 rows"
    assert job.standings[KEY].verdict is Verdict.DRIFTED


def test_days_that_are_logged_later_are_compared_with_from_the_next_judgement_on(stage: Stage) -> None:
    stage = replace(stage, rollup=replace(stage.rollup, profile_buckets_kept=10 * DAY))
    stage.set_reference({"age": normal(2000)})
    log_hour(stage, stage.border - HOUR, mean=3.0, seed=1)
    stage.roll()
    job = stage.drift_job(compared(Comparison(rolling=6 * DAY)))
    job.run()
    assert not job.standings[KEY].standard.rolled
    for hours_ago in range(1, 24 * 9, 3):
        log_hour(stage, stage.border - hours_ago * HOUR, mean=3.0, seed=hours_ago)
    stage.roll()
    job.run()
    assert job.standings[KEY].standard.rolled


def test_a_rolling_reference_moves_with_the_day(moved: Stage) -> None:
    job = moved.drift_job(compared(Comparison(rolling=6 * DAY)))
    job.run()
    first = job.standings[KEY].standard
    log_hour(moved, moved.border - HOUR, mean=3.0, seed=999)
    moved.roll()
    job.run()
    assert job.standings[KEY].standard is first, "learned once a day"
    moved.execute("UPDATE watermarks SET horizon_at = %s", moved.border - DAY)
    job.run()
    assert job.standings[KEY].standard is not first


def test_what_a_rolling_reference_needs_is_not_compacted(moved: Stage) -> None:
    options = RetentionOptions(
        predictions=30 * DAY,
        rollups=400 * DAY,
        results=400 * DAY,
        partitions_ahead=2 * DAY,
        profile_buckets_kept=6 * DAY + HOUR + DAY,
    )
    before = moved.select("SELECT count(*) AS n FROM profile_rollups WHERE bucket_width < INTERVAL '1 day'")
    RetentionJob(moved.database, options).run()
    kept = moved.select(
        "SELECT min(bucket_start) AS first, count(*) AS n FROM profile_rollups WHERE bucket_width < INTERVAL '1 day'"
    )
    assert kept[0]["n"] < before[0]["n"]
    assert kept[0]["first"] < floor_to(moved.border - HOUR, DAY) - 6 * DAY + 3 * HOUR
    job = moved.drift_job(compared(Comparison(rolling=6 * DAY)))
    job.run()
    assert job.standings[KEY].standard.rolled


def test_days_that_were_merged_before_teach_no_hours(stage: Stage) -> None:
    stage.set_reference({"age": normal(2000)})
    for hours_ago in range(1, 24 * 9, 3):
        log_hour(stage, stage.border - hours_ago * HOUR, mean=3.0, seed=hours_ago)
    stage.roll()
    job = stage.drift_job(compared(Comparison(rolling=6 * DAY)))
    job.run()
    assert job.standings[KEY].describe_reference() == "#1, file, 2,000 rows"


def test_the_same_season_forgives_what_every_such_hour_does(stage: Stage) -> None:
    """Hours differ by several deviations: against all of them any drifts, against its own kind none does."""
    stage = replace(stage, rollup=replace(stage.rollup, profile_buckets_kept=10 * DAY))
    start = floor_to(stage.border, DAY) - 6 * DAY
    hours = [start + place * HOUR for place in range(int((stage.border - start) / HOUR))]
    for place, hour in enumerate(hours):
        log_hour(stage, hour, mean=hour.hour / 2, seed=place)
    stage.roll()
    plan = ReplayPlan(
        replay_id=uuid4(), start=stage.border - 12 * HOUR, end=stage.border, every=HOUR, only=ModelFilter.of(KEY)
    )

    def verdicts(comparison: Comparison) -> list[Verdict]:
        replay = Replay(stage.database, TwoSample(), compared(comparison), stage.rollup)
        return [judgement.verdict.verdict for judgement in replay.run(plan, KEY)]

    alike = verdicts(Comparison(rolling=5 * DAY, season=SameSeason.HOUR))
    assert alike == [Verdict.STABLE] * 12
    assert verdicts(Comparison(rolling=5 * DAY)).count(Verdict.DRIFTED) >= 11
    live = stage.drift_job(compared(Comparison(rolling=5 * DAY, season=SameSeason.HOUR)))
    live.run()
    assert live.standings[KEY].verdict is alike[-1]


def test_a_replay_may_start_at_any_second(stage: Stage) -> None:
    start = floor_to(stage.border, DAY) - 6 * DAY
    stage.log({"age": normal(6 * 24 * 60)}, spread(start, start + 6 * DAY, 6 * 24 * 60))
    stage.roll()
    begin = start + 5 * DAY + timedelta(minutes=17, seconds=3)
    plan = ReplayPlan(
        replay_id=uuid4(), start=begin, end=begin + 6 * HOUR, every=2 * HOUR, window=4 * HOUR, only=ModelFilter.of(KEY)
    )
    options = compared(Comparison(rolling=4 * DAY))
    steps = list(Replay(stage.database, TwoSample(), options, stage.rollup).run(plan, KEY))
    assert [step.verdict.rows for step in steps] == [240, 240, 240]
    assert {step.verdict.verdict for step in steps} == {Verdict.STABLE}
