"""Distributions as people read them: few numbers, all finite, and JSON as they are."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.drift.describe import SHOWN_CATEGORIES, describe_pair
from fixtures.columns import Column, pair

numbers = st.lists(
    st.floats(min_value=-1e6, max_value=1e6) | st.sampled_from([0.0, 1.0, float("nan"), float("inf"), 1e149, -1e300]),
    min_size=1,
    max_size=300,
)
categories = st.lists(st.none() | st.sampled_from([f"c{place}" for place in range(40)]), min_size=1, max_size=300)


def described(reference: Column, current: Column) -> tuple[dict[str, Any], dict[str, Any]]:
    before, now = describe_pair(*pair(reference, current))
    for part in (before, now):
        assert json.loads(json.dumps(part, allow_nan=False)) == orjson.loads(orjson.dumps(part)) == part
    return before, now


def normal(rows: int, mean: float = 0.0) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.random.default_rng(rows).normal(mean, 2.0, rows)


def test_a_numeric_feature_has_its_moments_and_a_histogram_on_shared_edges() -> None:
    reference, current = normal(2000), normal(300, 5.0)
    current[:7] = np.nan
    before, now = described(reference, current)
    assert (before["count"], before["missing"], now["count"], now["missing"]) == (2000, 0, 293, 7)
    assert before["mean"] == pytest.approx(reference.mean())
    assert before["std"] == pytest.approx(reference.std())
    assert now["mean"] == pytest.approx(np.nanmean(current))
    assert now["std"] == pytest.approx(np.nanstd(current))
    edges: list[float] = before["histogram"]["edges"]
    assert edges == now["histogram"]["edges"] == sorted(set(edges))
    assert 2 <= len(edges) <= SHOWN_CATEGORIES + 1


def test_counts_are_those_between_the_edges() -> None:
    reference, current = normal(2000), normal(300, 3.0)
    for told, values in zip(described(reference, current), (reference, current), strict=True):
        cells = np.searchsorted(told["histogram"]["edges"], values, side="right")
        assert told["histogram"]["counts"] == np.bincount(cells, minlength=len(told["histogram"]["edges"]) + 1).tolist()


def test_a_constant_feature_can_be_described() -> None:
    before, now = described(np.full(50, 3.0), np.array([3.0, 2.0, 9.0]))
    assert (before["mean"], before["std"]) == (3.0, 0.0)
    assert before["histogram"]["counts"] == [0, 50, 0]
    assert now["histogram"]["counts"] == [1, 1, 1]


def test_nothing_but_missing_values_has_no_moments() -> None:
    _, now = described(normal(100), np.full(9, np.nan))
    assert (now["count"], now["missing"], now["mean"], now["std"]) == (0, 9, None, None)
    assert sum(now["histogram"]["counts"]) == 0


def test_categories_are_told_by_name_and_the_rest_together() -> None:
    reference = [f"c{place:02d}" for place in range(30) for _ in range(30 - place)]
    before, now = described(reference, ["c00", "c29", "new", "newer", None])
    assert list(before["histogram"])[:SHOWN_CATEGORIES] == [f"c{place:02d}" for place in range(SHOWN_CATEGORIES)]
    assert before["histogram"]["(other)"] == sum(30 - place for place in range(20, 30))
    assert before["histogram"]["(unseen)"] == 0
    assert (now["count"], now["missing"]) == (4, 1)
    assert (now["histogram"]["c00"], now["histogram"]["(other)"], now["histogram"]["(unseen)"]) == (1, 1, 2)


def test_a_category_named_like_the_rest_loses_no_row() -> None:
    before, now = described(["(other)", "(unseen)", "a"], ["(other)", "(other)", "b"])
    assert sum(before["histogram"].values()) == 3
    assert sum(now["histogram"].values()) == 3


def test_two_kinds_cannot_be_described_together() -> None:
    numeric, _ = pair(normal(9), normal(9))
    categorical, _ = pair(["a"], ["b"])
    with pytest.raises(ValueError, match="the two profiles are of different kinds"):
        describe_pair(numeric, categorical)
    with pytest.raises(ValueError, match="the two profiles are of different kinds"):
        describe_pair(categorical, numeric)


@given(reference=numbers, current=numbers)
def test_every_number_is_counted_once_and_all_is_finite(reference: list[float], current: list[float]) -> None:
    usable = [value for value in reference if abs(value) <= 1e150]
    if not usable:
        return
    for told, values in zip(described(np.array(reference), np.array(current)), (reference, current), strict=True):
        count = sum(abs(value) <= 1e150 for value in values)
        assert told["count"] == sum(told["histogram"]["counts"]) == count
        assert (told["mean"] is None) == (told["std"] is None) == (count == 0)


@given(reference=categories.filter(any), current=categories)
def test_every_category_is_counted_once(reference: list[str | None], current: list[str | None]) -> None:
    for told, values in zip(described(reference, current), (reference, current), strict=True):
        count = sum(value is not None for value in values)
        assert told["count"] == sum(told["histogram"].values()) == count
        assert told["missing"] == len(values) - count
