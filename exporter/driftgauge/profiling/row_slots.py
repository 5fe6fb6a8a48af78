"""Find the slots of single rows, feature by feature: what losses are learned from, before profiles only count them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from driftgauge.model.bins import NO_VALUE, BinLayout, CategoricalBins, FeatureKind, FloatArray, IntArray, NumericBins
from driftgauge.profiling.binning import slots_of
from driftgauge.profiling.documents import SCALAR_TYPES, Document, category_of, read_documents


def slots_of_rows(layout: BinLayout, documents: Sequence[Document]) -> IntArray:
    """Return the slot of each document's features (rows × features), in the layout's order.

    A value that a profile would count as missing, not finite or invalid has none (`NO_VALUE`).

    Examples
    --------
    >>> layout = BinLayout(features={"plan": CategoricalBins(categories=("basic", "pro"))})
    >>> slots_of_rows(layout, [{"plan": "pro"}, {"plan": "none"}, {}]).tolist()
    [[1], [3], [-1]]
    """
    numbers = [name for name, kind in layout.kinds.items() if kind is FeatureKind.NUMERIC]
    numeric = read_documents(documents, dict.fromkeys(numbers, FeatureKind.NUMERIC)).numeric
    slots = np.full((len(documents), len(layout.features)), NO_VALUE, dtype=np.int64)
    for place, (name, bins) in enumerate(layout.features.items()):
        if isinstance(bins, CategoricalBins):
            slots[:, place] = _slots_of_categories(bins, _texts(documents, name))
        else:
            values = _values(bins, name, documents, numeric)
            finite = np.isfinite(values)
            slots[finite, place] = slots_of(values[finite], bins.edges)
    return slots


def _values(
    bins: NumericBins, name: str, documents: Sequence[Document], numeric: Mapping[str, FloatArray]
) -> FloatArray:
    if bins.projection is not None:
        return bins.projection.errors(numeric, len(documents))
    if bins.length_of is not None:
        texts = _texts(documents, bins.length_of)
        return np.array([np.nan if text is None else len(text) for text in texts], dtype=np.float64)
    return numeric[name]


def _slots_of_categories(bins: CategoricalBins, texts: Sequence[str | None]) -> list[int]:
    slot_of = bins.slot_of()
    stranger = bins.other if bins.overflowed else bins.unseen
    return [NO_VALUE if text is None else slot_of.get(text, stranger) for text in texts]


def _texts(documents: Sequence[Document], name: str) -> list[str | None]:
    values: list[Any] = [document.get(name) for document in documents]
    return [category_of(value) if type(value) in SCALAR_TYPES else None for value in values]
