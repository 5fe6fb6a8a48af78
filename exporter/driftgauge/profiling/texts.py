"""Values that come as text: which of them are missing, and which are numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray
from driftgauge.profiling.documents import category_of

MISSING: Final = frozenset({"", "na", "n/a", "nan", "null"})
"""What stands for no value in a file, in any case."""

TRUTH: Final = frozenset({"true", "false"})


def is_missing(text: str) -> bool:
    """Tell whether a text stands for no value.

    Examples
    --------
    >>> [is_missing(text) for text in (" ", "NULL", "n/a", "0")]
    [True, True, True, False]
    """
    return text.strip().lower() in MISSING


def parse_number(text: str) -> float | None:
    """Return the number that a text writes, None if it writes none.

    Examples
    --------
    >>> [parse_number(text) for text in ("41", " 2.5e3", "-inf", "1_000", "41 years")]
    [41.0, 2500.0, -inf, None, None]
    """
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def read_numbers(column: Sequence[str]) -> tuple[FloatArray, int]:
    """Return a column's numbers, NaN where there is none, and how many of its values are neither number nor missing.

    Examples
    --------
    >>> read_numbers(["41", "NA", "old"])
    (array([41., nan, nan]), 1)
    """
    try:
        numbers = np.array(list(map(float, column)), dtype=np.float64)
    except ValueError:
        pass
    else:
        if "_" not in "".join(column):  # float() takes 1_000, and nobody else does
            return numbers, 0
    parsed = {text: parse_number(text) for text in set(column)}
    strangers = {text for text, number in parsed.items() if number is None and not is_missing(text)}
    values = [parsed[text] for text in column]
    bad = sum(text in strangers for text in column) if strangers else 0
    return np.array(values, dtype=np.float64), bad


def count_categories(column: Sequence[str], *, boolean: bool = False) -> Counter[str]:
    """Count a column's texts, the missing left out; booleans read as JSON writes them.

    Examples
    --------
    >>> count_categories(["a", "NA", "a"]), count_categories(["True", "TRUE"], boolean=True)
    (Counter({'a': 2}), Counter({'true': 2}))
    """
    counted: Counter[str] = Counter()
    for text, count in Counter(column).items():
        if not is_missing(text):
            counted[text.strip().lower() if boolean else text] += count
    return counted


def expand_numbers(counted: Counter[str], rows: int) -> tuple[FloatArray, int]:
    """Return the numbers among counted texts as an array of `rows` values, and how many texts are none.

    Examples
    --------
    >>> expand_numbers(Counter({"41": 2, "old": 1}), 4)
    (array([41., 41., nan, nan]), 1)
    """
    values = np.full(rows, np.nan)
    place = bad = 0
    for text, count in counted.items():
        number = parse_number(text)
        if number is None:
            bad += count
        else:
            values[place : place + count] = number
            place += count
    return values, bad


def rewrite_numbers(counted: Counter[str]) -> Counter[str]:
    """Return counted numbers as the categories that JSON's numbers make; NaN is missing.

    Examples
    --------
    >>> rewrite_numbers(Counter({"2": 1, "2.50": 1, "NaN": 1}))
    Counter({'2': 1, '2.5': 1})
    """
    categories: Counter[str] = Counter()
    for text, count in counted.items():
        number = float(text)
        if not np.isnan(number):
            categories[category_of(number)] += count
    return categories
