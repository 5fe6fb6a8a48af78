"""Persistence: an alert waits until a feature has drifted in so many judgements in a row, live and in a replay."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from driftgauge.drift.two_sample import TwoSample
from driftgauge.jobs.judging import DriftOptions, OptionsOf
from driftgauge.jobs.replay import Replay, ReplayPlan
from driftgauge.model.verdict import Verdict
from driftgauge.store.predictions import ModelFilter
from integration.jobs.stage import HOUR, KEY, SETTINGS, Stage, normal, spread

HOURS = (0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0)  # by how much `age` has shifted; `fare` never did
ROWS = 200


def lasting(persistence: int) -> OptionsOf:
    return lambda _: DriftOptions(window=HOUR, policy=SETTINGS, persistence=persistence)


@pytest.fixture
def wavering(stage: Stage) -> Stage:
    """Eight hours up to the border, in six of which `age` has shifted."""
    stage.set_reference({"age": normal(2000), "fare": normal(2000, seed=1)})
    for place, shift in enumerate(HOURS):
        start = stage.border - (len(HOURS) - place) * HOUR
        columns = {"age": normal(ROWS, mean=shift, seed=10 + place), "fare": normal(ROWS, seed=30 + place)}
        stage.log(columns, spread(start, start + HOUR, ROWS))
    stage.roll()
    return stage


def judge_each_hour(stage: Stage, persistence: int) -> list[bool]:
    """Run the job as each hour closes; return in which of them an alert was raised."""
    job = stage.drift_job(lasting(persistence))
    for place in range(len(HOURS)):
        stage.execute("UPDATE watermarks SET horizon_at = %s", stage.border - (len(HOURS) - 1 - place) * HOUR)
        job.run()
    ends = stage.select(
        "SELECT r.window_end FROM drift_alerts AS a INNER JOIN data_drift_results AS r ON a.drift_result_id = r.id"
    )
    raised = {row["window_end"] for row in ends}
    assert len(raised) == len(ends)
    return [stage.border - (len(HOURS) - 1 - place) * HOUR in raised for place in range(len(HOURS))]


@pytest.mark.parametrize(
    ("persistence", "expected"),
    [
        (1, [False, True, True, False, True, True, True, True]),
        (2, [False, False, True, False, False, True, True, True]),
        (3, [False, False, False, False, False, False, True, True]),
        (5, [False] * 8),
    ],
)
def test_an_alert_waits_for_so_many_judgements_in_a_row(
    wavering: Stage, persistence: int, expected: list[bool]
) -> None:
    assert judge_each_hour(wavering, persistence) == expected
    plan = ReplayPlan(
        replay_id=uuid4(),
        start=wavering.border - len(HOURS) * HOUR,
        end=wavering.border,
        every=HOUR,
        only=ModelFilter.of(KEY),
    )
    replayed = list(Replay(wavering.database, TwoSample(), lasting(persistence), wavering.rollup).run(plan, KEY))
    assert [bool(step.alerts) for step in replayed] == expected
    assert [step.verdict.verdict is Verdict.DRIFTED for step in replayed] == [bool(shift) for shift in HOURS]


def test_the_message_says_how_long(wavering: Stage) -> None:
    judge_each_hour(wavering, 3)
    messages = wavering.select("SELECT message FROM drift_alerts")
    assert {row["message"].partition(":")[0] for row in messages} == {"age drifted in 3 judgements in a row"}


def test_the_verdict_itself_does_not_wait(wavering: Stage) -> None:
    job = wavering.drift_job(lasting(9))
    job.run()
    assert job.standings[KEY].drifted_features == ("age",)


def test_another_model_s_drift_does_not_count(wavering: Stage) -> None:
    wavering.drift_job(lasting(1)).run()
    wavering.execute("DELETE FROM drift_alerts")
    wavering.execute(
        "UPDATE data_drift_results SET model_name = 'other', window_start = window_start - interval '1 hour',"
        " window_end = window_end - interval '1 hour'"
    )
    wavering.drift_job(lambda _: replace(lasting(2)(""), persistence=2)).run()
    assert wavering.select("SELECT * FROM drift_alerts") == []


def test_judgements_in_a_row_may_lie_hours_apart(wavering: Stage) -> None:
    job = wavering.drift_job(lasting(2))
    for hours in (3, 1):  # both drifted; the hour between was never judged
        wavering.execute("UPDATE watermarks SET horizon_at = %s", wavering.border - hours * HOUR)
        job.run()
    assert len(wavering.select("SELECT * FROM drift_alerts")) == 1
