"""Values of another type: a share of rows, judged beside what is missing, and decided by both policies."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.policy import PolicySettings
from driftgauge.drift.shares import OUT_OF_RANGE_FLOOR
from driftgauge.drift.tests.invalid_share import invalid_share
from driftgauge.model.bins import BinLayout
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.verdict import ModelVerdict, Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.documents import read_documents
from driftgauge.profiling.fitting import fit_layout
from fixtures.series import in_a_row

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = 8
SETTINGS = PolicySettings(tests=(), minimum_rows=100, alarms_per_30_days=1, judgements_per_30_days=720)


def hour(rng: np.random.Generator, rows: int = 200, *, bad: int = 0, shift: float = 0.0) -> FeatureBatch:
    """Rows of a number and a category, of each of which `bad` have a value of another type."""
    values = rng.normal(shift, 1, rows)
    values[:bad] = np.nan
    plans = Counter({"free": (rows - bad) // 2, "pro": rows - bad - (rows - bad) // 2})
    return FeatureBatch(
        rows=rows, numeric={"age": values}, categories={"plan": plans}, invalid={"age": bad, "plan": bad} if bad else {}
    )


def judged(current: FeatureBatch, *, usual: int = 0) -> ModelVerdict:
    """Judge an hour by eight days before it, in which `usual` values an hour were of another type."""
    rng = np.random.default_rng(5)
    batches = [hour(rng, bad=usual) for _ in range(DAYS * 24)]
    layout: BinLayout = fit_layout(batches)
    profiles: list[ModelProfile] = [profile_batch(layout, batch) for batch in batches]
    learned = Calibrated().learn(in_a_row(profiles, start=START, width=HOUR), HOUR)
    end = START + (DAYS * 24 + 1) * HOUR
    now = in_a_row([profile_batch(layout, current)], start=end - HOUR, width=HOUR)
    key = ModelKey(model="m", version="1", environment="p")
    return Calibrated().judge(key, TimeWindow(start=end - HOUR, end=end), learned, now, SETTINGS)


def told(verdict: ModelVerdict, feature: str) -> set[str]:
    [found] = [one for one in verdict.features if one.feature == feature]
    return {result.test for result in found.tests if result.drifted}


def test_it_is_the_difference_of_the_shares_of_rows() -> None:
    layout = fit_layout([hour(np.random.default_rng(1))])
    before, now = (
        profile_batch(layout, hour(np.random.default_rng(seed), bad=bad)) for seed, bad in ((1, 10), (2, 50))
    )
    for name in ("age", "plan"):
        found = invalid_share(before.feature(name), now.feature(name))
        assert found.score == pytest.approx(0.2)
        assert found.statistic > 0
        assert found.p_value is not None
        assert found.p_value < 1e-6


def test_numbers_that_come_as_text_are_told_as_such() -> None:
    documents = [{"age": "41", "plan": "free"}] * 40 + [{"age": 0.1, "plan": ["free"]}] * 160
    kinds = fit_layout([hour(np.random.default_rng(1))]).kinds
    verdict = judged(read_documents(documents, kinds))
    assert {"invalid_share", "missing_share"} <= told(verdict, "age")
    assert {"invalid_share", "missing_share"} <= told(verdict, "plan")


def test_a_few_of_another_type_are_no_alarm_where_that_is_usual() -> None:
    assert judged(hour(np.random.default_rng(9), bad=13), usual=10).verdict is Verdict.STABLE
    assert told(judged(hour(np.random.default_rng(9), bad=60), usual=10), "age") >= {"invalid_share"}


def test_a_tenth_of_the_values_out_of_range_is_told() -> None:
    rng = np.random.default_rng(11)
    far = told(judged(hour(rng, shift=9.0)), "age")
    assert "out_of_range_share" in far
    near = judged(hour(rng, shift=0.4))
    assert "out_of_range_share" not in told(near, "age")
    [age] = [one for one in near.features if one.feature == "age"]
    assert {result.test: result.threshold for result in age.tests}["out_of_range_share"] == OUT_OF_RANGE_FLOOR


def test_what_lies_beyond_the_bins_is_usual_to_a_rolling_reference() -> None:
    rng = np.random.default_rng(6)
    layout = fit_layout([hour(rng) for _ in range(48)])
    days = [profile_batch(layout, hour(rng, shift=5.0)) for _ in range(DAYS * 24)]
    learned = Calibrated().learn(in_a_row(days, start=START, width=HOUR), HOUR)
    end = START + (DAYS * 24 + 1) * HOUR
    now = in_a_row([profile_batch(layout, hour(rng, shift=5.0))], start=end - HOUR, width=HOUR)
    key = ModelKey(model="m", version="1", environment="p")
    found = Calibrated().judge(key, TimeWindow(start=end - HOUR, end=end), learned, now, SETTINGS)
    assert found.verdict is Verdict.STABLE
