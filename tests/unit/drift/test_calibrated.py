"""Hours of a model, simulated and judged: what is called drift, what is not, and in which words."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from driftgauge.drift.policy import FeatureChoice
from driftgauge.model.verdict import Verdict
from fixtures.hours import KEY, ROWS, SETTINGS, Change, Columns, drifted, judge, numbers, of, result


def move(columns: Columns, _: np.random.Generator) -> None:
    columns["x"] = numbers(columns, "x") + 0.6


def widen(columns: Columns, _: np.random.Generator) -> None:
    columns["lost"] = numbers(columns, "lost") * 1.6


def part_in_two(columns: Columns, rng: np.random.Generator) -> None:
    peaks = rng.choice([-0.95, 0.95], ROWS)
    columns["lost"] = peaks + rng.normal(0, np.sqrt(1 - 0.95**2), ROWS)


def mix(columns: Columns, rng: np.random.Generator) -> None:
    columns["plan"] = [str(name) for name in rng.choice(["free", "gold", "team"], ROWS, p=[0.3, 0.6, 0.1])]


def mix_few(columns: Columns, rng: np.random.Generator) -> None:
    columns["few"] = rng.choice([0.0, 1.0, 2.0, 7.0], ROWS, p=[0.3, 0.3, 0.2, 0.2])


def lose(columns: Columns, _: np.random.Generator) -> None:
    numbers(columns, "skewed")[::10] = np.nan


def lose_all(columns: Columns, _: np.random.Generator) -> None:
    columns["skewed"] = np.full(ROWS, np.nan)


def invent(columns: Columns, _: np.random.Generator) -> None:
    columns["plan"] = ["trial"] * 10 + list(columns["plan"])[10:]


@pytest.mark.parametrize("seed", range(1, 25, 3))
def test_a_stationary_day_is_stable_whatever_the_hour(seed: int) -> None:
    verdict = judge(seed=seed)
    assert (verdict.key, verdict.rows, verdict.verdict, verdict.drifted_share) == (KEY, 24 * ROWS, Verdict.STABLE, 0)
    assert {feature.verdict for feature in verdict.features} == {Verdict.STABLE}
    assert [feature.feature for feature in verdict.features] == ["few", "lost", "plan", "skewed", "x"]


def test_a_shift_of_half_a_deviation_in_the_newest_hour_is_caught_and_explained() -> None:
    verdict = judge(move)
    assert drifted(verdict) == {"x": {"location_shift"}}
    assert verdict.drifted_share == 0.2
    assert re.fullmatch(
        r"location_shift \+0\.\d+ in the last 1 h ≥ 0\.1 and p = \S+e-\d+ < 0\.0014 \(corrected over \d+ statistics; "
        r"false alarms: at most 1 in 30 days; expected from 336 windows of the reference, with the hour of the day"
        r"\), 4800 rows against 67200",
        of(verdict, "x").reason,
    ), of(verdict, "x").reason
    found = result(of(verdict, "x"), "location_shift")
    assert 0.4 < found.score < 0.75
    assert found.statistic is not None
    assert found.statistic > 5
    assert found.p_value is not None
    assert found.adjusted_p_value is not None
    assert found.p_value < found.adjusted_p_value < SETTINGS.alpha


@pytest.mark.parametrize(
    ("change", "feature", "test", "words"),
    [
        (widen, "lost", "scale_shift", r"scale_shift \+0\.\d+ in the last 1 h"),
        (part_in_two, "lost", "tail_shift", r"tail_shift -0\.\d+ in the last 1 h"),
        (mix, "plan", "share_shift", r"share_shift [+-]0\.\d+ of '(free|gold)' in the last 1 h"),
        (mix_few, "few", "share_shift", r"out_of_range_share \+0\.2 in the last 1 h .*; also share_shift$"),
        (lose, "skewed", "missing_share", r"missing_share \+0\.1 in the last 1 h"),
        (lose_all, "skewed", "missing_share", r"missing_share \+1 in the last 1 h"),
        (invent, "plan", "unseen_share", r"unseen_share \+0\.05 in the last 1 h"),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
def test_each_kind_of_change_in_the_newest_hour_has_its_statistic(
    change: Change, feature: str, test: str, words: str
) -> None:
    verdict = judge(change)
    assert list(drifted(verdict)) == [feature]
    assert test in drifted(verdict)[feature]
    assert re.match(words, of(verdict, feature).reason), of(verdict, feature).reason


def test_a_small_change_that_lasts_is_seen_in_the_whole_window() -> None:
    def nudge(columns: Columns, _: np.random.Generator) -> None:
        columns["lost"] = numbers(columns, "lost") + 0.25

    verdict = judge(nudge, hours=24)
    assert drifted(verdict) == {"lost": {"location_shift"}}
    assert "in the last 24 h ≥ 0.1 and p = " in of(verdict, "lost").reason


def test_a_certain_change_below_its_floor_is_stable() -> None:
    settings = replace(SETTINGS, thresholds={"location_shift": 0.9})
    verdict = judge(move, settings=settings)
    assert verdict.verdict is Verdict.STABLE
    whole = judge(move, hours=24, settings=settings)
    assert whole.verdict is Verdict.STABLE
    assert re.match(
        r"location_shift \+0\.5\d+ in the last 24 h < 0\.9 but p = \S+ < 0\.0014 \(", of(whole, "x").reason
    ), of(whole, "x").reason


def test_the_narrowest_floor_wins() -> None:
    def both(columns: Columns, rng: np.random.Generator) -> None:
        move(columns, rng)
        columns["lost"] = numbers(columns, "lost") + 0.6

    settings = replace(
        SETTINGS,
        thresholds={"location_shift": 0.9},
        features={"lost": FeatureChoice(thresholds={"location_shift": 0.2, "missing_share": 0.5})},
    )
    verdict = judge(both, settings=settings)
    assert drifted(verdict) == {"lost": {"location_shift"}}
    assert result(of(verdict, "x"), "location_shift").threshold == 0.9
    assert result(of(verdict, "lost"), "location_shift").threshold == 0.2
    assert result(of(verdict, "lost"), "missing_share").threshold == 0.5
    assert result(of(verdict, "x"), "missing_share").threshold == 0.01


def test_too_few_rows_are_not_judged() -> None:
    verdict = judge(move, rows=4, hours=24)
    assert verdict.verdict is Verdict.INSUFFICIENT_DATA
    assert of(verdict, "x").reason == "96 rows against 67200; both need 100"
    assert result(of(verdict, "x"), "ks").p_value is not None  # shown all the same
    assert {found.adjusted_p_value for found in of(verdict, "x").tests} == {None}


def test_no_rows_are_no_data() -> None:
    verdict = judge(without=range(24))
    assert (verdict.verdict, verdict.rows) == (Verdict.NO_DATA, 0)
    assert {(feature.verdict, feature.reason, feature.tests) for feature in verdict.features} == {
        (Verdict.NO_DATA, "no rows in this window", ())
    }


def test_a_feature_without_values_all_day_has_drifted_unless_that_is_allowed() -> None:
    assert drifted(judge(lose_all, hours=24))["skewed"] == {"missing_share"}
    verdict = judge(lose_all, hours=24, settings=replace(SETTINGS, thresholds={"missing_share": 1.0}))
    assert (of(verdict, "skewed").verdict, of(verdict, "skewed").reason) == (
        Verdict.NO_DATA,
        "no values in 4800 rows",
    )
    assert verdict.verdict is Verdict.STABLE


def test_a_feature_with_few_values_is_insufficient_among_judged_ones() -> None:
    def thin(columns: Columns, _: np.random.Generator) -> None:
        numbers(columns, "skewed")[1:] = np.nan

    verdict = judge(thin, hours=24, settings=replace(SETTINGS, thresholds={"missing_share": 1.0}))
    assert of(verdict, "skewed").verdict is Verdict.INSUFFICIENT_DATA
    assert of(verdict, "skewed").reason == "24 values in 4800 rows against 67200 in 67200; both need 100"
    assert of(verdict, "x").verdict is Verdict.STABLE


def test_few_values_do_not_drift_however_far_they_are() -> None:
    def thin_and_far(columns: Columns, _: np.random.Generator) -> None:
        numbers(columns, "skewed")[2:] = np.nan
        columns["skewed"] = numbers(columns, "skewed") + 100

    verdict = judge(thin_and_far, hours=24, settings=replace(SETTINGS, thresholds={"missing_share": 1.0}))
    assert of(verdict, "skewed").verdict is Verdict.INSUFFICIENT_DATA
    assert [test.test for test in of(verdict, "skewed").tests if test.drifted] == []


@pytest.mark.parametrize("rows", [0, 20])
def test_without_rows_enough_in_the_newest_hour_the_whole_window_is_judged_alone(rows: int) -> None:
    def thin(columns: Columns, _: np.random.Generator) -> None:
        for name, column in columns.items():
            columns[name] = column[:rows]

    both, alone = judge(), judge(without=[23]) if not rows else judge(thin)
    assert both.verdict is alone.verdict is Verdict.STABLE
    assert "in the last 24 h" in of(alone, "x").reason
    corrected = [int(re.findall(r"over (\d+) statistics", of(found, "x").reason)[0]) for found in (both, alone)]
    assert corrected[0] == 2 * corrected[1]
    assert {"x"} == set(drifted(judge(move, hours=12, without=[23])))


def test_chosen_tests_are_shown_but_decide_nothing() -> None:
    settings = replace(SETTINGS, tests=("ks", "chi_squared", "psi"), thresholds={"location_shift": 0.9, "ks": 0.01})
    verdict = judge(move, hours=24, settings=settings)
    ks = result(of(verdict, "x"), "ks")
    assert ks.score > 0.2 > ks.threshold
    assert ks.p_value is not None
    assert ks.p_value < 1e-9
    assert (ks.drifted, ks.adjusted_p_value, verdict.verdict) == (False, None, Verdict.STABLE)
    assert [found.test for found in of(verdict, "plan").tests] == [
        "share_shift",
        "missing_share",
        "invalid_share",
        "unseen_share",
        "chi_squared",
        "psi",
    ]


def test_no_test_is_told_twice() -> None:
    verdict = judge(move, settings=replace(SETTINGS, tests=("missing_share", "unseen_share", "ks", "chi_squared")))
    for feature in verdict.features:
        names = [found.test for found in feature.tests]
        assert len(names) == len(set(names))
