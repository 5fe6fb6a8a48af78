"""What the calibrated policy makes of many features, and of references that teach little."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import numpy as np
import pytest
from scipy.special import ndtri

from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.comparing import SAFETY
from driftgauge.drift.policies import POLICIES
from driftgauge.drift.policy import Learned
from driftgauge.drift.two_sample import TwoSample
from driftgauge.model.profile import ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import ModelVerdict, Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import batch_of
from fixtures.hours import DAY, HOUR, KEY, SETTINGS, START, Columns, drifted, hour_of, numbers, of, result, series


def many(shift: float, features: int) -> ModelVerdict:
    """Judge an hour in which one of many features moved."""
    rng = np.random.default_rng(3)
    names = [f"x{number:02}" for number in range(features)]
    hours: list[Columns] = [{name: rng.normal(0, 1, 100) for name in names} for _ in range(72)]
    layout = fit_layout([batch_of(columns) for columns in hours])
    learned = Calibrated().learn(series(layout, hours, 0), HOUR)
    exact = ndtri((np.arange(100) + 0.5) / 100)
    now: Columns = {name: exact + shift * (name == "x00") for name in names}
    window = TimeWindow(start=START + 72 * HOUR, end=START + 73 * HOUR)
    settings = replace(SETTINGS, alarms_per_30_days=36)
    return Calibrated().judge(KEY, window, learned, series(layout, [now], 72), settings)


def test_what_is_sure_alone_is_not_among_many_features() -> None:
    alone, among = many(0.4, 1), many(0.4, 30)
    assert drifted(alone) == {"x00": {"location_shift"}}
    assert among.verdict is Verdict.STABLE
    one, all_of_them = (result(of(verdict, "x00"), "location_shift") for verdict in (alone, among))
    assert one.p_value is not None
    assert all_of_them.p_value is not None
    assert all_of_them.adjusted_p_value == pytest.approx(min(all_of_them.p_value * 180 / SAFETY, 1.0))
    assert one.adjusted_p_value == pytest.approx(one.p_value * 6 / SAFETY)
    assert "corrected over 180 statistics" in of(among, "x00").reason
    assert drifted(many(1.0, 30)) == {"x00": {"location_shift"}}


def test_a_reference_without_times_judges_by_what_is_assumed() -> None:
    columns, now = hour_of(np.random.default_rng(1), 0, 5000), hour_of(np.random.default_rng(2), 0, 500)
    layout = fit_layout([batch_of(columns)])
    learned = Calibrated().learn(ProfileSeries.untimed(profile_batch(layout, batch_of(columns))), HOUR)
    window = TimeWindow(start=START, end=START + HOUR)
    steady = Calibrated().judge(KEY, window, learned, series(layout, [now], 0), SETTINGS)
    now["x"] = numbers(now, "x") + 1.0
    moved = Calibrated().judge(KEY, window, learned, series(layout, [now], 0), SETTINGS)
    assert steady.verdict is Verdict.STABLE
    assert drifted(moved) == {"x": {"location_shift"}}
    assert "so a tenth of a standard deviation is assumed" in of(moved, "x").reason


@pytest.mark.parametrize(("shift", "verdict"), [(0.0, Verdict.STABLE), (1.0, Verdict.DRIFTED)])
def test_a_model_of_little_traffic_with_a_short_reference_is_judged(shift: float, verdict: Verdict) -> None:
    rng = np.random.default_rng(4)
    hours: list[Columns] = [{"x": rng.normal(shift * (hour >= 50), 1, 20)} for hour in range(50 + 24)]
    layout = fit_layout([batch_of(columns) for columns in hours[:50]])
    learned = Calibrated().learn(series(layout, hours[:50], 0), DAY)
    window = TimeWindow(start=START + 50 * HOUR, end=START + 74 * HOUR)
    judged = Calibrated().judge(KEY, window, learned, series(layout, hours[50:], 50), SETTINGS)
    assert judged.verdict is verdict
    assert "in the last 24 h" in of(judged, "x").reason


def test_days_of_a_season_are_stable_by_a_reference_too_short_for_them() -> None:
    hours = [hour_of(np.random.default_rng(hour), hour) for hour in range(9 * 24)]
    layout = fit_layout([batch_of(columns) for columns in hours[:120]])
    learned = Calibrated().learn(series(layout, hours[:120], 0), 4 * DAY)
    for last in (193, 199, 205, 211):
        window = TimeWindow(start=START + (last - 96) * HOUR, end=START + last * HOUR)
        now = series(layout, hours[last - 96 : last], last - 96)
        assert Calibrated().judge(KEY, window, learned, now, SETTINGS).verdict is Verdict.STABLE


def test_a_window_that_the_buckets_of_the_reference_do_not_tile_is_judged_whole() -> None:
    rng = np.random.default_rng(4)
    hours: list[Columns] = [{"x": rng.normal(0, 1, 200)} for _ in range(72)]
    layout = fit_layout([batch_of(columns) for columns in hours])
    learned = Calibrated().learn(series(layout, hours, 0), 1.5 * HOUR)
    window = TimeWindow(start=START + 72 * HOUR, end=START + 73.5 * HOUR)
    for shift, verdict in ((0.0, Verdict.STABLE), (1.0, Verdict.DRIFTED)):
        now = profile_batch(layout, batch_of({"x": rng.normal(shift, 1, 300)}))
        judged = Calibrated().judge(KEY, window, learned, ProfileSeries.untimed(now), SETTINGS)
        assert judged.verdict is verdict


def test_an_empty_reference_and_one_that_was_not_learned_judge_nothing() -> None:
    hours = [hour_of(np.random.default_rng(1), 0)]
    layout = fit_layout([batch_of(hours[0])])
    window = TimeWindow(start=START, end=START + HOUR)
    empty = Calibrated().learn(ProfileSeries.untimed(ModelProfile.empty(layout)), HOUR)
    full = series(layout, hours, 0)
    for learned in (empty, Learned(total=full.total)):
        verdict = Calibrated().judge(KEY, window, learned, full, replace(SETTINGS, minimum_rows=0))
        assert verdict.verdict is Verdict.INSUFFICIENT_DATA
    assert of(Calibrated().judge(KEY, window, empty, full, SETTINGS), "x").reason == (
        "200 rows against 0; both need 100"
    )


def test_the_policies_have_names() -> None:
    assert {name: type(make(UTC)) for name, make in POLICIES.items()} == {
        "calibrated": Calibrated,
        "two_sample": TwoSample,
    }


@pytest.mark.parametrize(("rows", "verdict"), [(40, Verdict.STABLE), (160, Verdict.DRIFTED)])
def test_few_values_may_have_none_of_a_category_by_chance(rows: int, verdict: Verdict) -> None:
    rng = np.random.default_rng(8)  # a fifth of 40 are none with a chance of 1e-4; by a normal law of 2e-9

    def plans(share: float, rows: int) -> Columns:
        return {"plan": [str(plan) for plan in rng.choice(["a", "b"], rows, p=[share, 1 - share])]}

    hours = [plans(0.2, 40) for _ in range(336)]
    layout = fit_layout([batch_of(columns) for columns in hours])
    learned = Calibrated().learn(series(layout, hours, 0), HOUR)
    window = TimeWindow(start=START + 336 * HOUR, end=START + 337 * HOUR)
    settings = replace(SETTINGS, minimum_rows=30)
    now = series(layout, [plans(0.0, rows)], 336)
    judged = Calibrated().judge(KEY, window, learned, now, settings)
    assert judged.verdict is verdict
    assert result(of(judged, "plan"), "share_shift").score == pytest.approx(0.2, abs=0.03)
