"""The slots of single rows add up to what a profile of the same rows counts."""

from __future__ import annotations

import numpy as np
import pytest

from driftgauge.model.bins import NO_VALUE, BinLayout, CategoricalBins, NumericBins
from driftgauge.model.projection import RECONSTRUCTION_ERROR, Projection
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.documents import Document, read_documents
from driftgauge.profiling.row_slots import slots_of_rows

EDGES = np.array([0.0, 1.0, 2.0, 3.0])
LAYOUT = BinLayout(
    features={
        "age": NumericBins(edges=EDGES, center=0.0, scale=1.0),
        "note.length": NumericBins(edges=EDGES, center=0.0, scale=1.0, length_of="note"),
        "plan": CategoricalBins(categories=("basic", "true", "3"), rare=frozenset({"rare"})),
        "town": CategoricalBins(categories=("a",), overflowed=True),
        RECONSTRUCTION_ERROR: NumericBins(
            edges=EDGES,
            center=0.0,
            scale=1.0,
            projection=Projection(features=("age",), means=np.zeros(1), scales=np.ones(1), components=np.zeros((1, 1))),
        ),
    }
)
DOCUMENTS: list[Document] = [
    {"age": 1.5, "note": "ab", "plan": "basic", "town": "a"},
    {"age": -7, "note": "", "plan": True, "town": "b"},
    {"age": True, "note": 12, "plan": 3.0, "town": None},
    {"age": "old", "note": None, "plan": "rare", "town": ["a"]},
    {"age": float("inf"), "plan": "new"},
    {"age": 99, "note": {"a": 1}, "plan": {}},
    {},
]


def test_rows_add_up_to_their_profile() -> None:
    slots = slots_of_rows(LAYOUT, DOCUMENTS)
    profile = profile_batch(LAYOUT, read_documents(DOCUMENTS, LAYOUT.kinds))
    for place, (name, bins) in enumerate(LAYOUT.features.items()):
        column = slots[:, place]
        counted = np.bincount(column[column != NO_VALUE], minlength=bins.slots)
        assert counted.tolist() == profile.counts[LAYOUT.offsets[name]].tolist(), name
        assert (column == NO_VALUE).sum() == profile.gaps[LAYOUT.rows[name]].sum(), name


@pytest.mark.parametrize("documents", [[], DOCUMENTS])
def test_there_is_a_row_a_document(documents: list[Document]) -> None:
    assert slots_of_rows(LAYOUT, documents).shape == (len(documents), len(LAYOUT.features))
