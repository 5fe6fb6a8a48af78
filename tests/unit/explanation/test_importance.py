"""How importances are compared: the classic rule on float64, ranks, what appears and vanishes, what is no number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from driftgauge.explanation.importance import FeatureChange, ImportanceChange, Rules, State, compare

BEFORE = {"a": 0.45, "b": 0.30, "c": 0.15, "d": 0.10}
AFTER = {"a": 0.35, "b": 0.40, "c": 0.10, "d": 0.15}
FEATURES = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-1e6, 1e6), max_size=8)
ANY = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(), max_size=8)


def by_name(found: ImportanceChange) -> dict[str, FeatureChange]:
    return {each.feature: each for each in found.features}


def test_the_classic_example_is_judged_on_plain_float64() -> None:
    found = compare(BEFORE, AFTER)
    each = by_name(found)
    assert [each[name].change for name in "abcd"] == [0.35 - 0.45, 0.40 - 0.30, 0.10 - 0.15, 0.15 - 0.10]
    assert [each[name].drifted for name in "abcd"] == [
        abs(after - before) > 0.1 for before, after in zip(BEFORE.values(), AFTER.values(), strict=True)
    ]
    assert [each[name].drifted for name in "abcd"] == [True, True, False, False], "0.1 + one rounding is above 0.1"
    assert [(each[name].previous_rank, each[name].current_rank, each[name].rank_change) for name in "abcd"] == [
        (1, 2, -1),
        (2, 1, 1),
        (3, 4, -1),
        (4, 3, 1),
    ]
    assert found.drifted
    assert found.of(State.CHANGED) == ("b", "a")
    assert found.spearman == pytest.approx(spearmanr([1, 2, 3, 4], [2, 1, 4, 3]).statistic)
    assert found.kendall == pytest.approx(kendalltau([1, 2, 3, 4], [2, 1, 4, 3]).statistic)
    gains = np.array([0.45, 0.30, 0.15, 0.10])
    discounts = 1 / np.log2(np.arange(2, 6))
    assert found.ndcg == pytest.approx(float(gains[[1, 0, 3, 2]] @ discounts) / float(gains @ discounts))


@pytest.mark.parametrize(
    ("before", "after", "drifted"),
    [
        (0.2, 0.3, False),  # 0.09999999999999998
        (0.3, 0.4, True),  # 0.10000000000000003
        (0.0, 0.1, False),  # the very same number
        (0.5, 0.6, False),
        (1.0, 1.1, True),
        (0.1, 0.0, False),
    ],
)
def test_the_comparison_is_strict(before: float, after: float, *, drifted: bool) -> None:
    assert compare({"a": before, "b": 0.5}, {"a": after, "b": 0.5}).drifted is drifted is (abs(after - before) > 0.1)


def test_what_appears_and_vanishes_is_told_and_never_0() -> None:
    found = compare({"a": 0.6, "gone": 0.3, "slight": 0.1}, {"a": 0.6, "new": 0.3, "little": 0.1})
    each = by_name(found)
    assert found.of(State.APPEARED) == ("new", "little")
    assert found.of(State.VANISHED) == ("gone", "slight")
    for name, drifted in {"new": True, "little": False, "gone": True, "slight": False}.items():
        one = each[name]
        assert (one.change, one.relative_change, one.rank_change) == (None, None, None)
        assert one.drifted is drifted
        assert (one.previous is None) != (one.current is None)
    assert found.drifted_features == ("new", "gone")
    assert found.reason == (
        "2 of 5 features changed by more than 0.1: gone vanished (0.3), new appeared (0.3); "
        "appeared with little importance: little; vanished with little importance: slight"
    )


def test_what_is_no_number_is_left_out_of_both_sides_and_told() -> None:
    found = compare({"a": 0.5, "b": 0.5, "c": math.inf}, {"a": math.nan, "b": 0.5, "c": 0.1, "d": -math.inf})
    assert found.left_out == ("a", "c", "d")
    assert [each.feature for each in found.features] == ["b"]
    assert not found.drifted


def test_without_anything_before_nothing_is_judged() -> None:
    found = compare(None, {"a": 0.7, "b": 0.2, "c": math.nan})
    assert (found.drifted, found.ndcg, found.spearman, found.kendall) == (None, None, None, None)
    assert [(each.feature, each.current_rank, each.state, each.drifted) for each in found.features] == [
        ("a", 1, None, False),
        ("b", 2, None, False),
    ]
    assert (found.reason, found.left_out) == ("nothing was logged before to compare with", ("c",))


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ({"a": math.nan}, {"b": 1.0}, "no importance before is a number"),
        ({"a": 1.0}, {"b": math.inf}, "no importance now is a number"),
        ({}, {}, "no importance now is a number"),
    ],
)
def test_without_numbers_on_a_side_nothing_is_judged(
    before: dict[str, float], after: dict[str, float], reason: str
) -> None:
    found = compare(before, after)
    assert (found.drifted, found.ndcg, found.reason) == (None, None, reason)


def test_a_relative_threshold_finds_what_the_absolute_one_does_not() -> None:
    rules = Rules(relative_threshold=0.5)
    found = compare({"a": 0.8, "b": 0.02, "c": 0.0}, {"a": 0.8, "b": 0.031, "c": 0.05}, rules)
    each = by_name(found)
    assert found.drifted_features == ("b",), "of what was exactly 0 no share is known"
    assert each["b"].relative_change == pytest.approx(0.55)
    assert each["c"].relative_change is None
    assert found.reason == "1 of 3 features changed by more than 0.1 or 50% of itself: b +0.011"
    assert not by_name(compare({"a": -0.02}, {"a": -0.03}, rules))["a"].drifted, "just half is not more than half"
    assert by_name(compare({"a": -0.02}, {"a": -0.031}, rules))["a"].drifted


def test_normalised_importances_do_not_depend_on_their_unit() -> None:
    rules = Rules(normalise=True)
    seconds = {"a": 300.0, "b": 100.0, "c": -100.0}
    found = compare(seconds, {name: value / 60 for name, value in seconds.items()}, rules)
    assert not found.drifted
    assert {each.feature: each.current for each in found.features} == pytest.approx({"a": 0.6, "b": 0.2, "c": -0.2})
    assert compare({"a": 0.0}, {"a": 0.0}, rules).features[0].current == 0
    huge = compare({"a": 1e308, "b": 1e308}, {"a": 1.0, "b": 1.0}, rules)
    assert [each.previous for each in huge.features] == [0.5, 0.5]


def test_another_order_is_drift_even_where_no_importance_changed_by_much() -> None:
    before = {f"f{place:02}": 0.05 - place / 1000 for place in range(20)}
    after = {name: 0.05 - (19 - place) / 1000 for place, name in enumerate(before)}
    found = compare(before, after, Rules(ndcg_threshold=0.95))
    assert found.drifted
    assert found.drifted_features == ()
    assert "their order is another: nDCG 0." in found.reason


def test_a_reason_names_the_largest_changes_first_and_counts_the_rest() -> None:
    before = dict.fromkeys("abcdef", 1.0)
    found = compare(before, {name: 1 + place / 2 for place, name in enumerate("abcdef")})
    assert found.reason.startswith("5 of 6 features changed by more than 0.1: f +2.5, e +2, d +1.5, 2 more")
    little = compare(dict.fromkeys("ab", 1.0), dict.fromkeys("ab", 1.0) | dict.fromkeys("vwxyz", 0.01))
    assert little.reason.endswith("appeared with little importance: v, w, x, 2 more")


@given(FEATURES)
def test_nothing_differs_from_itself(importances: dict[str, float]) -> None:
    found = compare(importances, importances)
    assert found.drifted in {False, None}
    assert found.drifted_features == ()
    assert found.ndcg in {None, 1.0}
    assert all(each.change == 0 and each.rank_change == 0 and each.state is State.STABLE for each in found.features)


@given(ANY, ANY)
def test_every_feature_is_told_once_and_both_ways_agree(before: dict[str, float], after: dict[str, float]) -> None:
    found, back = compare(before, after), compare(after, before)
    told = [each.feature for each in found.features]
    assert sorted([*told, *found.left_out]) == sorted({*before, *after})
    there, here = by_name(found), by_name(back)
    for name in told:
        assert there[name].drifted == here[name].drifted
        assert there[name].rank_change is None or there[name].rank_change == -(here[name].rank_change or 0)
    assert found.spearman == back.spearman or found.spearman == pytest.approx(back.spearman)
    ranks = sorted(each.current_rank for each in found.features if each.current_rank is not None)
    assert ranks == list(range(1, len(ranks) + 1))
