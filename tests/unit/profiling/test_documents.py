"""Documents are read by type, the same whichever parser it takes."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.model.bins import FeatureKind
from driftgauge.profiling.documents import (
    LONGEST_NAME,
    PARSED_AT_ONCE,
    category_of,
    infer_kinds,
    parse_documents,
    read_documents,
    read_written,
)
from driftgauge.profiling.source import ColumnSource
from unit.profiling.strategies import documents, joined, name_of, scalars, values

NUMERIC, CATEGORICAL = FeatureKind.NUMERIC, FeatureKind.CATEGORICAL
NO_ITEMS: list[object] = []
NO_MEMBERS: dict[str, object] = {}
BEYOND_FLOATS = '{"huge": 1' + "0" * 400 + "}"  # what the fast parser refuses


def without_contents(value: object) -> object:
    if isinstance(value, list):
        return NO_ITEMS
    return NO_MEMBERS if isinstance(value, dict) else value


def typed(value: object) -> tuple[type, object]:
    return type(value), repr(value)


@given(st.lists(documents))
def test_documents_come_back_as_they_were_written(written: list[dict[str, Any]]) -> None:
    assert parse_documents(joined(written)) == written


@given(st.lists(documents))
def test_the_slow_parser_reads_scalars_alike_and_empties_what_is_nested(written: list[dict[str, Any]]) -> None:
    fast = parse_documents(joined(written))
    *slow, huge = parse_documents(f"{joined(written)},{BEYOND_FLOATS}" if written else BEYOND_FLOATS)
    assert huge == {"huge": math.inf}
    for left, right in zip(fast, slow, strict=True):
        emptied = {name: typed(without_contents(value)) for name, value in left.items()}
        assert emptied == {name: typed(value) for name, value in right.items()}


@pytest.mark.parametrize("text", ["null", "1", '"text"', "[]", "[[1]]", '[{"age": 1}]', "true"])
@pytest.mark.parametrize("companion", ['{"age": 2}', BEYOND_FLOATS])
def test_whatever_is_not_an_object_reads_as_an_empty_one(text: str, companion: str) -> None:
    first, second = parse_documents(f"{text},{companion}")
    assert first == {}
    assert second


def test_no_documents_are_none() -> None:
    assert parse_documents("") == []


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (str(2**63), 2**63),
        (str(2**64 - 1), 2**64 - 1),
        (str(2**64), float(2**64)),
        (str(-(2**63)), -(2**63)),
        (str(-(2**63) - 1), -float(2**63)),
        ("1" + "0" * 308, 1e308),
        ("1" + "0" * 400, math.inf),
        ("-1" + "0" * 9000, -math.inf),
        ("1" * 400 + ".5", math.inf),
        ("0." + "0" * 9000 + "1", 0.0),
    ],
)
@pytest.mark.parametrize("companion", ["{}", BEYOND_FLOATS])
def test_integers_beyond_64_bits_are_floats(digits: str, expected: float, companion: str) -> None:
    first, _ = parse_documents(f'{{"x": {digits}}},{companion}')
    assert typed(first["x"]) == typed(expected)


@pytest.mark.parametrize("nested", ["[" * 5000 + "]" * 5000, '{"a":' * 5000 + '"]}"' + "}" * 5000])
def test_depth_stops_nothing(nested: str) -> None:
    [document] = parse_documents('{"deep": %s, "age": 1, "text": "[{\\"\\\\"}' % nested)  # noqa: UP031 - braces
    assert document in ({"deep": [], "age": 1, "text": '[{"\\'}, {"deep": {}, "age": 1, "text": '[{"\\'})


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([1, 2.5, None], NUMERIC),
        (["a", None], CATEGORICAL),
        ([True, False], CATEGORICAL),
        ([1, 2, "a"], NUMERIC),
        ([1, "a", "b"], CATEGORICAL),
        ([1, "a"], NUMERIC),
        ([None, None], None),
        ([NO_ITEMS, NO_MEMBERS, 1], None),
        ([[1], 1, 2], NUMERIC),
    ],
)
def test_a_kind_is_what_most_values_are(column: list[object], kind: FeatureKind | None) -> None:
    found = infer_kinds([{"x": value} for value in column])
    assert found == ({} if kind is None else {"x": kind})


def test_kinds_are_inferred_from_the_documents_that_have_the_feature() -> None:
    assert infer_kinds([{"a": 1}, {"b": "x"}, {}]) == {"a": NUMERIC, "b": CATEGORICAL}
    assert infer_kinds([]) == {}


def test_a_name_beyond_the_longest_is_no_feature() -> None:
    longest = "é" * LONGEST_NAME
    assert infer_kinds([{longest: 1, f"{longest}é": 1, "x" * 4096: "a"}]) == {longest: NUMERIC}


def test_a_column_of_such_a_name_is_left_out_by_its_beginning() -> None:
    long = "long " * 41
    source = ColumnSource(kinds={"x": NUMERIC, long: NUMERIC}, left_out={"y": "date"}, read=lambda _: iter([]))
    assert source.kinds == {"x": NUMERIC}
    assert source.left_out == {"y": "date", f"{long[:40]}…": "a name longer than 200 characters"}


@given(st.lists(values))
def test_numbers_are_read_one_by_one(column: list[Any]) -> None:
    batch = read_documents([{"x": value} for value in column], {"x": NUMERIC})
    numbers = [float(value) if isinstance(value, int | float) else math.nan for value in column]
    assert batch.rows == len(column)
    np.testing.assert_array_equal(batch.numeric["x"], np.array(numbers, dtype=np.float64))
    assert batch.invalid.get("x", 0) == sum(isinstance(value, str | list | dict) for value in column)


@given(st.lists(values))
def test_categories_are_counted_one_by_one(column: list[Any]) -> None:
    batch = read_documents([{"x": value} for value in column], {"x": CATEGORICAL})
    counted = Counter(name for value in column if (name := name_of(value)) is not None)
    assert batch.categories["x"] == counted
    assert batch.invalid.get("x", 0) == sum(isinstance(value, list | dict) for value in column)


@given(scalars.filter(lambda value: value is not None))
def test_equal_numbers_are_one_category(value: str | float) -> None:
    assert category_of(value) == name_of(value)


def test_booleans_do_not_share_the_count_of_numbers() -> None:
    column = [True, 1, 1.0, False, 0, -0.0, "1", "true"]
    batch = read_documents([{"x": value} for value in column], {"x": CATEGORICAL})
    assert batch.categories["x"] == {"true": 2, "1": 3, "false": 1, "0": 2}


@given(st.lists(documents, min_size=1, max_size=6), st.integers(1, 3 * PARSED_AT_ONCE))
def test_documents_read_piece_by_piece_are_those_read_at_once(some: list[dict[str, Any]], rows: int) -> None:
    written = ([joined([document]) for document in some] * rows)[:rows]
    kinds = infer_kinds(some)
    whole, pieces = read_documents(parse_documents(",".join(written)), kinds), read_written(written, kinds)
    assert pieces.rows == whole.rows == rows
    assert pieces.numeric.keys() == whole.numeric.keys()
    for name, column in whole.numeric.items():
        np.testing.assert_array_equal(pieces.numeric[name], column)
    assert pieces.categories == whole.categories
    assert pieces.invalid == whole.invalid


def test_no_written_documents_make_an_empty_batch() -> None:
    assert read_written([], {"age": NUMERIC}).rows == 0


def test_a_feature_that_only_some_documents_have_is_missing_in_the_others() -> None:
    batch = read_documents([{"age": 1}, {"plan": "pro"}], {"age": NUMERIC, "plan": CATEGORICAL})
    assert batch.numeric["age"].tolist()[0] == 1.0
    assert math.isnan(batch.numeric["age"][1])
    assert batch.categories["plan"] == {"pro": 1}
    assert batch.kinds == {"age": NUMERIC, "plan": CATEGORICAL}
    assert not batch.invalid
