"""Edges ascend, leave the reference's own values inside, and give every spike a slot of its own."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.model.bins import CategoricalBins, FloatArray, NumericBins
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import LARGEST, SAMPLE, fit_categorical, fit_layout, fit_numeric, usable
from unit.profiling.strategies import finite, tidy

samples = st.lists(st.one_of(finite, tidy), min_size=1, max_size=60).map(np.array)
few = st.integers(1, 8)


@given(samples, few)
def test_edges_ascend_strictly_and_are_few(values: FloatArray, bins: int) -> None:
    fitted = fit_numeric(values, bins)
    assert (np.diff(fitted.edges) > 0).all()
    assert fitted.edges[0] == values.min()
    assert fitted.edges[-1] == np.nextafter(values.max(), np.inf)
    assert len(fitted.edges) <= 3 * bins + 1


@given(samples, few)
def test_the_reference_leaves_both_tails_empty(values: FloatArray, bins: int) -> None:
    counts = np.bincount(np.searchsorted(fit_numeric(values, bins).edges, values, side="right"))
    assert counts[0] == 0
    assert counts.size <= len(fit_numeric(values, bins).edges)
    assert counts.sum() == values.size


@given(samples, few)
def test_a_heavy_value_shares_its_slot_with_no_other(values: FloatArray, bins: int) -> None:
    edges = fit_numeric(values, bins).edges
    slots = np.searchsorted(edges, values, side="right")
    distinct, counts = np.unique(values, return_counts=True)
    for value in distinct[counts > values.size / bins]:
        assert (values[slots == np.searchsorted(edges, value, side="right")] == value).all()


@given(samples)
def test_up_to_so_many_distinct_values_get_a_slot_each(values: FloatArray) -> None:
    bins = fit_numeric(values, 60)
    slots = np.searchsorted(bins.edges, values, side="right")
    assert len(set(slots.tolist())) == np.unique(values).size


@given(samples, few, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(values: FloatArray, bins: int, random: Random) -> None:
    order = list(range(values.size))
    random.shuffle(order)
    assert fit_numeric(values, bins).edges.tolist() == fit_numeric(values[order], bins).edges.tolist()


@pytest.mark.parametrize("value", [0.0, -0.0, 5.0, -1e150, 1e150, 5e-324])
def test_a_constant_feature_has_one_slot_between_its_tails(value: float) -> None:
    bins = fit_numeric(np.full(1000, value))
    assert bins.edges.tolist() == [value, np.nextafter(value, np.inf)]
    assert bins.center == pytest.approx(value)
    assert bins.scale == pytest.approx(0.0, abs=1e-12 * abs(value))


def test_center_and_scale_are_mean_and_deviation() -> None:
    bins = fit_numeric(np.array([1.0, 2.0, 3.0, 6.0]))
    assert (bins.center, bins.scale) == (3.0, pytest.approx(np.sqrt(3.5)))


def test_spread_values_fill_their_slots_evenly() -> None:
    values = np.random.default_rng(1).normal(size=10_000)
    counts = np.bincount(np.searchsorted(fit_numeric(values, 64).edges, values, side="right"))[1:]
    assert counts.size == 64
    assert counts.min() >= 156
    assert counts.max() <= 157


def test_categories_are_ordered_by_count_then_name() -> None:
    bins = fit_categorical(Counter(b=2, a=2, c=5, e=1, d=1, f=1), top=3, rare=2)
    assert bins.categories == ("c", "a", "b")
    assert bins.rare == {"d", "e"}
    assert bins.overflowed


def test_categories_that_fit_do_not_overflow() -> None:
    bins = fit_categorical(Counter("abcc"), top=2, rare=1)
    assert (bins.categories, bins.rare, bins.overflowed) == (("c", "a"), {"b"}, False)


def test_a_layout_has_the_features_with_values_in_order_of_name() -> None:
    first = FeatureBatch(rows=2, numeric={"b": np.array([1.0, np.nan]), "void": np.array([np.nan, np.inf])})
    second = FeatureBatch(rows=1, numeric={"b": np.array([7.0])}, categories={"a": Counter(x=1), "none": Counter()})
    third = FeatureBatch(rows=1, categories={"a": Counter(y=2), "b": Counter(z=1)})
    layout = fit_layout([first, second, third])
    assert list(layout.features) == ["a", "b"]
    plan, age = layout.features["a"], layout.features["b"]
    assert isinstance(plan, CategoricalBins)
    assert isinstance(age, NumericBins)
    assert plan.categories == ("y", "x")
    assert age.edges.tolist() == [1.0, 7.0, np.nextafter(7.0, np.inf)]


def test_no_batches_make_no_layout() -> None:
    assert fit_layout([]).features == {}


@given(st.lists(st.floats()))
def test_usable_values_are_finite_and_can_be_squared(values: list[float]) -> None:
    kept = usable(np.array(values, dtype=np.float64))
    assert kept.tolist() == [value for value in values if abs(value) <= LARGEST]
    assert np.isfinite(kept**2).all()


def test_the_reference_is_counted_on_its_own_bins_without_a_tail() -> None:
    batch = FeatureBatch(rows=5, numeric={"x": np.array([1e150, -1e150, 0.0, 5e-324, np.inf])})
    profile = profile_batch(fit_layout([batch]), batch)
    assert profile.counts[[0, -1]].tolist() == [0, 0]
    assert profile.counts.sum() == 4


def test_of_very_many_values_a_sample_with_both_ends_is_fitted() -> None:
    values = np.random.default_rng(1).normal(size=SAMPLE + 1)
    fitted = fit_numeric(values, 8)
    assert fitted.edges[0] == values.min()
    assert fitted.edges[-1] == np.nextafter(values.max(), np.inf)
    assert fitted.center == values.mean()
