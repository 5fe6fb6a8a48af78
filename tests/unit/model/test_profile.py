"""Profiles add up, and say nothing where there is nothing."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from driftgauge.model.bins import BinLayout, CategoricalBins, NumericBins
from driftgauge.model.profile import CategoricalProfile, ModelProfile, NumericProfile
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch

LAYOUT = BinLayout(
    features={
        "age": NumericBins(edges=np.array([0.0, 10.0, 20.0]), center=10.0, scale=5.0),
        "plan": CategoricalBins(categories=("pro",)),
    }
)


def profile(ages: list[float], *plans: str, invalid: int = 0) -> ModelProfile:
    batch = FeatureBatch(
        rows=len(ages),
        numeric={"age": np.array(ages)},
        categories={"plan": Counter(plans)},
        invalid={"plan": invalid},
    )
    return profile_batch(LAYOUT, batch)


def numeric(whole: ModelProfile) -> NumericProfile:
    feature = whole.feature("age")
    assert isinstance(feature, NumericProfile)
    return feature


def test_no_rows_have_neither_mean_nor_variance() -> None:
    empty = ModelProfile.empty(LAYOUT)
    feature = numeric(empty)
    assert (empty.rows, feature.n, feature.rows) == (0, 0, 0)
    assert math.isnan(feature.mean)
    assert math.isnan(feature.variance)
    assert (feature.minimum, feature.maximum) == (math.inf, -math.inf)


def test_mean_and_variance_are_those_of_the_values() -> None:
    feature = numeric(profile([1.0, 2.0, 6.0, math.nan, math.inf]))
    assert (feature.n, feature.missing, feature.non_finite, feature.rows) == (3, 1, 1, 5)
    assert feature.mean == pytest.approx(3.0)
    assert feature.variance == pytest.approx(14 / 3)
    assert (feature.minimum, feature.maximum) == (1.0, 6.0)


def test_rounding_never_makes_a_variance_negative() -> None:
    far = NumericProfile(
        bins=NumericBins(edges=np.array([0.0, 1.0]), center=0.0, scale=1.0),
        counts=np.array([0, 0, 3]),
        sums=np.array([0.0, 0.0, 3e8]),
        squares=3e16 * (1 - 1e-15),
        minimum=1e8,
        maximum=1e8,
        missing=0,
        non_finite=0,
        invalid=0,
    )
    assert far.variance == 0.0


def test_a_categorical_feature_counts_its_rows() -> None:
    feature = profile([1.0] * 5, "pro", "pro", "new", invalid=1).feature("plan")
    assert isinstance(feature, CategoricalProfile)
    assert feature.counts.tolist() == [2, 0, 1]
    assert (feature.n, feature.missing, feature.invalid, feature.rows) == (3, 1, 1, 5)


def test_profiles_of_nothing_merge_to_the_empty_one() -> None:
    merged = ModelProfile.merged(LAYOUT, [])
    assert merged.rows == 0
    assert merged.counts.tolist() == [0] * LAYOUT.slots


def test_merging_leaves_its_parts_as_they_were() -> None:
    parts = [profile([1.0], "pro"), profile([25.0, math.nan], "new")]
    before = [part.counts.tolist() for part in parts]
    merged = ModelProfile.merged(LAYOUT, parts)
    assert [part.counts.tolist() for part in parts] == before
    assert merged.rows == 3
    assert merged.counts.tolist() == [0, 1, 0, 1, 1, 0, 1]
    assert (numeric(merged).minimum, numeric(merged).maximum) == (1.0, 25.0)
    assert numeric(merged).squares == pytest.approx(81 + 225)
