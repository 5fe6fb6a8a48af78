"""A replay's report: the shape that others rely on, times in UTC, null for what is not finite."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.drift.dataset import judge_dataset
from driftgauge.errors import BadInput
from driftgauge.jobs.judging import Judgement
from driftgauge.jobs.replay import ReplayPlan
from driftgauge.jobs.replay_report import ReplayReport
from driftgauge.model.bins import BinLayout, FeatureKind
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.store.predictions import ModelFilter
from driftgauge.store.results import DriftAlert
from integration.jobs.replay_shape import read_replay

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def judgement(
    *, model: str = "churn", version: str = "1", end: datetime = START, drifted: bool = False, score: float = 0.5
) -> Judgement:
    verdict = Verdict.DRIFTED if drifted else Verdict.STABLE
    tests = (
        TestResult(
            test="ks", score=score, threshold=0.1, statistic=score, p_value=0.5, adjusted_p_value=0.5, drifted=drifted
        ),
        TestResult(
            test="psi", score=0.0, threshold=0.2, statistic=0.0, p_value=None, adjusted_p_value=None, drifted=False
        ),
    )
    feature = FeatureVerdict(
        feature="age", kind=FeatureKind.NUMERIC, verdict=verdict, reason="because", rows=9, tests=tests
    )
    of_model = ModelVerdict(
        key=ModelKey(model=model, version=version, environment="production"),
        window=TimeWindow(start=end - HOUR, end=end),
        rows=9,
        verdict=verdict,
        drifted_share=float(drifted),
        features=(feature,),
    )
    return Judgement(
        verdict=of_model,
        dataset=judge_dataset(of_model, {}, 0.5),
        alerts=(DriftAlert(feature="age", test="ks", severity="high", message="age drifted"),) if drifted else (),
        current=ModelProfile.empty(BinLayout()),
        distributions={},
    )


def report(*judgements: Judgement) -> ReplayReport:
    made = ReplayReport(replay_id=UUID(int=1))
    for one in judgements:
        made.add(one)
    return made


def test_an_empty_replay_has_the_shape() -> None:
    document = read_replay(report().to_json())
    assert document["summary"] == {"steps": 0, "feature_verdicts": 0, "drifted": 0, "alerts": 0}


def test_steps_lie_in_order_of_time_then_model() -> None:
    parts = [
        judgement(model=model, version=version, end=START + hour * HOUR, drifted=hour == 2)
        for model in ("fraud", "churn")
        for version in ("2", "1")
        for hour in (1, 2)
    ]
    document = read_replay(report(*parts).to_json())
    places = [(step["at"], step["model"], step["version"]) for step in document["steps"]]
    assert places == sorted(places)
    alerts = [(alert["at"], alert["model"]) for alert in document["alerts"]]
    assert alerts == sorted(alerts)
    assert document["summary"] == {"steps": 8, "feature_verdicts": 8, "drifted": 4, "alerts": 4}


def test_times_are_utc_wherever_they_came_from() -> None:
    away = timezone(timedelta(hours=-5, minutes=-30))
    [step] = read_replay(report(judgement(end=START.astimezone(away))).to_json())["steps"]
    assert (step["at"], step["window_start"]) == ("2026-03-01T00:00:00Z", "2026-02-28T23:00:00Z")


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_null(score: float) -> None:
    text = report(judgement(score=score)).to_json()
    assert json.loads(text)["steps"][0]["features"][0]["tests"][0]["score"] is None
    assert not {"NaN", "Infinity"} & set(text.replace('"', " ").split())


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1), st.floats(min_value=0, max_value=1e300))
def test_any_name_and_score_comes_back_as_it_was(name: str, score: float) -> None:
    [step] = read_replay(report(judgement(model=name, score=score)).to_json())["steps"]
    assert step["model"] == name
    assert step["features"][0]["tests"][0]["score"] == score


def plan(every: timedelta, end: datetime = START + 24 * HOUR, window: timedelta | None = None) -> ReplayPlan:
    return ReplayPlan(
        replay_id=UUID(int=1), start=START, end=end, every=every, window=window, only=ModelFilter(model="churn")
    )


@given(st.integers(min_value=1, max_value=100_000))
def test_steps_lie_after_the_start_and_not_beyond_the_end(seconds: int) -> None:
    every = timedelta(seconds=seconds)
    made = plan(every)
    assert START + made.steps * every <= made.end < START + (made.steps + 1) * every


@pytest.mark.parametrize("every", [timedelta(0), timedelta(milliseconds=999), timedelta(seconds=1.5), -HOUR])
def test_widths_are_whole_seconds(every: timedelta) -> None:
    with pytest.raises(BadInput, match=r"^--every .*: give whole seconds, at least one$"):
        plan(every).check()
    with pytest.raises(BadInput, match=r"^--window .*: give whole seconds, at least one$"):
        plan(HOUR, window=every).check()


def test_a_plan_without_a_step_is_refused() -> None:
    plan(HOUR, end=START + HOUR).check()
    with pytest.raises(BadInput, match=r"^no step of 1:00:00 fits between 2026-03-01T00:00:00\+00:00 and "):
        plan(HOUR, end=START + HOUR - timedelta(seconds=1)).check()
