"""Whatever a service logs becomes strict JSON, text, numbers, times and ids that Postgres takes."""

from __future__ import annotations

import json
import math
import random
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.client.encoding import as_mapping, encode, encode_object, json_of_answer, split_answer
from driftgauge.client.identifiers import new_id
from driftgauge.client.values import identifier, moment, number, required, text, worded
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
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAN = float("nan")


def safely(value: object) -> str:
    """Name a test after its value, if that can be told."""
    try:
        return repr(value).partition(" at 0x")[0][:60]  # an address differs from run to run
    except Exception:  # noqa: BLE001 - hostile on purpose
        return type(value).__name__


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
    parsed({"value": value, 1: value})


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
    parsed(value)


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text()))
def test_json_of_what_json_has_is_itself(value: dict[str, object]) -> None:
    assert parsed(value) == value


@pytest.mark.soak
def test_hostile_values_are_json() -> None:
    rng = random.Random(5)  # noqa: S311 - reproducible
    for _ in range(amount(5_000, soak=100_000)):
        parsed(hostile(rng))


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


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (pd.NA, None),
        (pd.NaT, None),
        (2, 2.0),
        (True, 1.0),
        ("2.5", 2.5),
        (Decimal("2.5"), 2.5),
        (Fraction(5, 2), 2.5),
        (10**400, math.inf),
        (-(10**400), -math.inf),
        (Level.LOW, 1.0),
        (np.float32(2.5), 2.5),
        (np.array(2.5), 2.5),
        (np.array([2.5]), 2.5),
        (np.array([[2.5]]), 2.5),
        (pd.Series([2.5]), 2.5),
        (np.longdouble(2.5), 2.5),
    ],
    ids=safely,
)
def test_numbers_are_floats(value: object, expected: float | None) -> None:
    found = number(value)
    assert found == expected
    assert type(found) in {float, type(None)}


@pytest.mark.parametrize("value", ["many", [1, 2], np.ones(2), {}, 1j, Unspeakable(), Decimal("sNaN")], ids=safely)
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        number(value)


def test_a_number_that_must_be_there_is_named() -> None:
    with pytest.raises(TypeError, match=r"^latency_ms: a number is needed$"):
        required("latency_ms", None)
    with pytest.raises(ValueError, match=r"^age: a finite number is needed; got nan$"):
        required("age", NAN, finite=True)
    assert math.isnan(required("value", NAN))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (pd.NA, None),
        ("a", "a"),
        (3, "3"),
        (Colour.RED, "red"),
        (Word.YES, "yes"),
        (Level.LOW, "1"),
        (np.str_("a"), "a"),
        (Stubborn("a"), "a"),
    ],
    ids=safely,
)
def test_text_is_exactly_text(value: object, expected: str | None) -> None:
    found = text(value)
    assert found == expected
    assert type(found) in {str, type(None)}


def test_text_that_must_be_there_is_named() -> None:
    with pytest.raises(TypeError, match=r"^status: text is needed$"):
        worded("status", pd.NA)


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        NOON.astimezone(timezone(timedelta(hours=5, minutes=45))),
        datetime(2026, 3, 1, 12),  # noqa: DTZ001 - naive on purpose
        "2026-03-01T12:00:00Z",
        "2026-03-01T13:00:00+01:00",
        "2026-03-01T12:00",
        NOON.timestamp(),
        int(NOON.timestamp()),
        np.int64(NOON.timestamp()),
        np.float64(NOON.timestamp()),
        np.array(NOON.timestamp()),
        np.datetime64("2026-03-01T12", "h"),
        np.datetime64("2026-03-01T12", "ns"),
        pd.Timestamp("2026-03-01T12:00"),
        pd.Timestamp("2026-03-01T13:00", tz="Europe/Berlin"),
        pd.Timestamp("2026-03-01T12:00:00.000000001"),
    ],
    ids=safely,
)
def test_times_of_all_kinds_are_in_utc(value: object) -> None:
    assert moment(value) == NOON
    assert moment(value).tzinfo is UTC


def test_a_date_is_its_midnight_and_a_missing_time_is_now() -> None:
    assert moment(date(2026, 3, 1)) == datetime(2026, 3, 1, tzinfo=UTC)
    before = datetime.now(UTC)
    found = [moment(value) for value in (None, pd.NaT, pd.NA, np.datetime64("NaT"))]
    assert all(before <= at <= datetime.now(UTC) for at in found)


