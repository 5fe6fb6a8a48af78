"""The planes of a reference: found as an SVD finds them, from a bounded sample, whatever the batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.model.bins import FeatureKind, FloatArray, NumericBins, is_made
from driftgauge.model.profile import ModelProfile
from driftgauge.model.projection import RECONSTRUCTION_ERROR, Projection
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from driftgauge.profiling.projecting import EXPLAINED, RowSample, fit_projection, with_reconstruction
from driftgauge.profiling.source import ColumnSource, profile_source


def correlated(rows: int, features: int = 6, seed: int = 0) -> dict[str, FloatArray]:
    """Features on two factors, of very different scales, with noise."""
    rng = np.random.default_rng(seed)
    loadings = np.random.default_rng(99).normal(size=(2, features))
    table = rng.normal(size=(rows, 2)) @ loadings + 0.3 * rng.normal(size=(rows, features))
    return {f"x{place}": 10.0**place * table[:, place] + place for place in range(features)}


def projected(columns: Mapping[str, FloatArray]) -> Projection:
    found = fit_projection(columns)
    assert found is not None
    return found


def test_errors_are_those_of_a_singular_value_decomposition() -> None:
    columns = correlated(2_000)
    found = projected(columns)
    table = np.stack(list(columns.values()), axis=1)
    scaled = (table - table.mean(axis=0)) / table.std(axis=0)
    _, values, rows = np.linalg.svd(scaled, full_matrices=False)
    shares = np.cumsum(values**2) / np.sum(values**2)
    count = int(np.argmax(shares >= EXPLAINED)) + 1
    kept = rows[:count]
    expected = np.linalg.norm(scaled - scaled @ kept.T @ kept, axis=1)
    assert found.components.shape == (6, count)
    assert found.components.T @ found.components == pytest.approx(np.eye(count))
    assert found.errors(columns, 2_000) == pytest.approx(expected)


def test_features_that_go_against_each_other_are_on_one_plane() -> None:
    x = np.random.default_rng(4).normal(size=500)
    found = projected({"credit": -x, "debit": x})
    assert np.abs(found.components).ravel() == pytest.approx([0.5**0.5] * 2)
    assert found.errors({"credit": -x, "debit": x}, 500) == pytest.approx(np.zeros(500), abs=1e-9)


def test_features_that_do_not_vary_are_left_out() -> None:
    columns = correlated(500) | {"constant": np.full(500, 3.0), "empty": np.full(500, np.nan)}
    assert projected(columns).features == tuple(f"x{place}" for place in range(6))


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"x": np.arange(9.0)},
        {"x": np.arange(9.0), "y": np.ones(9)},
        {"x": np.array([1.0, -1.0, 1.0, -1.0]), "y": np.array([1.0, 1.0, -1.0, -1.0])},
    ],
    ids=["none", "one", "one that varies", "nothing in common"],
)
def test_where_no_component_can_be_spared_there_is_no_projection(columns: dict[str, FloatArray]) -> None:
    assert fit_projection(columns) is None


@given(st.lists(st.integers(0, 400), max_size=12), st.integers(1, 90))
def test_a_sample_holds_every_nth_row_and_never_more_than_its_limit(sizes: list[int], limit: int) -> None:
    sample = RowSample(limit=limit)
    edges = np.cumsum([0, *sizes])
    for start, end in pairwise(edges.tolist()):
        numbers = np.arange(start, end, dtype=np.float64)
        sample.add(FeatureBatch(rows=end - start, numeric={"x": numbers, "y": -numbers}))
        held = sample.columns()["x"]
        assert held.tolist() == np.arange(0, end, sample.step, dtype=np.float64).tolist()
        assert held.size <= limit
        assert np.array_equal(sample.columns()["y"], -held)
    assert sample.step == 1 or edges[-1] / sample.step > limit / 2 - 1, "no more is thrown away than must be"


def test_a_column_that_a_batch_lacks_is_missing_there() -> None:
    sample = RowSample()
    sample.add(FeatureBatch(rows=2, numeric={"x": np.array([1.0, 2.0])}))
    sample.add(FeatureBatch(rows=1, numeric={"y": np.array([3.0])}))
    held = sample.columns()
    assert np.array_equal(held["x"], [1.0, 2.0, np.nan], equal_nan=True)
    assert np.array_equal(held["y"], [np.nan, np.nan, 3.0], equal_nan=True)


def test_the_layout_has_the_errors_as_a_feature_of_their_own() -> None:
    columns = correlated(3_000)
    batch = FeatureBatch(rows=3_000, numeric=columns, categories={"plan": Counter(a=3_000)})
    plain = fit_layout([batch])
    layout = with_reconstruction(plain, [batch])
    bins = layout.features[RECONSTRUCTION_ERROR]
    assert list(layout.features) == sorted([*plain.features, RECONSTRUCTION_ERROR])
    assert is_made(bins)
    assert layout.kinds == plain.kinds, "it is no column to be read"
    profile = profile_batch(layout, batch)
    made = profile.feature(RECONSTRUCTION_ERROR)
    assert isinstance(bins, NumericBins)
    assert bins.projection is not None
    errors = bins.projection.errors(columns, 3_000)
    assert (made.n, made.missing) == (3_000, 0)
    assert made.mean == pytest.approx(errors.mean())  # type: ignore[union-attr] - it is numeric
    assert made.counts[[0, -1]].tolist() == [0, 0], "the reference leaves both tails empty"


def test_batches_may_be_cut_anywhere() -> None:
    columns = correlated(1_000)
    batch = FeatureBatch(rows=1_000, numeric=columns)
    layout = with_reconstruction(fit_layout([batch]), [batch])
    whole = profile_batch(layout, batch)
    parts = [
        profile_batch(
            layout,
            FeatureBatch(rows=end - start, numeric={name: values[start:end] for name, values in columns.items()}),
        )
        for start, end in pairwise([0, 1, 300, 999, 1_000])
    ]
    merged = ModelProfile.merged(layout, parts)
    assert merged.counts.tolist() == whole.counts.tolist()
    assert merged.sums == pytest.approx(whole.sums)


def test_a_feature_of_that_name_is_left_alone() -> None:
    columns = correlated(200) | {RECONSTRUCTION_ERROR: np.arange(200.0)}
    batch = FeatureBatch(rows=200, numeric=columns)
    layout = fit_layout([batch])
    assert with_reconstruction(layout, [batch]) is layout


@pytest.mark.parametrize("held_values", [1_000_000, 5_000], ids=["held", "sampled"])
def test_a_source_freezes_the_same_errors(held_values: int) -> None:
    columns = correlated(4_000)
    kinds = dict.fromkeys(columns, FeatureKind.NUMERIC)

    def read(wanted: Mapping[str, FeatureKind]) -> Iterator[FeatureBatch]:
        for start in range(0, 4_000, 700):
            part = {name: columns[name][start : start + 700] for name in wanted}
            yield FeatureBatch(rows=len(next(iter(part.values()))), numeric=part)

    source = ColumnSource(kinds=kinds, left_out={}, read=read)
    frozen = profile_source(source, kinds, reconstructed=True, held_values=held_values)
    batch = FeatureBatch(rows=4_000, numeric=columns)
    expected = with_reconstruction(fit_layout([batch]), [batch])
    ours, theirs = frozen.layout.features[RECONSTRUCTION_ERROR], expected.features[RECONSTRUCTION_ERROR]
    assert isinstance(ours, NumericBins)
    assert isinstance(theirs, NumericBins)
    assert ours.projection is not None
    assert np.array_equal(ours.edges, theirs.edges)
    made = frozen.profile.feature(RECONSTRUCTION_ERROR)
    assert made.n == frozen.profile.rows == 4_000
    assert made.counts.tolist() == profile_batch(expected, batch).feature(RECONSTRUCTION_ERROR).counts.tolist()
    plain = profile_source(source, kinds, held_values=held_values)
    assert RECONSTRUCTION_ERROR not in plain.layout.features
