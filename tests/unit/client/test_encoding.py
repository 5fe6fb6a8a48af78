"""Whatever a service logs becomes strict JSON."""

from __future__ import annotations

import json
import math
import random
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.client.encoding import as_mapping, encode, encode_object
from fixtures.soak import amount
from unit.client.hostile import (
    NUMPY_TYPES,
    Broken,
    BrokenList,
    Colour,
    Endless,
    Exotic,
    Level,
    Mirror,
    Obliging,
    Pair,
    Point,
    Shy,
    Slotted,
    Stubborn,
    Unspeakable,
    Word,
    cyclic_dict,
    cyclic_list,
    deep,
    hostile,
    safely,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

NAN = float("nan")

ones, array, empty = (cast("Callable[..., Any]", make) for make in (np.ones, np.array, np.empty))

SHAPES: dict[str, Callable[[str], Any]] = {
    "scalar": lambda dtype: ones(1, dtype)[0],
    "0-d": lambda dtype: array(1, dtype),
    "2-d": lambda dtype: ones((2, 3), dtype),
    "strided": lambda dtype: ones((4, 6), dtype)[::2, ::-2],
    "transposed": lambda dtype: ones((2, 3), dtype).T,
    "empty": lambda dtype: empty(0, dtype),
}


def refuse_constant(name: str) -> object:
    raise AssertionError(f"{name} is no JSON")


def parsed(value: object) -> Any:  # noqa: ANN401 - JSON
    return json.loads(encode(value).decode(), parse_constant=refuse_constant)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1, "b": [True, None, 2.5, "x"]}, {"a": 1, "b": [True, None, 2.5, "x"]}),
        ([NAN, math.inf, -math.inf], [None, None, None]),
        ([2**64 - 1, -(2**63)], [2**64 - 1, -(2**63)]),
        ([2**64, 10**30], [float(2**64), 1e30]),
        ([10**400, -(10**400)], [None, None]),
        (Decimal("1.25"), 1.25),
        ([Decimal("NaN"), Decimal("1e999")], [None, None]),
        (Decimal("sNaN"), "sNaN"),
        (Fraction(1, 4), 0.25),
        (1 + 2j, "(1+2j)"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (NOON, "2026-03-01T12:00:00+00:00"),
        (datetime(2026, 3, 1, 12), "2026-03-01T12:00:00"),  # noqa: DTZ001 - naive on purpose
        (datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")), "2026-07-01T00:00:00+02:00"),
        (date(2026, 3, 1), "2026-03-01"),
        ([Colour.RED, Colour.NESTED, Level.LOW, Word.YES], ["red", ["a", 1], 1, "yes"]),
        (Colour.HUGE, 1e30),
        (Point(Point(1)), {"x": {"x": 1, "y": 2}, "y": 2}),
        (Slotted(10**30), {"x": 1e30}),
        (Pair(1, "b"), {"left": 1, "right": "b"}),
        ((1, (2,)), [1, [2]]),
        (frozenset({1}), [1]),
        (range(3), [0, 1, 2]),
        (b"a\xff", "a\ufffd"),
        (bytearray(b"ab"), "ab"),
        ("\ud800", "?"),
        ({"\udfff": "a\ud800"}, {"?": "a?"}),
        ("a\x00", "a\x00"),
        ({1: "a", None: "b", 2.5: "c", (1, 2): "d", date(2026, 3, 1): "e", Colour.RED: "f"}, None),
        (Exotic({"a": {1}}), {"a": [1]}),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Timestamp("2026-03-01T12:00"), "2026-03-01T12:00:00"),
        (pd.Timestamp("2026-03-01", tz="Europe/Berlin"), "2026-03-01T00:00:00+01:00"),
        (pd.Series([1.5, None]), [1.5, None]),
        (pd.Categorical(["a", None]), ["a", None]),
        (pd.DataFrame({"a": [1]}), {"a": {"0": 1}}),
        (Unspeakable(), "<Unspeakable>"),
        (Stubborn("a\ud800"), "a?"),
    ],
    ids=safely,
)
def test_every_kind_of_value_has_its_json(value: object, expected: object) -> None:
    keys = {"1": "a", "null": "b", "2.5": "c", "(1, 2)": "d", "2026-03-01": "e", "red": "f"}
    assert parsed(value) == (keys if expected is None and isinstance(value, dict) else expected)


