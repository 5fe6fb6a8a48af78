"""What must not matter to a detector: where the zero of a scale is, its unit, its sign, its shape."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftgauge.concept.change import Change, Direction, Level
from driftgauge.concept.parameters import Plain
from driftgauge.concept.registry import DETECTORS
from driftgauge.model.bins import FloatArray

SEEDS = st.integers(0, 2**32)
MIRRORED = {Direction.UP: Direction.DOWN, Direction.DOWN: Direction.UP}
Told = list[tuple[int, Level, Direction]]


def told(name: str, values: FloatArray, given_: Mapping[str, Plain] | None = None) -> Told:
    return [in_short(change) for change in DETECTORS[name].start(given_).update(values)]


def in_short(change: Change) -> tuple[int, Level, Direction]:
    return change.index, change.level, change.direction


def numbers(seed: int) -> FloatArray:
    """Whole multiples of 1/64, so that moving and scaling them is exact."""
    rng = np.random.default_rng(seed)
    return np.round(rng.normal(rng.uniform(-3, 3, 4).repeat(200), 1) * 64) / 64


@pytest.mark.parametrize("name", ["adwin", "page_hinkley", "cusum", "kswin"])
@given(seed=SEEDS, shift=st.integers(-1000, 1000))
@settings(max_examples=15)
def test_a_shift_of_all_values_changes_nothing(name: str, seed: int, shift: int) -> None:
    values = numbers(seed)
    assert told(name, values + shift) == told(name, values)


@pytest.mark.parametrize("name", ["adwin", "page_hinkley", "cusum", "kswin", "hddm_w"])
@given(seed=SEEDS)
@settings(max_examples=15)
def test_the_opposite_values_change_the_other_way(name: str, seed: int) -> None:
    values = numbers(seed)
    given_: dict[str, Plain] = {"down": True}
    if name == "hddm_w":
        values = np.clip(np.round(values * 8) / 64 + 0.5, 0, 1)
    elif name in {"adwin", "kswin"}:
        given_ = {}
    opposite = 1 - values if name == "hddm_w" else -values
    found = [(index, level, MIRRORED[direction]) for index, level, direction in told(name, opposite, given_)]
    assert found == told(name, values, given_)


@given(seed=SEEDS, rate=st.floats(0.1, 0.9))
@settings(max_examples=15)
def test_errors_that_get_rare_are_rights_that_get_frequent(seed: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    wrong = (rng.random(800) < np.repeat([rate, 1 - rate], 400)).astype(float)
    found = [(index, level, MIRRORED[way]) for index, level, way in told("hddm_a", 1 - wrong, {"down": True})]
    assert found == told("hddm_a", wrong, {"down": True})


@pytest.mark.parametrize("name", ["cusum", "kswin"])
@given(seed=SEEDS, power=st.integers(-20, 20))
@settings(max_examples=15)
def test_the_unit_changes_nothing_where_the_spread_is_learned_or_only_ranks_count(
    name: str, seed: int, power: int
) -> None:
    values = numbers(seed)
    assert told(name, values * 2.0**power) == told(name, values)


@given(seed=SEEDS, power=st.integers(-20, 20))
@settings(max_examples=15)
def test_the_unit_changes_nothing_where_it_is_given(seed: int, power: int) -> None:
    values, unit = numbers(seed), 2.0**power
    assert told("page_hinkley", values * unit, {"scale": unit}) == told("page_hinkley", values)
    own = {"mean": 0.5 * unit, "scale": 2 * unit}
    assert told("cusum", values * unit, own) == told("cusum", values, {"mean": 0.5, "scale": 2.0})


@given(seed=SEEDS)
@settings(max_examples=15)
def test_only_ranks_count_for_kswin(seed: int) -> None:
    values = numbers(seed)
    found = [(index, level) for index, level, _ in told("kswin", np.exp(values))]
    assert found == [(index, level) for index, level, _ in told("kswin", values)]


@given(seed=SEEDS, after=st.integers(0, 600))
@settings(max_examples=15)
def test_what_comes_after_changes_nothing_that_was_told(seed: int, after: int) -> None:
    values = numbers(seed)
    for name in ("adwin", "page_hinkley", "cusum", "kswin"):
        known = told(name, values)
        assert told(name, values[:after]) == [change for change in known if change[0] < after]


@pytest.mark.parametrize(("name", "both"), [("page_hinkley", {}), ("cusum", {}), ("hddm_a", {"down": True})])
def test_a_direction_that_is_not_looked_for_is_not_told(name: str, both: dict[str, Plain]) -> None:
    rng = np.random.default_rng(3)
    values = (rng.random(1200) < np.repeat([0.5, 0.95, 0.05], 400)).astype(float)
    given_: dict[str, Plain] = {**both, **({"threshold": 20.0} if name != "hddm_a" else {})}
    assert {way for _, _, way in told(name, values, given_)} == {Direction.UP, Direction.DOWN}
    assert {way for _, _, way in told(name, values, {**given_, "down": False})} == {Direction.UP}
    if name != "hddm_a":
        assert {way for _, _, way in told(name, values, {**given_, "up": False})} == {Direction.DOWN}


def test_what_is_given_to_cusum_is_not_learned() -> None:
    values = np.array([10.0, 12.0] * 50)
    assert told("cusum", values, {"mean": 11.0}) == []
    assert told("cusum", values, {"mean": 9.0})[0] == (31, Level.DRIFT, Direction.UP)
    assert told("cusum", values, {"scale": 100.0}) == []
    assert told("cusum", values, {"mean": 9.0, "scale": 1.0})[0][0] < 5, "there is nothing to wait for"


def test_cusum_waits_for_two_values_that_differ() -> None:
    assert told("cusum", np.concatenate((np.zeros(500), [1.0], np.zeros(20)))) == []
    changes = DETECTORS["cusum"].start().update(np.concatenate((np.zeros(500), np.ones(30))))
    assert [(change.direction, change.reference_mean) for change in changes] == [(Direction.UP, 1 / 501)]
