"""Counts are what a plain loop counts, however the rows are cut and ordered."""

from __future__ import annotations

import math
from collections import Counter
from itertools import permutations
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftgauge.model.bins import BinLayout, CategoricalBins, FeatureKind, FloatArray, NumericBins
from driftgauge.model.profile import ModelProfile, NumericProfile
from driftgauge.profiling import counting
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch, profile_batches
from driftgauge.profiling.documents import infer_kinds, read_documents
from driftgauge.profiling.fitting import fit_layout, fit_numeric
from unit.profiling.strategies import LARGEST, count_categories, count_numbers, documents, tidy, values

Documents = list[dict[str, Any]]


def layout_of(rows: Documents) -> BinLayout:
    return fit_layout([read_documents(rows, infer_kinds(rows))])


def profile(layout: BinLayout, rows: Documents) -> ModelProfile:
    return profile_batch(layout, read_documents(rows, {name: bins.kind for name, bins in layout.features.items()}))


def assert_same(left: ModelProfile, right: ModelProfile) -> None:
    assert left.rows == right.rows
    assert left.counts.tolist() == right.counts.tolist()
    assert left.gaps.tolist() == right.gaps.tolist()
    assert left.moments[:, 1:].tolist() == right.moments[:, 1:].tolist()
    np.testing.assert_allclose(left.moments[:, 0], right.moments[:, 0], rtol=1e-9)
    size = max([1e-300, *np.abs(left.moments[:, 1:][np.isfinite(left.moments[:, 1:])])])
    np.testing.assert_allclose(left.sums, right.sums, rtol=1e-9, atol=1e-9 * size)


@given(st.lists(tidy, min_size=1, max_size=40).map(np.array), st.lists(values, max_size=40), st.integers(1, 6))
def test_numbers_fall_where_a_loop_puts_them(reference: FloatArray, column: list[Any], slots: int) -> None:
    bins = fit_numeric(reference, slots)
    found = profile(BinLayout(features={"x": bins}), [{"x": value} for value in column]).feature("x")
    counts, gaps = count_numbers(bins, column)
    numbers = [float(value) for value in column if isinstance(value, int | float) and abs(value) <= LARGEST]
    assert isinstance(found, NumericProfile)
    assert found.counts.tolist() == counts
    assert [found.missing, found.non_finite, found.invalid] == gaps
    assert found.rows == len(column)
    squares = math.fsum((number - bins.center) ** 2 for number in numbers)
    largest = max(map(abs, numbers), default=0.0)
    assert found.squares == pytest.approx(squares, rel=1e-9)
    assert found.sums.sum() == pytest.approx(math.fsum(numbers), rel=1e-9, abs=1e-9 * largest)


@given(st.lists(st.sampled_from("abcdef"), min_size=1), st.lists(values, max_size=40), st.booleans())
def test_categories_fall_where_a_loop_puts_them(reference: list[str], column: list[Any], overflowed: bool) -> None:  # noqa: FBT001 - drawn
    names = sorted(set(reference))
    bins = CategoricalBins(categories=(*names[:2], "1", "true"), rare=frozenset(names[2:]), overflowed=overflowed)
    found = profile(BinLayout(features={"x": bins}), [{"x": value} for value in column]).feature("x")
    counts, gaps = count_categories(bins, column)
    assert found.counts.tolist() == counts
    assert [found.missing, 0, found.invalid] == gaps
    assert found.rows == len(column)


@given(st.lists(documents, max_size=30), st.lists(documents, max_size=30), st.integers(0, 30))
def test_the_parts_of_any_cut_add_up_to_the_whole(reference: Documents, rows: Documents, cut: int) -> None:
    layout = layout_of(reference)
    parts = [profile(layout, rows[:cut]), profile(layout, rows[cut:])]
    assert_same(ModelProfile.merged(layout, parts), profile(layout, rows))


@given(st.lists(documents, max_size=30), st.lists(st.lists(documents, max_size=5), min_size=3, max_size=3))
def test_parts_add_up_in_any_order(reference: Documents, parts: list[Documents]) -> None:
    layout = layout_of(reference)
    profiles = [profile(layout, part) for part in parts]
    first, *others = (ModelProfile.merged(layout, order) for order in permutations(profiles))
    for other in others:
        assert_same(first, other)


@given(st.lists(documents, max_size=30), st.lists(documents, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(reference: Documents, rows: Documents, random: Random) -> None:
    layout = layout_of(reference)
    before = profile(layout, rows)
    random.shuffle(rows)
    assert_same(before, profile(layout, rows))


@pytest.mark.parametrize("together", [1, 7, 1_000])
@given(reference=st.lists(documents, max_size=30), parts=st.lists(st.lists(documents, max_size=6), max_size=9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counting_several_together_gives_what_each_has_alone(
    monkeypatch: pytest.MonkeyPatch, together: int, reference: Documents, parts: list[Documents]
) -> None:
    monkeypatch.setattr(counting, "ROWS_TOGETHER", together)
    layout = layout_of(reference)
    batches = [read_documents(rows, infer_kinds(rows) or layout.kinds) for rows in parts]  # some of other kinds
    found = list(profile_batches(layout, batches))
    assert len(found) == len(batches)
    for profile_of_one, batch in zip(found, batches, strict=True):
        assert_same(profile_of_one, profile_batch(layout, batch))


NUMERIC = NumericBins(edges=np.array([0.0, 1.0]), center=0.0, scale=1.0)
CATEGORICAL = CategoricalBins(categories=("a",))


@pytest.mark.parametrize(
    ("batch", "gaps"),
    [
        (FeatureBatch(rows=4, categories={"x": Counter(a=2)}), [2, 0, 2]),
        (FeatureBatch(rows=4, categories={"x": Counter(a=2)}, invalid={"x": 1}), [1, 0, 3]),
        (FeatureBatch(rows=4), [4, 0, 0]),
    ],
)
def test_text_on_numeric_bins_is_invalid(batch: FeatureBatch, gaps: list[int]) -> None:
    found = profile_batch(BinLayout(features={"x": NUMERIC}), batch)
    assert found.gaps.tolist() == [gaps]
    assert not found.counts.any()


@pytest.mark.parametrize(
    ("batch", "gaps"),
    [
        (FeatureBatch(rows=4, numeric={"x": np.array([1.0, np.nan, np.inf, np.nan])}), [2, 0, 2]),
        (FeatureBatch(rows=4, numeric={"x": np.array([1.0, np.nan, 2.0, np.nan])}, invalid={"x": 1}), [1, 0, 3]),
        (FeatureBatch(rows=4), [4, 0, 0]),
    ],
)
def test_numbers_on_categorical_bins_are_invalid(batch: FeatureBatch, gaps: list[int]) -> None:
    found = profile_batch(BinLayout(features={"x": CATEGORICAL}), batch)
    assert found.gaps.tolist() == [gaps]
    assert not found.counts.any()


def test_invalid_values_are_not_counted_as_missing() -> None:
    rows: Documents = [{"x": 1}, {"x": "a"}, {"x": None}, {}, {"x": 1e200}]
    batch = read_documents(rows, {"x": FeatureKind.NUMERIC})
    assert profile_batch(BinLayout(features={"x": NUMERIC}), batch).gaps.tolist() == [[2, 1, 1]]
