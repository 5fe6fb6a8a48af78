"""Random features as services log them, and what a plain loop counts of them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from driftgauge.model.bins import CategoricalBins, NumericBins

LARGEST = 1e150

finite = st.floats(min_value=-LARGEST, max_value=LARGEST)
tidy = st.one_of(st.integers(-9, 9).map(float), st.floats(-1e6, 1e6))
scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, 0.0, 1.0, -0.0, 2, 2.0, 2.5, "", "0", "1", "true", "false", 2**53, float(2**53), 1e200]),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
)
values: st.SearchStrategy[Any] = st.one_of(scalars, st.just([]), st.just({}), st.lists(scalars, max_size=2))
names = st.sampled_from(["age", "plan", "", 'a"b\\'])
documents: st.SearchStrategy[dict[str, Any]] = st.dictionaries(names, values)


def joined(parts: Sequence[object]) -> str:
    return ",".join(json.dumps(part) for part in parts)


def count_numbers(bins: NumericBins, column: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Count one by one; return the slots' counts and the gaps."""
    counts, gaps = [0] * bins.slots, [0, 0, 0]
    for value in column:
        if value is None:
            gaps[0] += 1
        elif not isinstance(value, int | float):
            gaps[2] += 1
        elif not abs(value) <= LARGEST:
            gaps[1] += 1
        else:
            counts[sum(edge <= float(value) for edge in bins.edges)] += 1
    return counts, gaps


def name_of(value: object) -> str | None:
    """Return the category of a value; None if it is no scalar."""
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return json.dumps(value)
    if isinstance(value, int | float):
        return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)
    return None


def count_categories(bins: CategoricalBins, column: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Count one by one; return the slots' counts and the gaps."""
    counts, gaps = [0] * bins.slots, [0, 0, 0]
    for value in column:
        name = name_of(value)
        if value is None:
            gaps[0] += 1
        elif name is None:
            gaps[2] += 1
        elif name in bins.categories:
            counts[bins.categories.index(name)] += 1
        elif name in bins.rare or bins.overflowed:
            counts[-2] += 1
        else:
            counts[-1] += 1
    return counts, gaps
