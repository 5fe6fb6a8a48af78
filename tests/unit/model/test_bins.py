"""Slots are laid end to end, each feature's where the layout says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from driftgauge.model.bins import BinLayout, CategoricalBins, FeatureKind, NumericBins

NUMERIC = NumericBins(edges=np.array([0.0, 1.0, 2.0]), center=1.0, scale=0.5)
CATEGORICAL = CategoricalBins(categories=("a", "b"), rare=frozenset({"c"}))


def test_numeric_bins_have_two_open_tails() -> None:
    assert NUMERIC.slots == 4
    assert NUMERIC.kind is FeatureKind.NUMERIC


def test_categories_have_slots_for_the_rare_and_the_unseen() -> None:
    assert (CATEGORICAL.slots, CATEGORICAL.other, CATEGORICAL.unseen) == (4, 2, 3)
    assert CATEGORICAL.slot_of() == {"a": 0, "b": 1, "c": 2}
    assert CATEGORICAL.kind is FeatureKind.CATEGORICAL


def test_a_layout_lays_features_end_to_end() -> None:
    layout = BinLayout(features={"plan": CATEGORICAL, "age": NUMERIC})
    assert layout.slots == 8
    assert layout.offsets == {"plan": slice(0, 4), "age": slice(4, 8)}
    assert layout.numeric_slots.tolist() == [False] * 4 + [True] * 4
    assert layout.rows == {"plan": 0, "age": 1}


def test_a_layout_without_features_has_no_slots() -> None:
    layout = BinLayout()
    assert (layout.slots, layout.offsets, layout.numeric_slots.size) == (0, {}, 0)


def test_the_texts_of_a_layout_are_the_columns_whose_lengths_it_has() -> None:
    length = replace(NUMERIC, length_of="note")
    layout = BinLayout(features={"age": NUMERIC, "note.length": length, "plan": CATEGORICAL})
    assert layout.texts == ("note",)
    assert layout.kinds["note"] is FeatureKind.CATEGORICAL


def test_two_categories_without_rare_ones_are_binary() -> None:
    assert not CATEGORICAL.binary
    assert replace(CATEGORICAL, rare=frozenset()).binary
