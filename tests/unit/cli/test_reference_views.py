from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from driftgauge.cli.reference_views import densities, feature_record, shape, sparkline
from driftgauge.model.profile import FeatureProfile, NumericProfile
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout


def numeric(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> NumericProfile:
    batch = FeatureBatch(rows=values.size, numeric={"x": values})
    feature = profile_batch(fit_layout([batch]), batch).feature("x")
    assert isinstance(feature, NumericProfile)
    return feature


def categorical(counts: Counter[str]) -> FeatureProfile:
    batch = FeatureBatch(rows=counts.total(), categories={"x": counts})
    return profile_batch(fit_layout([batch]), batch).feature("x")


def test_every_value_is_in_the_picture() -> None:
    values = np.random.default_rng(1).normal(size=5000)
    values[0] = 1e9  # one far value flattens nothing
    heights = densities(numeric(values))
    assert math.isclose(heights.sum(), 5000)
    assert np.argmax(heights) in {11, 12}
    assert shape(numeric(values)).count("█") <= 4


@pytest.mark.parametrize("values", [[5.0], [5.0] * 9, [1.0, 2.0], [0.0] * 99 + [1.0]])
def test_few_values_have_a_shape_too(values: list[float]) -> None:
    heights = densities(numeric(np.array(values)))
    assert math.isclose(heights.sum(), len(values))
    assert "█" in shape(numeric(np.array(values)))


def test_no_values_have_no_shape() -> None:
    known = numeric(np.arange(3.0))
    batch = FeatureBatch(rows=2)
    nothing = profile_batch(fit_layout([FeatureBatch(rows=3, numeric={"x": np.arange(3.0)})]), batch).feature("x")
    assert (shape(nothing), sparkline(np.empty(0))) == ("", "")
    assert feature_record("x", nothing)["mean"] is None
    assert feature_record("x", known)["mean"] == 1.0


def test_categories_are_listed_most_frequent_first() -> None:
    feature = categorical(Counter(b=6, a=3, c=1))
    assert list(feature_record("x", feature)["categories"].items()) == [("b", 6), ("a", 3), ("c", 1)]
    assert shape(feature) == "█▄▂"
