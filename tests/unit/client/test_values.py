"""Whatever a service logs becomes numbers, text, times and ids that Postgres takes."""

from __future__ import annotations

import math
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from driftgauge.client.values import identifier, moment, number, required, text, worded
from unit.client.hostile import (
    Colour,
    Level,
    Stubborn,
    Unspeakable,
    Word,
    safely,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

NAN = float("nan")


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
