"""The published performance of the car loan data set comes out of cohort rows, as its estimates and alerts do."""

from __future__ import annotations

from typing import Final

import pytest

from driftgauge.performance.binary import count_binary
from driftgauge.performance.options import JudgingOptions
from driftgauge.performance.pairs import Cohort
from driftgauge.performance.thresholds import ReferenceBand
from driftgauge.performance.unlabelled import ScoreCounts, count_scores
from driftgauge.store.cohorts import read_tasks
from integration.jobs.performance_stage import Cohorts, car_loan
from integration.jobs.stage import DAY, KEY, Stage, series

CBPE_AUC: Final = (0.970744, 0.971011, 0.971407, 0.971091, 0.971123, 0.961090, 0.961825, 0.961073, 0.962533, 0.961316)
REALISED: Final = (0.970962, 0.970248, 0.976282, 0.967721, 0.969886, 0.960050, 0.958530, 0.959041, 0.963094, 0.957556)
SHIFTED: Final = [False] * 5 + [True] * 5
CHUNKS: Final = 20


@pytest.fixture
def loans(stage: Stage) -> Cohorts:
    """A chunk a day, the last one yesterday; of the last five, no outcome has come yet."""
    cohorts = Cohorts(stage=stage)
    task = cohorts.register()
    found: dict[int, Cohort] = {}
    for place, (true, said, scores) in enumerate(car_loan()):
        known = slice(None) if place < CHUNKS - 5 else slice(0)
        counts = count_binary(true[known], said[known], scores[known])
        found[CHUNKS - place] = Cohort(
            predictions=len(said),
            outcomes=counts.n,
            unusable=0,
            lag_microseconds=0,
            counts=counts,
            scores=count_scores(said, scores),
        )
    cohorts.add_days(task, found)
    return cohorts


def test_estimates_and_alerts_are_those_published_before_outcomes_are_known(loans: Cohorts) -> None:
    job = loans.job(JudgingOptions(maturity=5 * DAY))
    samples = job.run()
    later = loans.results("roc_auc")[10:]
    assert [row["estimated"] for row in later] == pytest.approx(CBPE_AUC, abs=1e-5)
    assert [row["estimated_verdict"] == "degraded" for row in later] == SHIFTED
    assert all(row["estimated_low"] < row["estimated"] < row["estimated_high"] for row in later)
    assert [row["realised"] for row in later[:5]] == pytest.approx(REALISED[:5], abs=1e-3)
    assert [row["realised_verdict"] for row in later] == ["stable"] * 5 + ["insufficient_data"] * 5
    labels = ("roc_auc", "estimated")
    assert series(samples, "ml_performance_degraded")[labels] == 1.0
    assert series(samples, "ml_performance_score")[labels] == pytest.approx(CBPE_AUC[-1], abs=1e-5)
    [fitted] = loans.stage.select("SELECT bands -> 'roc_auc' AS band FROM performance_references")
    band = ReferenceBand.from_json(fitted["band"])
    assert (band.lower, band.upper) == pytest.approx((0.963317, 0.978660), abs=1e-6)
    threshold = series(samples, "ml_performance_threshold")
    assert CBPE_AUC[-1] < threshold[*labels, "lower"] <= band.lower, "wider where a sampling error is above the chunks'"
    confidence = series(samples, "ml_performance_confidence")
    assert confidence[*labels, "lower"] < REALISED[-1] < confidence[*labels, "upper"]


def test_what_turns_out_is_what_was_published_and_is_judged_so(loans: Cohorts) -> None:
    job = loans.job(JudgingOptions(maturity=5 * DAY))
    job.run()
    with loans.stage.database.transaction() as connection:
        registered = read_tasks(connection)[KEY]
    outcomes: dict[int, Cohort] = {}
    for place, (true, said, scores) in enumerate(car_loan()[-5:]):
        counts = count_binary(true, said, scores)
        outcomes[5 - place] = Cohort(
            predictions=0,
            outcomes=counts.n,
            unusable=0,
            lag_microseconds=0,
            counts=counts,
            scores=ScoreCounts.empty(),
        )
    loans.add_days(registered, outcomes)
    loans.pass_time(5 * DAY)
    samples = job.run()
    later = loans.results("roc_auc")[10:]
    assert [row["realised"] for row in later] == pytest.approx(REALISED, abs=1e-3)
    degraded = [row["realised_verdict"] == "degraded" for row in later]
    assert degraded == [*SHIFTED[:8], False, True], (
        "0.963094 is below the band by less than its sampling error explains"
    )
    assert all(row["estimated_low"] < row["realised"] < row["estimated_high"] for row in later)
    assert series(samples, "ml_performance_degraded")["roc_auc", "realised"] == 1.0
    assert {row["restated_at"] for row in later} == {None}
