"""A watch goes on wherever it was put away, learns a scale where it needs one, and begins anew where it is set anew."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftgauge.concept.change import Change
from driftgauge.concept.detector import State
from driftgauge.concept.registry import DETECTORS
from driftgauge.concept.watch import LEARNED_FROM, Watch
from driftgauge.model.bins import FloatArray

every_detector = pytest.mark.parametrize("name", DETECTORS)
SEEDS: Final = st.integers(0, 2**32)
PAGE_HINKLEY: Final = DETECTORS["page_hinkley"]


def errors(seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return (rng.random(1200) < np.repeat([0.1, 0.4], 600)).astype(np.float64)


def by_text(watch: Watch) -> State:
    return json.loads(json.dumps(watch.state(), allow_nan=False))


def moved(changes: tuple[Change, ...], by: int) -> list[tuple[int, str, str, float]]:
    return [(change.index + by, change.level, change.direction, change.statistic) for change in changes]


@every_detector
@given(seed=SEEDS, cuts=st.lists(st.integers(0, 1200), max_size=6))
@settings(max_examples=10)
def test_put_away_anywhere_it_tells_the_same(name: str, seed: int, cuts: list[int]) -> None:
    values = errors(seed)
    whole = Watch.follow(DETECTORS[name], None, {})
    expected = moved(whole.update(values), 0)
    state: State | None = None
    found: list[tuple[int, str, str, float]] = []
    places = [0, *sorted(cuts), len(values)]
    for start, stop in pairwise(places):
        watch = Watch.follow(DETECTORS[name], state, {})
        found += moved(watch.update(values[start:stop]), start)
        state = by_text(watch)
    assert found == expected
    assert state == by_text(whole)
    assert whole.seen == len(values)


def test_the_scale_is_the_standard_deviation_of_the_first_errors() -> None:
    values = np.random.default_rng(1).gamma(2.0, 30.0, LEARNED_FROM + 100)
    watch = Watch.follow(PAGE_HINKLEY, None, {})
    assert watch.update(values[: LEARNED_FROM - 1]) == ()
    assert (watch.scale, watch.score, watch.missing, watch.seen) == (None, None, 1, LEARNED_FROM - 1)
    assert watch.update(values[LEARNED_FROM - 1 :]) == ()
    assert watch.scale == pytest.approx(np.std(values[:LEARNED_FROM], ddof=1))
    assert (watch.missing, watch.seen) == (0, len(values))
    given_ = PAGE_HINKLEY.start({"scale": watch.scale})
    given_.update(values[LEARNED_FROM:])
    assert watch.score == given_.score


@given(seed=SEEDS, power=st.integers(-20, 20))
@settings(max_examples=15)
def test_the_unit_of_errors_changes_nothing(seed: int, power: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.abs(rng.normal(0, np.repeat([1, 2], 1000)))
    found = [moved(Watch.follow(PAGE_HINKLEY, None, {}).update(values * unit), 0) for unit in (1.0, 2.0**power)]
    assert [place for place, *_ in found[0]] == [place for place, *_ in found[1]]
    assert found[0]


def test_errors_that_are_all_alike_teach_no_scale() -> None:
    watch = Watch.follow(PAGE_HINKLEY, None, {})
    assert watch.update(np.zeros(LEARNED_FROM + 50)) == ()
    assert (watch.scale, watch.missing) == (None, 1)
    watch.update([1.0])
    assert watch.scale == pytest.approx(math.sqrt(1 / (LEARNED_FROM + 51)), rel=1e-3)


def test_errors_that_are_no_numbers_teach_nothing() -> None:
    values = np.random.default_rng(2).random(LEARNED_FROM)
    watch, holey = (Watch.follow(PAGE_HINKLEY, None, {}) for _ in range(2))
    watch.update(values)
    holey.update(np.insert(values, [3, 400], [math.nan, math.inf]))
    assert holey.scale == watch.scale
    assert holey.seen == LEARNED_FROM


def test_a_scale_that_is_given_or_not_needed_is_not_learned() -> None:
    for name, parameters in (("page_hinkley", {"scale": 2.0}), ("cusum", {}), ("adwin", {})):
        watch = Watch.follow(DETECTORS[name], None, parameters)
        assert (watch.scale, watch.missing, watch.score) == (None, 0, 0.0)


def test_the_place_of_a_change_counts_those_that_taught_the_scale() -> None:
    values = np.concatenate([np.random.default_rng(3).random(LEARNED_FROM + 100), np.full(300, 5.0)])
    [change, *_] = Watch.follow(PAGE_HINKLEY, None, {"threshold": 20.0}).update(values)
    assert LEARNED_FROM + 100 < change.index < len(values)


@pytest.mark.parametrize("name", ["adwin", "page_hinkley"])
def test_it_begins_anew_where_it_is_set_otherwise_or_cannot_be_read(name: str) -> None:
    kind = DETECTORS[name]
    watch = Watch.follow(kind, None, {})
    watch.update(errors(4))
    [parameter, *_] = [one for one, about in kind.parameters.described().items() if about.open and one != "scale"]
    assert Watch.follow(kind, by_text(watch), {}).seen == 1200
    assert Watch.follow(kind, by_text(watch), {parameter: 0.25}).seen == 0
    state = by_text(watch)
    for broken in ({**state, "detector": {"detector": "none"}}, {**state, "spread": {"x": 1}, "detector": {}}, {}):
        assert Watch.follow(kind, broken, {}).seen == 0
    assert Watch.follow(kind, {"parameters": state["parameters"]}, {}).seen == 0


def test_a_scale_that_is_given_at_last_begins_anew() -> None:
    watch = Watch.follow(PAGE_HINKLEY, None, {})
    watch.update(errors(5))
    assert Watch.follow(PAGE_HINKLEY, by_text(watch), {"scale": 0.3}).seen == 0


def test_a_parameter_that_is_wrong_is_told() -> None:
    with pytest.raises(ValueError, match="limit: unknown"):
        Watch.follow(PAGE_HINKLEY, None, {"limit": 3})