@pytest.mark.parametrize("value", ["noon", NAN, math.inf, 10**30, [], {}, timedelta(1), np.array(["x"])], ids=safely)
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        moment(value)


def test_ids_are_read_from_text_and_anything_that_writes_one() -> None:
    key = uuid.uuid4()
    assert {identifier(each) for each in (key, str(key), key.hex, np.str_(key))} == {key}
    with pytest.raises(ValueError, match="badly formed"):
        identifier("churn-1")


@pytest.mark.parametrize(
    ("answer", "encoded", "label", "value"),
    [
        (None, None, None, None),
        (pd.NA, None, None, None),
        ("late", None, "late", None),
        (2.5, None, None, 2.5),
        (True, b"true", "true", None),
        (np.bool_(False), b"false", "false", None),  # noqa: FBT003 - numpy's own boolean
        (3, b"3", None, 3.0),
        (np.int64(3), b"3", None, 3.0),
        (np.float32(0.5), b"0.5", None, 0.5),
        (np.array([0.5]), b"0.5", None, 0.5),
        (np.array(["late"]), b'"late"', "late", None),
        (np.str_("late"), b'"late"', "late", None),
        (pd.Series([3]), b"3", None, 3.0),
        (Decimal("2.5"), b"2.5", None, 2.5),
        (Fraction(5, 2), b"2.5", None, 2.5),
        (10**400, b"null", None, math.inf),
        (Word.YES, b'"yes"', "yes", None),
        (Colour.RED, b'"red"', "red", None),
        (Level.LOW, b"1", None, 1.0),
        (Stubborn("late"), b'"late"', "late", None),
        ({"class": 3}, b'{"class":3}', None, None),
        (np.array([0.25, 0.75]), b"[0.25,0.75]", None, None),
        ([], b"[]", None, None),
        (b"ab", b'"ab"', None, None),
    ],
    ids=safely,
)
def test_answers_split_into_json_label_and_value(
    answer: object, encoded: bytes | None, label: str | None, value: float | None
) -> None:
    found = split_answer(answer)
    assert found == (encoded, label, value)
    assert [type(part) for part in found] == [type(part) for part in (encoded, label, value)]


def test_a_tensor_of_one_element_is_a_number() -> None:
    class Tensor:
        """As torch has it: `size` is a method."""

        shape = (1, 1)

        def size(self) -> tuple[int, ...]:
            return self.shape

        def item(self) -> float:
            return 2.5

        def tolist(self) -> list[list[float]]:
            return [[2.5]]

    assert split_answer(Tensor()) == (b"2.5", None, 2.5)
    assert number(Tensor()) == 2.5


@given(st.text(st.characters(codec=None)) | st.floats())
def test_json_of_plain_answers_is_that_of_all_others(answer: str | float) -> None:
    encoded, label, value = split_answer(answer)
    assert encoded is None
    assert json_of_answer(label, value) == encode(answer)


def test_no_answer_has_no_json() -> None:
    assert json_of_answer(None, None) is None


def test_ids_are_of_version_7_and_begin_with_the_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    for key in made:
        assert (key.version, key.variant) == (7, uuid.RFC_4122)
        assert before <= key.int >> 80 <= after
        assert key == uuid.UUID(str(key))
        assert hash(key) == hash(uuid.UUID(key.hex))


def test_every_other_bit_of_an_id_varies() -> None:
    made = [new_id().int for _ in range(200)]
    ones, zeros = 0, 0
    for key in made:
        ones |= key
        zeros |= ~key
    random_bits = (1 << 80) - 1 & ~(0xF << 76) & ~(0x3 << 62)
    assert ones & zeros & random_bits == random_bits


def test_ids_of_a_later_millisecond_are_greater() -> None:
    first = new_id()
    while (second := new_id()).int >> 80 == first.int >> 80:
        pass
    assert first < second


def test_ids_are_unique_across_threads() -> None:
    made: list[list[uuid.UUID]] = [[] for _ in range(8)]
    barrier = threading.Barrier(8)

    def make(into: list[uuid.UUID]) -> None:
        barrier.wait()
        into.extend(new_id() for _ in range(12_500))

    threads = [threading.Thread(target=make, args=(into,)) for into in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key for into in made for key in into}) == 100_000


def test_a_seeded_generator_of_the_service_does_not_repeat_ids() -> None:
    random.seed(1)
    first = new_id()
    random.seed(1)
    assert new_id().int & (1 << 62) - 1 != first.int & (1 << 62) - 1
