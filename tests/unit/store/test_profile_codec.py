"""What is written to Postgres comes back bit for bit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.model.bins import BinLayout, CategoricalBins, NumericBins
from driftgauge.model.profile import ModelProfile
from driftgauge.model.projection import RECONSTRUCTION_ERROR
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.documents import infer_kinds, read_documents
from driftgauge.profiling.fitting import fit_layout, fit_numeric
from driftgauge.profiling.projecting import with_reconstruction
from driftgauge.store.profile_codec import (
    EncodedProfiles,
    decode_layout,
    decode_profile,
    encode_layout,
    encode_profile,
)
from unit.profiling.strategies import documents, finite

Documents = list[dict[str, Any]]


def layout_of(rows: Documents) -> BinLayout:
    return fit_layout([read_documents(rows, infer_kinds(rows))])


def profile(layout: BinLayout, rows: Documents) -> ModelProfile:
    return profile_batch(layout, read_documents(rows, {name: bins.kind for name, bins in layout.features.items()}))


def assert_identical(left: ModelProfile, right: ModelProfile) -> None:
    assert left.rows == right.rows
    for name in ("counts", "sums", "gaps", "moments"):
        ours, theirs = getattr(left, name), getattr(right, name)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        assert ours.tobytes() == theirs.tobytes()


@given(st.lists(documents, max_size=20), st.lists(documents, max_size=20))
def test_a_profile_comes_back_bit_for_bit(reference: Documents, rows: Documents) -> None:
    layout = layout_of(reference)
    written = profile(layout, rows)
    assert_identical(decode_profile(layout, encode_profile(written)), written)


@given(st.lists(documents, max_size=20))
def test_a_layout_comes_back_bit_for_bit(reference: Documents) -> None:
    layout = layout_of(reference)
    assert_same_layout(decode_layout(json.loads(encode_layout(layout))), layout)


@given(st.lists(finite, min_size=1))
def test_edges_keep_every_bit(values: list[float]) -> None:
    layout = BinLayout(features={"x": fit_numeric(np.array(values))})
    assert_same_layout(decode_layout(json.loads(encode_layout(layout))), layout)


def assert_same_layout(left: BinLayout, right: BinLayout) -> None:
    assert list(left.features) == list(right.features)
    for ours, theirs in zip(left.features.values(), right.features.values(), strict=True):
        if isinstance(ours, CategoricalBins):
            assert ours.kind is theirs.kind
            assert [getattr(ours, name) for name in ("categories", "rare", "overflowed")] == [
                getattr(theirs, name) for name in ("categories", "rare", "overflowed")
            ]
        else:
            assert isinstance(theirs, NumericBins)
            assert ours.edges.tobytes() == theirs.edges.tobytes()
            assert (ours.center, ours.scale) == (theirs.center, theirs.scale)


LAYOUT = BinLayout(features={"plan": CategoricalBins(categories=("a", "b")), "x": fit_numeric(np.arange(300.0))})


@pytest.mark.parametrize("count", [0, 1, 2**32 - 1, 2**32, 2**62])
def test_counts_of_any_size_come_back(count: int) -> None:
    counts = np.zeros(LAYOUT.slots, dtype=np.int64)
    counts[[0, 3, -1]] = count
    written = replace(ModelProfile.empty(LAYOUT), rows=count, counts=counts)
    assert_identical(decode_profile(LAYOUT, encode_profile(written)), written)


def test_a_bucket_of_few_rows_takes_few_bytes() -> None:
    assert len(encode_profile(profile(LAYOUT, [{"plan": "a", "x": 7}]))) < 200


def test_profiles_read_back_can_be_merged() -> None:
    read = decode_profile(LAYOUT, encode_profile(profile(LAYOUT, [{"plan": "a", "x": 7}])))
    assert ModelProfile.merged(LAYOUT, [read, read]).counts.sum() == 4


def test_a_layout_without_features_comes_back() -> None:
    written = replace(ModelProfile.empty(BinLayout()), rows=3)
    assert_identical(decode_profile(BinLayout(), encode_profile(written)), written)


def test_an_unknown_format_is_refused() -> None:
    data = bytearray(encode_profile(ModelProfile.empty(LAYOUT)))
    data[0] = 77
    with pytest.raises(ValueError, match="unknown profile format 77"):
        decode_profile(LAYOUT, bytes(data))


def test_a_profile_of_another_layout_is_refused() -> None:
    other = BinLayout(features={"y": fit_numeric(np.array([1.0, 2.0]))})
    with pytest.raises(ValueError, match="does not fit a layout of 1 features"):
        decode_profile(other, encode_profile(profile(LAYOUT, [{"plan": "a"}])))


@given(st.lists(st.lists(documents, max_size=5), min_size=1, max_size=6))
def test_profiles_that_are_kept_encoded_read_as_they_were(buckets: list[Documents]) -> None:
    layout = layout_of([row for rows in buckets for row in rows])
    written = [profile(layout, rows) for rows in buckets]
    kept = EncodedProfiles(layout, [encode_profile(each) for each in written])
    assert len(kept) == len(written)
    for ours, theirs in zip(kept, written, strict=True):
        assert_identical(ours, theirs)
    assert_identical(kept[-1], written[-1])
    assert_identical(ModelProfile.merged(layout, kept), ModelProfile.merged(layout, written))


def test_some_of_the_profiles_that_are_kept_encoded_are_still_encoded() -> None:
    kept = EncodedProfiles(LAYOUT, [encode_profile(profile(LAYOUT, [{"x": 7}] * rows)) for rows in range(5)])
    some = kept[1:4:2]
    assert isinstance(some, EncodedProfiles)
    assert [each.rows for each in some] == [1, 3]
    with pytest.raises(IndexError):
        kept[5]


def test_a_projection_comes_back_bit_for_bit() -> None:
    rng = np.random.default_rng(3)
    x, noise = rng.normal(size=(2, 400))
    batch = FeatureBatch(rows=400, numeric={"x": x, "y": x + noise / 10, "z": noise})
    layout = with_reconstruction(fit_layout([batch]), [batch])
    back = decode_layout(json.loads(encode_layout(layout)))
    made, again = layout.features[RECONSTRUCTION_ERROR], back.features[RECONSTRUCTION_ERROR]
    assert isinstance(made, NumericBins)
    assert isinstance(again, NumericBins)
    assert made.projection is not None
    assert again.projection is not None
    assert again.projection.features == made.projection.features == ("x", "y", "z")
    for name in ("means", "scales", "components"):
        assert np.array_equal(getattr(again.projection, name), getattr(made.projection, name))
    assert_identical(profile_batch(back, batch), profile_batch(layout, batch))
