"""Text that hardly repeats itself: not its categories but its length is watched."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray

LEAST_DISTINCT: Final = 1_000
MOSTLY: Final = 0.5


def is_free_text(counts: Counter[str]) -> bool:
    """Tell whether a column is text rather than categories: more than 1,000 values, most of them but once or twice.

    Examples
    --------
    >>> is_free_text(Counter(f"comment {number}" for number in range(2_000)))
    True
    >>> is_free_text(Counter({f"city {number}": 9 for number in range(2_000)}))
    False
    """
    return len(counts) > LEAST_DISTINCT and len(counts) > MOSTLY * counts.total()


def length_name(feature: str) -> str:
    """Return the name of the feature that a text's length is."""
    return f"{feature}.length"


def lengths_of(counts: Counter[str], rows: int) -> FloatArray:
    """Return how many characters each of `rows` texts has, those that are missing as NaN, in any order.

    Examples
    --------
    >>> lengths_of(Counter({"four": 2, "": 1}), 4).tolist()
    [4.0, 4.0, 0.0, nan]
    """
    lengths = np.full(rows, np.nan)
    lengths[: counts.total()] = np.repeat([float(len(text)) for text in counts], list(counts.values()))
    return lengths
