"""What every registered drift test promises, whatever it measures."""

from __future__ import annotations

import json
import math
from typing import Final, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from driftgauge.drift.registry import TESTS
from driftgauge.drift.test import DriftScore, DriftTest
from driftgauge.model.bins import FeatureKind
from driftgauge.model.profile import FeatureProfile, ModelProfile
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import Column, batch_of, pair

Shape = Literal["numeric", "categorical", "binary"]
"""What the values of a feature look like; a binary one is categorical with two categories in the reference."""


def shapes(test: DriftTest) -> list[Shape]:
    """What the test can be asked to compare."""
    numeric: list[Shape] = ["numeric"] if FeatureKind.NUMERIC in test.kinds else []
    categorical: list[Shape] = ["categorical", "binary"] if FeatureKind.CATEGORICAL in test.kinds else []
    return numeric + [shape for shape in categorical if shape == "binary" or not test.binary]


CASES = [pytest.param(test, shape, id=f"{test.name}-{shape}") for test in TESTS.values() for shape in shapes(test)]
every_test = pytest.mark.parametrize(("test", "shape"), CASES)

OF_SPREAD_ALONE: Final = {"variance_ratio"}  # wherever the values lie

FEW_VALUES = st.sampled_from([0.0, 1.0, 1.0, 2.0, 50.0])
ANY_NUMBER = st.floats(width=64) | FEW_VALUES
TAME_NUMBER = st.floats(-1e6, 1e6) | FEW_VALUES | st.just(math.nan)
ANY_CATEGORY = st.none() | st.sampled_from("aaabbcdefgh")
ONE_OF_TWO = st.none() | st.sampled_from("aab")


def columns(shape: Shape, *, tame: bool = False) -> st.SearchStrategy[Column]:
    """At least one usable value, or both of two categories, then anything."""
    if shape == "binary":
        return st.lists(ONE_OF_TWO, max_size=80).map(lambda tail: ["a", "b", *tail])
    if shape == "categorical":
        return st.lists(ANY_CATEGORY, max_size=80).map(lambda tail: ["a", *tail])
    numbers = TAME_NUMBER if tame else ANY_NUMBER
    first, tail = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=1), st.lists(numbers, max_size=80)
    return st.tuples(first, tail).map(lambda drawn: np.array(drawn[0] + drawn[1]))


def drifting(shape: Shape, amount: float) -> Column:
    """2,000 ideal values of which `amount`, from 0 to 1, says how far they went: moved, spread, lost and new."""
    lost = round(400 * amount)
    if shape == "numeric":
        values = (1 + amount / 2) * ndtri((np.arange(2000) + 0.5) / 2000) + 1.5 * amount
        values[((np.arange(lost) + 0.5) * (2000 / max(lost, 1))).astype(np.int64)] = math.nan  # evenly: no gap moves
        return values
    new, moved = round(300 * amount), round(800 * amount)
    if shape == "binary":
        return [None] * lost + ["new"] * new + ["a"] * (1200 - lost - new - moved // 2) + ["b"] * (800 + moved // 2)
    return [None] * lost + ["new"] * new + ["a"] * (1000 - new - moved) + ["b"] * (600 + moved) + ["c"] * (400 - lost)


def rounded(found: DriftScore) -> tuple[float, float]:
    """What must not change where only the rounding of sums does; a distance has no p-value, ever."""
    return found.score, -1.0 if found.p_value is None else found.p_value


@every_test
@given(data=st.data())
@settings(max_examples=50)
def test_identical_profiles_score_zero(test: DriftTest, shape: Shape, data: st.DataObject) -> None:
    column = data.draw(columns(shape))
    found = test.measure(*pair(column, column))
    assert found.score == 0
    assert found.statistic == 0
    assert found.p_value in (None, 1.0)


@every_test
@given(data=st.data())
@settings(max_examples=50)
def test_equal_shares_score_zero_whatever_the_sample_sizes(test: DriftTest, shape: Shape, data: st.DataObject) -> None:
    column = data.draw(columns(shape, tame=True))
    twice = np.concatenate((column, column)) if isinstance(column, np.ndarray) else [*column, *column]
    assert test.measure(*pair(column, twice)).score == pytest.approx(0, abs=1e-6)


@every_test
@given(data=st.data())
@settings(max_examples=50)
def test_scores_are_finite_never_negative_and_plain_numbers(test: DriftTest, shape: Shape, data: st.DataObject) -> None:
    found = test.measure(*pair(data.draw(columns(shape)), data.draw(columns(shape))))
    assert 0 <= found.score <= test.greatest
    assert math.isfinite(found.score)
    assert math.isfinite(found.statistic)
    assert (found.p_value is None) == test.distance
    assert found.p_value is None or 0 <= found.p_value <= 1
    json.dumps([found.score, found.statistic, found.p_value])
    assert {type(found.score), type(found.statistic)} == {float}


@every_test
@given(data=st.data())
@settings(max_examples=50)
def test_the_order_of_rows_does_not_matter(test: DriftTest, shape: Shape, data: st.DataObject) -> None:
    reference, current = data.draw(columns(shape, tame=True)), data.draw(columns(shape, tame=True))
    order = data.draw(st.permutations(range(len(current))))
    shuffled = current[order] if isinstance(current, np.ndarray) else [current[place] for place in order]
    exact, found = test.measure(*pair(reference, current)), test.measure(*pair(reference, shuffled))
    # squares are about the reference's mean: what lies 100,000 of its own deviations away keeps ten digits of them
    assert rounded(found) == pytest.approx(rounded(exact), rel=1e-5, abs=1e-5)


@every_test
@given(data=st.data())
@settings(max_examples=50)
def test_merged_halves_score_as_the_whole(test: DriftTest, shape: Shape, data: st.DataObject) -> None:
    whole, other = data.draw(columns(shape, tame=True)), data.draw(columns(shape, tame=True))
    cut = data.draw(st.integers(0, len(whole)))
    layout = fit_layout([batch_of({"x": other}), batch_of({"x": whole})])

    def profile(column: Column) -> ModelProfile:
        return profile_batch(layout, batch_of({"x": column}))

    def merged() -> FeatureProfile:
        return ModelProfile.merged(layout, [profile(whole[:cut]), profile(whole[cut:])]).feature("x")

    reference = profile(other).feature("x")
    exact, found = test.measure(reference, profile(whole).feature("x")), test.measure(reference, merged())
    assert rounded(found) == pytest.approx(rounded(exact), rel=1e-6, abs=1e-6)


@every_test
@given(amounts=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted))
@settings(max_examples=30)
def test_scores_grow_with_the_shift(test: DriftTest, shape: Shape, amounts: list[float]) -> None:
    reference = drifting(shape, 0)
    less, more = (test.measure(*pair(reference, drifting(shape, amount))).score for amount in amounts)
    assert less <= more + 0.01 * max(more, 1)