@pytest.mark.parametrize("beside", [None, {1: 1}], ids=["alone", "beside a key that is no text"])
@pytest.mark.parametrize(
    "value",
    [Pair(1, 2), Point(1), Slotted(1), pd.Timestamp("2026-03-01"), np.float32(0.5), NOON, uuid.UUID(int=5), Word.YES],
    ids=lambda value: type(value).__name__,
)
def test_a_value_reads_the_same_whatever_stands_beside_it(value: object, beside: object) -> None:
    assert parsed([value, beside])[0] == parsed(value)


@pytest.mark.parametrize("dtype", NUMPY_TYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_numpy_of_every_type_and_shape_is_json(shape: str, dtype: str) -> None:
    value: Any = SHAPES[shape](dtype)
    read = parsed([value])[0]
    assert np.shape(read) == np.shape(value)
    flat = np.ravel(np.array(read, dtype=object)).tolist()
    kind = np.dtype(dtype).kind
    if kind in "iufO":
        assert all(item == 1 for item in flat)
    if kind == "M":
        assert all(item.startswith("1970-01-0") for item in flat), "a time, not a number of nanoseconds"


def test_numpys_missing_time_is_null() -> None:
    times = np.array(["NaT", "2026-03-01T12:00"], "datetime64[ns]")
    assert parsed([times.astype("datetime64[us]")[0], times[::-1]]) == [None, ["2026-03-01T12:00:00", None]]


@pytest.mark.parametrize(
    "value",
    [
        Shy(),
        Obliging(),
        Mirror(),
        Broken(),
        BrokenList([1]),
        deep(5000),
        cyclic_list(),
        cyclic_dict(),
        [Shy(), Broken()],
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_breaks_when_it_is_read_is_still_json(value: object) -> None:
    read = parsed({"value": value, 1: value})
    assert read.keys() == {"value", "1"}
    assert parsed(read) == read


def test_a_sequence_without_end_is_cut() -> None:
    assert set(parsed(Endless())) == {7}


def test_lists_that_hold_each_other_do_not_multiply() -> None:
    knot: list[object] = []
    knot.extend([knot, knot, *range(300)])
    assert len(encode(knot)) < 1 << 22


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.none(), inner),
    )
)
def test_plain_values_of_any_shape_are_json(value: object) -> None:
    read = parsed(value)
    assert parsed(read) == read
    kind: type = type(value)
    assert isinstance(read, kind if kind in (bool, str, list, dict) else int | float | None)


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text()))
def test_json_of_what_json_has_is_itself(value: dict[str, object]) -> None:
    assert parsed(value) == value


@pytest.mark.soak
def test_hostile_values_are_json() -> None:
    rng = random.Random(5)  # noqa: S311 - reproducible
    for _ in range(amount(5_000, soak=100_000)):
        read = parsed(hostile(rng))
        assert parsed(read) == read


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1}, {"a": 1}),
        ({1: 1, None: 2}, {"1": 1, "null": 2}),
        (Exotic({"a": 1}), {"a": 1}),
        (pd.Series([1, 2], index=["a", "b"]), {"a": 1, "b": 2}),
        (Pair(1, 2), {"left": 1, "right": 2}),
        ({Unspeakable(): 1, 10**5000: 2, "\ud800": 3}, {"<Unspeakable>": 1, "<int>": 2, "?": 3}),
    ],
    ids=safely,
)
def test_features_are_an_object_under_names(value: object, expected: dict[str, object]) -> None:
    assert json.loads(encode_object(value)) == expected
    assert as_mapping(value) == expected


@pytest.mark.parametrize("value", [None, 5, "text", [1, 2], np.ones(3), {1, 2}, KeyError("lost")], ids=safely)
def test_what_names_no_features_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match=rf"^features: names and values are needed.*got {type(value).__name__}$"):
        encode_object(value)
