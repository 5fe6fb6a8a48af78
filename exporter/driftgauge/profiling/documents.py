"""Read feature documents (the JSON objects of `features jsonb`) into columns."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import numpy as np
import orjson

from driftgauge.model.bins import FeatureKind, FloatArray
from driftgauge.profiling.batch import FeatureBatch

Document = dict[str, Any]
NUMBER_TYPES = frozenset({int, float, bool, type(None)})
SCALAR_TYPES = frozenset({str, int, float, bool})
TOKENS: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|[^"\[\]{}]+')
FEATURE_DEPTH: Final = 2  # inside the list of documents and inside a document
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**64 - 1
LONGEST_INTEGER = len(str(SMALLEST_INTEGER))

PARSED_AT_ONCE: Final = 500  # as many documents as stay in the processor's cache while their columns are read

LONGEST_NAME: Final = 200
"""A longer name is no feature: names are labels of metrics and keys of indexes, which hold 2,700 bytes."""


def parse_documents(joined: str) -> list[Document]:
    """Parse documents joined by commas; whatever is not an object reads as an empty one.

    Integers beyond 64 bits read as floats, those beyond float64 as infinity.

    Examples
    --------
    >>> parse_documents('{"age": 41, "plan": "pro"},null')
    [{'age': 41, 'plan': 'pro'}, {}]
    """
    text = f"[{joined}]"
    try:
        parsed: list[Any] = orjson.loads(text)
    except orjson.JSONDecodeError:  # jsonb holds numbers of any length, and nests deeper than any parser goes
        parsed = json.loads(_without_nested(text), parse_int=_integer)
    return [document if type(document) is dict else {} for document in parsed]


def _without_nested(text: str) -> str:
    """Empty the lists and objects inside documents: they are invalid as a feature, whatever they hold."""
    kept: list[str] = []
    depth = 0
    for token in TOKENS.findall(text):
        depth -= token in ("]", "}")
        if depth <= FEATURE_DEPTH:
            kept.append(token)
        depth += token in ("[", "{")
    return "".join(kept)


def _integer(digits: str) -> float:
    """Read an integer as orjson does: Python's own are exact, and refuse more than 4,300 digits."""
    if len(digits) <= LONGEST_INTEGER and SMALLEST_INTEGER <= int(digits) <= LARGEST_INTEGER:
        return int(digits)
    return float(digits)


def infer_kinds(documents: Sequence[Document]) -> dict[str, FeatureKind]:
    """Infer each feature's kind from the type that most of its values have.

    Numbers make a numeric feature, text and booleans a categorical one; features that mostly hold objects or lists,
    or nothing at all, are left out, and so are those of names longer than `LONGEST_NAME` characters.

    Examples
    --------
    >>> infer_kinds([{"age": 41, "plan": "pro"}, {"age": 3.5, "plan": None}])
    {'age': <FeatureKind.NUMERIC: 'numeric'>, 'plan': <FeatureKind.CATEGORICAL: 'categorical'>}
    """
    names = {name for document in documents for name in document}
    kinds: dict[str, FeatureKind] = {}
    for name in sorted(name for name in names if len(name) <= LONGEST_NAME):
        types = Counter(map(type, _column(documents, name)))
        votes = {
            FeatureKind.NUMERIC: types[int] + types[float],
            FeatureKind.CATEGORICAL: types[str] + types[bool],
            None: types[dict] + types[list],
        }
        kind = max(votes, key=lambda candidate: votes[candidate])
        if kind is not None and votes[kind]:
            kinds[name] = kind
    return kinds


def read_written(documents: Sequence[str], kinds: Mapping[str, FeatureKind]) -> FeatureBatch:
    """Parse documents, `PARSED_AT_ONCE` at a time, and read the columns of `kinds` out of them.

    Examples
    --------
    >>> read_written(['{"age": 41}', "null"], {"age": FeatureKind.NUMERIC}).numeric["age"].tolist()
    [41.0, nan]
    """
    return FeatureBatch.joined(
        [
            read_documents(parse_documents(",".join(documents[start : start + PARSED_AT_ONCE])), kinds)
            for start in range(0, len(documents), PARSED_AT_ONCE)
        ]
    )


def read_documents(documents: Sequence[Document], kinds: Mapping[str, FeatureKind]) -> FeatureBatch:
    """Read the columns of `kinds` out of the documents.

    Examples
    --------
    >>> batch = read_documents([{"age": 41}, {"age": None}], {"age": FeatureKind.NUMERIC})
    >>> batch.numeric["age"].tolist()
    [41.0, nan]
    """
    numeric: dict[str, FloatArray] = {}
    categories: dict[str, Counter[str]] = {}
    invalid: dict[str, int] = {}
    for name, kind in kinds.items():
        column = _column(documents, name)
        if kind is FeatureKind.NUMERIC:
            numeric[name], bad = _numbers(column)
        else:
            categories[name], bad = _categories(column)
        if bad:
            invalid[name] = bad
    return FeatureBatch(rows=len(documents), numeric=numeric, categories=categories, invalid=invalid)


def _column(documents: Sequence[Document], name: str) -> list[Any]:
    try:
        return list(map(itemgetter(name), documents))
    except KeyError:
        return [document.get(name) for document in documents]


def _numbers(column: list[Any]) -> tuple[FloatArray, int]:
    types = set(map(type, column))
    bad = 0
    if not types <= NUMBER_TYPES:
        bad = sum(type(value) not in NUMBER_TYPES for value in column)
        column = [value if type(value) in NUMBER_TYPES else None for value in column]
    return np.array(column, dtype=np.float64), bad


def _categories(column: list[Any]) -> tuple[Counter[str], int]:
    try:
        raw = Counter(column)
    except TypeError:  # a list or an object has no hash
        return _count(column)
    if 0 in raw or 1 in raw:  # True equals 1 and would share its count
        return _count(column)
    del raw[None]
    counted: Counter[str] = Counter()
    for value, count in raw.items():
        counted[category_of(value)] += count
    return counted, 0


def _count(column: Iterable[Any]) -> tuple[Counter[str], int]:
    values = [value for value in column if value is not None]
    counted = Counter(category_of(value) for value in values if type(value) in SCALAR_TYPES)
    return counted, len(values) - counted.total()


def category_of(value: str | float) -> str:
    """Return the category that a JSON scalar belongs to: text as it is, others as JSON writes them.

    Examples
    --------
    >>> [category_of(value) for value in ("a", True, 3, 3.0, 2.5)]
    ['a', 'true', '3', '3', '2.5']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