@every_test
def test_a_plain_drift_reaches_the_default_threshold(test: DriftTest, shape: Shape) -> None:
    found = test.measure(*pair(drifting(shape, 0), drifting(shape, 0.8)))
    assert found.score >= test.default_threshold
    assert found.p_value is None or found.p_value < 1e-6


@every_test
def test_nothing_to_compare_is_an_error(test: DriftTest, shape: Shape) -> None:
    empty = np.array([]) if shape == "numeric" else list[str | None]()
    reference, current = pair(drifting(shape, 0), empty)
    for first, second in ((reference, current), (current, reference)):
        with pytest.raises(ValueError, match="in both profiles"):
            test.measure(first, second)


@every_test
def test_values_lost_in_every_row_are_an_error_unless_rows_are_counted(test: DriftTest, shape: Shape) -> None:
    lost = np.full(50, math.nan) if shape == "numeric" else [None] * 50
    reference, current = pair(drifting(shape, 0), lost)
    if test.samples == "rows":
        assert test.measure(reference, current).score == 1
        assert test.sample_size(current) == 50
    else:
        assert test.sample_size(current) == 0
        with pytest.raises(ValueError, match="values in both profiles"):
            test.measure(reference, current)


@pytest.mark.parametrize("test", TESTS.values(), ids=list(TESTS))
def test_another_kind_is_refused(test: DriftTest) -> None:
    (numeric, _), (categorical, _) = (pair(column, column) for column in (np.arange(9.0), ["a", "b"] * 9))
    if test.samples == "values":
        for first, second in ((numeric, categorical), (categorical, numeric)):
            with pytest.raises(TypeError, match="features only"):
                test.measure(first, second)


@every_test
def test_words_explain_the_score(test: DriftTest, shape: Shape) -> None:
    reference, _ = pair(drifting(shape, 0), drifting(shape, 0))
    assert test.fits(reference.bins)
    assert reference.bins.kind.value in test.features
    assert test.meaning
    assert 0 < test.default_threshold < test.greatest


@pytest.mark.parametrize(
    "test", [test for test in TESTS.values() if FeatureKind.NUMERIC in test.kinds], ids=lambda test: test.name
)
@pytest.mark.parametrize(("constant", "moved"), [(0.0, 1.0), (0.1, 0.2), (5.0, -5.0), (1e150, -1e150)])
def test_a_constant_that_moves_is_seen(test: DriftTest, constant: float, moved: float) -> None:
    found = test.measure(*pair(np.full(300, constant), np.full(200, moved)))
    assert math.isfinite(found.score)
    assert (found.score >= test.default_threshold) == (test.samples == "values" and test.name not in OF_SPREAD_ALONE)


def test_rounding_of_a_constant_is_no_drift() -> None:
    found = TESTS["wasserstein"].measure(*pair(np.full(3001, 0.1), np.full(7, 0.1)))
    assert found.score < 1e-6
