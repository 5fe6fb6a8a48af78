"""A replay says what the live job would have said, of the rows before each step and of nothing else."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.stats

from driftgauge.drift.policies import POLICIES
from driftgauge.drift.registry import TESTS
from driftgauge.drift.two_sample import TwoSample
from driftgauge.errors import BadInput
from driftgauge.jobs.replay import BUCKETS_AT_ONCE, Replay, ReplayPlan
from driftgauge.jobs.replay_report import ReplayReport
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import NumericProfile
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.store.predictions import ModelFilter
from fixtures.columns import pair
from integration.jobs.replay_shape import Value, moment, read_replay
from integration.jobs.stage import DAY, HOUR, KEY, SETTINGS, Stage, judged_by, mixed, normal, series, spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from driftgauge.drift.policy import Policy
    from driftgauge.model.verdict import ModelVerdict
    from fixtures.columns import Column

MINUTE = timedelta(minutes=1)
MICRO = timedelta(microseconds=1)
REPLAY_ID = uuid.UUID(int=7)
PLANS = {"free": 0.6, "pro": 0.4}


def columns(rows: int, *, shift: float = 0.0, seed: int = 0) -> dict[str, Column]:
    return {"age": normal(rows, mean=shift, seed=seed), "plan": mixed(rows, PLANS, seed=seed)}


def plan_of(start: datetime, end: datetime, **options: Any) -> ReplayPlan:  # noqa: ANN401 - ReplayPlan's
    return replace(ReplayPlan(replay_id=REPLAY_ID, start=start, end=end, every=HOUR, only=ModelFilter()), **options)


def replay_of(stage: Stage, policy: Policy | None = None, **options: Any) -> Replay:  # noqa: ANN401 - judged_by's
    return Replay(stage.database, policy or TwoSample(), judged_by(**options), stage.rollup)


def report_of(
    stage: Stage, plan: ReplayPlan, advance: Callable[[], None] = lambda: None, policy: Policy | None = None
) -> ReplayReport:
    engine = replay_of(stage, policy)
    report = ReplayReport(replay_id=plan.replay_id)
    for key in engine.models(plan):
        for judgement in engine.run(plan, key, advance):
            report.add(judgement)
    return report


def verdicts_of(stage: Stage, plan: ReplayPlan, policy: Policy | None = None) -> list[ModelVerdict]:
    return report_of(stage, plan, policy=policy).verdicts


def document_of(stage: Stage, plan: ReplayPlan) -> Value:
    return read_replay(report_of(stage, plan).to_json())


@pytest.fixture
def history(stage: Stage) -> Stage:
    """A day of rows: the first 1,000 make the automatic reference, the last four hours have shifted."""
    start = stage.border - DAY
    stage.log(columns(1200), spread(start, stage.border - 4 * HOUR, 1200))
    stage.log(columns(400, shift=1.5, seed=1), spread(stage.border - 4 * HOUR, stage.border, 400))
    return stage


@pytest.mark.parametrize("name", POLICIES)
def test_a_step_equals_the_live_job_on_the_same_window(history: Stage, name: str) -> None:
    history = replace(history, rollup=replace(history.rollup, automatic_rows=1000))
    policy = POLICIES[name](UTC)
    history.roll()
    job = history.drift_job(judged_by(window=4 * HOUR), policy=policy)
    samples = job.run()
    [replayed] = verdicts_of(history, plan_of(history.border - HOUR, history.border), policy)
    live = history.verdicts[KEY]
    assert live.verdict is Verdict.DRIFTED
    assert (replayed.key, replayed.window, replayed.rows, replayed.verdict, replayed.drifted_share) == (
        live.key,
        live.window,
        live.rows,
        live.verdict,
        live.drifted_share,
    )
    scores = {(feature.feature, found.test): found for feature in replayed.features for found in feature.tests}
    assert series(samples, "ml_feature_drift_score") == {
        labels: pytest.approx(found.score, rel=1e-12) for labels, found in scores.items()
    }
    assert series(samples, "ml_feature_drift_p_value") == {
        labels: found.p_value for labels, found in scores.items() if found.p_value is not None
    }
    assert [feature.reason for feature in replayed.features] == [feature.reason for feature in live.features]


def test_segments_have_their_part_of_the_budget_in_a_replay_as_live(stage: Stage) -> None:
    stage = replace(stage, rollup=replace(stage.rollup, automatic_rows=1_000))
    start = stage.border - DAY
    for place, segment in enumerate(("de", None)):
        stage.log(columns(600, seed=place), spread(start, stage.border - 4 * HOUR, 600), segment=segment)
    for place, segment in enumerate(("de", None)):
        stage.log(columns(200, seed=9 + place), spread(stage.border - 4 * HOUR, stage.border, 200), segment=segment)
    plan, policy = plan_of(stage.border - HOUR, stage.border), POLICIES["calibrated"](UTC)
    [by_first_rows] = verdicts_of(stage, plan, policy)
    stage.roll()
    [by_reference] = verdicts_of(stage, plan, policy)
    job = stage.drift_job(judged_by(window=4 * HOUR), policy=policy)
    job.run()
    live = [feature.reason for feature in stage.verdicts[KEY].features]
    assert KEY.of_segment("de") in job.standings
    assert [feature.reason for feature in by_reference.features] == live
    half = "at most 0.5 in 30 days"
    assert any(half in reason for reason in live)
    assert any(half in feature.reason for feature in by_first_rows.features)


def test_a_shifted_future_changes_no_earlier_step(history: Stage) -> None:
    plan = plan_of(history.border - DAY, history.border - 2 * HOUR)
    before = report_of(history, plan).to_json()
    history.log(columns(3000, shift=9.0, seed=2), spread(plan.end, history.border, 3000))
    history.log(columns(100, shift=9.0, seed=3), [plan.end] * 100)
    history.log(columns(100, shift=9.0, seed=4), [history.border + 400 * DAY] * 100)  # in quarantine
    assert report_of(history, plan).to_json() == before
    longer = document_of(history, replace(plan, end=history.border))
    steps = read_replay(before)["steps"]
    assert len(longer["steps"]) == len(steps) + 2
    assert longer["steps"][: len(steps)] == steps
    assert [step["verdict"] for step in longer["steps"][len(steps) :]] == ["drifted", "drifted"]


def test_a_step_uses_no_row_at_its_time_and_all_before(stage: Stage) -> None:
    stage.set_reference(columns(500))
    at = stage.border - HOUR
    for shown in (at - HOUR, at - MICRO, at, at + MICRO, at - HOUR - MICRO):
        stage.log(columns(10), [shown] * 10)
    [verdict] = verdicts_of(stage, plan_of(at - HOUR, at, window=HOUR))
    assert verdict.rows == 20


def test_steps_before_an_automatic_reference_was_known_are_passed_over(history: Stage) -> None:
    turns: list[None] = []
    plan = plan_of(history.border - DAY, history.border)
    document = read_replay(report_of(history, plan, lambda: turns.append(None)).to_json())
    assert len(turns) == 24, "progress is told of every step"
    # 1,200 rows in 20 hours: the 500th is logged 8 h 20 min after the start
    assert [moment(step["at"]) for step in document["steps"]] == [
        history.border - DAY + hour * HOUR for hour in range(9, 25)
    ]
    assert document["steps"][-1]["verdict"] == "drifted"


def test_an_automatic_reference_serves_the_step_that_its_last_row_completes(stage: Stage) -> None:
    start = stage.border - 6 * HOUR
    times = [*spread(start, start + HOUR - MICRO, 499), start + HOUR - MICRO]
    stage.log(columns(500), times)
    assert [verdict.window.end for verdict in verdicts_of(stage, plan_of(start, start + 2 * HOUR))] == [
        start + HOUR,
        start + 2 * HOUR,
    ]


def test_a_model_that_never_had_enough_rows_has_no_step(stage: Stage) -> None:
    stage.log(columns(499), spread(stage.border - DAY, stage.border, 499))
    document = document_of(stage, plan_of(stage.border - DAY, stage.border))
    assert (document["steps"], document["alerts"]) == ([], [])


def test_a_model_that_logs_no_features_stops_no_other(history: Stage) -> None:
    bare = ModelKey(model="bare", version="1", environment="production")
    history.log({"age": np.full(600, np.nan)}, spread(history.border - DAY, history.border, 600), key=bare)
    document = document_of(history, plan_of(history.border - DAY, history.border))
    assert {step["model"] for step in document["steps"]} == {"churn"}


@pytest.mark.parametrize(("hours", "expected"), [(0, "automatic"), (9, "automatic"), (10, "set"), (-1, "set")])
def test_the_reference_is_the_one_set_unless_it_holds_the_first_row_to_judge(
    stage: Stage, hours: int, expected: str
) -> None:
    """The reference that was set is shifted as the current rows are, so that the verdict tells which one was used."""
    start = stage.border - 20 * HOUR
    stage.set_reference(columns(500, shift=3.0), window=TimeWindow(start=start, end=start + 10 * HOUR))
    stage.log(columns(600), spread(start - 5 * HOUR, start, 600))
    stage.log(columns(2000, shift=3.0, seed=1), spread(start, stage.border, 2000))
    begin = start + hours * HOUR
    last = verdicts_of(stage, plan_of(begin, begin + 10 * HOUR))[-1]
    assert last.verdict is (Verdict.DRIFTED if expected == "automatic" else Verdict.STABLE)
    ids = {row["reference_id"] for row in stage.select("SELECT reference_id FROM data_drift_results")}
    assert ids == ({None} if expected == "automatic" else {1})


def test_results_lie_under_the_replay_and_touch_nothing_live(history: Stage) -> None:
    history.roll()
    job = history.drift_job()
    before = job.run()
    live = "SELECT * FROM data_drift_results WHERE replay_id IS NULL ORDER BY id"
    rows, raised = history.select(live), history.select("SELECT * FROM drift_alerts ORDER BY id")
    report = report_of(history, plan_of(history.border - 6 * HOUR, history.border))
    assert history.select(live) == rows
    assert history.select("SELECT * FROM drift_alerts ORDER BY id") == raised
    assert job.run() == before
    assert history.drift_job().run() == before
    written = history.select("SELECT * FROM data_drift_results WHERE replay_id IS NOT NULL")
    assert {row["replay_id"] for row in written} == {REPLAY_ID}
    assert len(written) == sum(len(feature.tests) or 1 for verdict in report.verdicts for feature in verdict.features)
    assert {row["window_end"] for row in written} == {verdict.window.end for verdict in report.verdicts}
    assert sum(row["drift_detected"] for row in written) > 0
    assert history.select("SELECT FROM drift_alerts_open") == [{}] * len(raised)


def test_the_same_replay_twice_says_the_same(history: Stage) -> None:
    plan = plan_of(history.border - DAY, history.border)
    first = report_of(history, plan).to_json()
    again = report_of(history, replace(plan, replay_id=uuid.UUID(int=8))).to_json()
    assert again.replace(str(uuid.UUID(int=8)), str(REPLAY_ID)) == first


def test_a_window_without_rows_has_its_step(stage: Stage) -> None:
    stage.set_reference(columns(500))
    stage.log(columns(300), spread(stage.border - 3 * HOUR, stage.border - 2 * HOUR, 300))
    stage.log(columns(20), spread(stage.border - 2 * HOUR, stage.border - HOUR, 20))
    document = document_of(stage, plan_of(stage.border - 3 * HOUR, stage.border, window=HOUR))
    assert [(step["verdict"], step["rows"]) for step in document["steps"]] == [
        ("stable", 300),
        ("insufficient_data", 20),
        ("no_data", 0),
    ]
    assert [feature["tests"] for feature in document["steps"][-1]["features"]] == [[], []]


def test_late_rows_are_judged_in_their_event_time(stage: Stage) -> None:
    stage.set_reference(columns(500))
    stage.log(columns(300), spread(stage.border - HOUR, stage.border, 300))
    stage.log(columns(200), spread(stage.border - 3 * HOUR, stage.border - 2 * HOUR, 200))
    verdicts = verdicts_of(stage, plan_of(stage.border - 3 * HOUR, stage.border, window=HOUR))
    assert [verdict.rows for verdict in verdicts] == [200, 0, 300]


@pytest.mark.parametrize(
    ("every", "window"),
    [(10 * MINUTE, 24 * MINUTE), (10 * MINUTE, 4 * MINUTE), (7 * MINUTE, 7 * MINUTE), (10 * MINUTE, 65 * MINUTE)],
)
def test_every_step_equals_a_recount_of_its_window(stage: Stage, every: timedelta, window: timedelta) -> None:
    rng = np.random.default_rng([every.seconds, window.seconds])
    steps, rows = 130, 12_000
    end = stage.border - 17 * MICRO * 1_000_000
    start = end - steps * every
    reference = normal(2000)
    stage.set_reference({"age": reference})
    seconds = np.sort(rng.uniform(-window.total_seconds(), steps * every.total_seconds(), rows))
    times = [start + timedelta(seconds=round(second, 6)) for second in seconds.tolist()]
    values = rng.normal(np.linspace(0, 1, rows), 1.0)
    stage.log({"age": values}, times)
    settings = replace(SETTINGS, tests=("ks",), minimum_rows=1)
    replayed = replay_of(stage, settings=settings).run(plan_of(start, end, every=every, window=window), KEY)
    step = 0
    for step, judgement in enumerate(replayed, start=1):
        verdict = judgement.verdict
        assert verdict.window == TimeWindow(start=start + step * every - window, end=start + step * every)
        inside = np.array([moment in verdict.window for moment in times])
        current = values[inside]
        assert verdict.rows == current.size
        before, now = pair(reference, current)
        expected = TESTS["ks"].measure(before, now)
        [found] = verdict.features[0].tests
        assert (found.score, found.p_value) == (expected.score, expected.p_value)
        assert isinstance(before, NumericProfile)
        bound = np.minimum(before.counts / 2000, now.counts / current.size).max()
        exact = scipy.stats.ks_2samp(reference, current, method="asymp").statistic
        assert found.score - 1e-12 <= exact <= found.score + bound + 1e-12
    assert step == steps
    width = timedelta(seconds=np.gcd(every.seconds, window.seconds).item())
    assert every == window or steps * every > BUCKETS_AT_ONCE * width, "several segments are loaded"


def test_only_the_models_of_the_filter_are_replayed(history: Stage) -> None:
    other = replace(KEY, model="fraud", environment="staging")
    history.log(columns(600), spread(history.border - DAY, history.border, 600), key=other)
    plan = plan_of(history.border - DAY, history.border)
    engine = replay_of(history)
    assert engine.models(plan) == [KEY, other]
    assert engine.models(replace(plan, only=ModelFilter(model="fraud"))) == [other]
    assert engine.models(replace(plan, only=ModelFilter(environment="production"))) == [KEY]
    both = document_of(history, plan)
    assert {step["model"] for step in both["steps"]} == {"churn", "fraud"}
    assert [(step["at"], step["model"]) for step in both["steps"]] == sorted(
        (step["at"], step["model"]) for step in both["steps"]
    )


def test_a_replay_without_rows_or_steps_says_how_to_mend_it(history: Stage) -> None:
    engine = replay_of(history)
    with pytest.raises(BadInput, match=r"no predictions of model 'nobody' between .* nothing to replay"):
        engine.models(plan_of(history.border - DAY, history.border, only=ModelFilter(model="nobody")))
    with pytest.raises(BadInput, match=r"no step of 1:00:00 fits between"):
        engine.models(plan_of(history.border, history.border))
    with pytest.raises(BadInput, match=r"^--every 0:00:00.500000: give whole seconds, at least one$"):
        engine.models(plan_of(history.border - DAY, history.border, every=timedelta(milliseconds=500)))
    for window in (timedelta(0), timedelta(milliseconds=1500)):
        with pytest.raises(BadInput, match=r"^--window .*: give whole seconds, at least one$"):
            engine.models(plan_of(history.border - DAY, history.border, window=window))


def test_lines_sum_up_a_feature_each(history: Stage) -> None:
    report = report_of(history, plan_of(history.border - DAY, history.border))
    lines = {line.feature: line for line in report.lines()}
    assert lines.keys() == {"age", "plan"}
    assert (lines["plan"].drifted, lines["plan"].first_at, lines["plan"].reason) == (0, None, "")
    assert lines["age"].steps == 16
    assert lines["age"].drifted > 0
    first = next(alert for alert in report.alerts if alert["feature"] == "age")
    assert lines["age"].first_at == moment(first["at"])
    assert first["reason"] == f"age drifted: {lines['age'].reason}"
