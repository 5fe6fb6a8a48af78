"""nDCG, Spearman and Kendall agree with scikit-learn and scipy, whatever features appear, vanish or tie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from driftgauge.explanation.ranking import kendall, ndcg, ranks, spearman

NAMES = st.sampled_from("abcdefgh")
IMPORTANCES = st.dictionaries(NAMES, st.floats(0, 1, allow_subnormal=False), max_size=8)


def test_the_classic_swap_changes_two_ranks() -> None:
    before = {"a": 0.45, "b": 0.30, "c": 0.15, "d": 0.10}
    after = {"a": 0.35, "b": 0.40, "c": 0.10, "d": 0.15}
    assert ranks(before) == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert ranks(after) == {"b": 1, "a": 2, "d": 3, "c": 4}
    assert spearman(before, after) == pytest.approx(0.6)
    assert kendall(before, after) == pytest.approx(1 / 3)


@given(values=st.lists(st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=8), seed=st.integers(0, 99))
def test_ndcg_is_scikit_learns_where_no_importance_ties(values: list[float], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(values)).astype(float)
    names = [str(place) for place in range(len(values))]
    found = ndcg(dict(zip(names, values, strict=True)), dict(zip(names, order.tolist(), strict=True)))
    if sum(values):
        assert found == pytest.approx(float(ndcg_score([values], [order])), abs=1e-9)  # pyright: ignore[reportUnknownArgumentType]
    else:
        assert found is None


@given(reference=IMPORTANCES, current=IMPORTANCES)
def test_every_measure_is_in_its_range_and_best_for_itself(
    reference: dict[str, float], current: dict[str, float]
) -> None:
    found = ndcg(reference, current)
    assert found is None or 0 < found <= 1
    own = ndcg(reference, reference)
    assert own is None or own == pytest.approx(1)
    for measure in (spearman, kendall):
        there, back = measure(reference, current), measure(current, reference)
        assert there is None or -1 - 1e-9 <= there <= 1 + 1e-9
        assert there == pytest.approx(back)
        same = measure(reference, reference)
        assert same is None or same == pytest.approx(1)


def test_what_appears_or_vanishes_counts_as_nothing() -> None:
    assert ndcg({"gone": 1.0}, {"new": 1.0}) == pytest.approx(1 / np.log2(3))
    assert spearman({"gone": 1.0, "a": 0.5}, {"new": 1.0, "a": 0.5}) is None
    assert kendall({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 0.5}) is None


def test_harm_in_the_reference_counts_as_nothing() -> None:
    assert ndcg({"a": -1.0, "b": 0.0}, {"a": 1.0}) is None
