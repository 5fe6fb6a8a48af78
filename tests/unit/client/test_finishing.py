"""Rows are finished as Postgres takes them: JSON as text, no NUL, no lone surrogate, and a hash of the features."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.client.encoding import encode
from driftgauge.client.finishing import finished, instant, storable
from driftgauge.client.rows import METRICS, PREDICTIONS
from unit.client.doubles import MODEL, Recorded

KEY = UUID("0190163d-8694-739b-aea5-966c26f8ad91")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def written(value: object) -> object:
    """Return one value as it is written."""
    return finished((METRICS.name, (value,), 1))[0]


def prediction(**fields: object) -> dict[str, Any]:
    """Return a prediction's columns as they are written."""
    known: dict[str, object] = {name: None for name in PREDICTIONS.columns}  # noqa: C420 - its type would be too narrow
    known |= dict(zip(("model_name", "version", "environment"), MODEL, strict=True))
    known |= {"id": KEY.int, "timestamp": NOON, "features": b"{}", "latency_ms": 1.0, "status": "success"} | fields
    return dict(zip(PREDICTIONS.columns, finished((PREDICTIONS.name, tuple(known.values()), 1)), strict=True))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("a\x00b\x00", "a\ufffdb\ufffd"),
        ("\ud800a\udfff", "?a?"),
        ("\ud800\x00", "?\ufffd"),
        ("h\u00e9\U0001f600", "h\u00e9\U0001f600"),
        (2.5, 2.5),
        (None, None),
        (True, True),
        (NOON, NOON),
    ],
)
def test_text_is_what_postgres_can_hold(value: object, expected: object) -> None:
    assert written(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1},
        {"a": "x\x00y"},
        {"a\x00": {"b\x00": ["\x00", {"c": "\x00"}]}},
        {"a": "\\u0000"},
        {"a": "\\\x00"},
        {"a": "\\\\u0000\x00"},
        {"a": 2**63, "b": -0.5, "c": None, "d": "\x00", "e": [True]},
        ["\x00"],
        "\x00",
    ],
    ids=repr,
)
def test_json_has_no_nul_and_loses_nothing_else(value: object) -> None:
    found = written(encode(value))
    assert isinstance(found, str)
    assert json.loads(found) == without_nul(value)


@pytest.mark.parametrize("unit", ["ns", "us", "ms", "s"])
def test_a_time_that_is_none_is_null(unit: str) -> None:
    times = np.array(["NaT", "2026-03-01"], f"datetime64[{unit}]")
    found = json.loads(str(written(encode({"when": times[0], "all": times}))))
    assert found["when"] is None
    assert found["all"][0] is None
    assert found["all"][1].startswith("2026-03-01T00:00:00")


def without_nul(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, list):
        return [without_nul(item) for item in value]  # pyright: ignore[reportUnknownVariableType] - JSON
    if isinstance(value, dict):
        return {without_nul(name): without_nul(item) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType] - JSON
    return value


texts = st.text(st.sampled_from(["\x00", "\\", "u", "0", '"', "a", "\u00e9"]), max_size=12)


@given(st.dictionaries(texts, texts | st.integers(-9, 9) | st.lists(texts, max_size=3), max_size=4))
def test_no_json_keeps_an_escaped_nul(value: dict[str, object]) -> None:
    found = written(encode(value))
    assert isinstance(found, str)
    assert json.loads(found) == without_nul(value)


@given(st.text(st.characters(codec=None)))
def test_storable_text_is_utf_8_without_nul_and_stays_so(value: str) -> None:
    found = storable(value)
    assert b"\x00" not in found.encode()
    assert storable(found) == found
    if "\x00" not in value and value.encode("utf-8", "ignore").decode() == value:
        assert found == value


def test_features_have_a_hash_that_tells_them_apart() -> None:
    first, again, other = (prediction(features=encode({"age": age})) for age in (41, 41, 29))
    assert first["input_data_hash"] == hashlib.sha256(b'{"age":41}').hexdigest()[:32]
    assert first["input_data_hash"] == again["input_data_hash"] != other["input_data_hash"]


@pytest.mark.parametrize(
    ("label", "value", "expected"),
    [
        ("late", None, '"late"'),
        (None, 2.5, "2.5"),
        (None, float("nan"), "null"),
        (None, None, None),
        ('"\x00\\', None, '"\\"\ufffd\\\\"'),
        ("\ud800", None, '"?"'),
    ],
)
def test_json_of_plain_answers_is_made_late(label: str | None, value: float | None, expected: str | None) -> None:
    assert prediction(predicted_label=label, predicted_value=value)["prediction_result"] == expected


def test_json_that_is_there_stays() -> None:
    found = prediction(prediction_result=b'{"class":3}', predicted_label="3")
    assert found["prediction_result"] == '{"class":3}'


def test_every_text_of_a_prediction_is_storable() -> None:
    texts = {"predicted_label": "\x00", "status": "\ud800", "user_id": "\x00", "segment": "a\x00"}
    found = prediction(**texts)
    assert {name: found[name] for name in texts} == {
        "predicted_label": "\ufffd",
        "status": "?",
        "user_id": "\ufffd",
        "segment": "a\ufffd",
    }


def test_finishing_again_changes_nothing(logger: Recorded) -> None:
    logger.log_prediction({"a": "\x00"}, latency_ms=1, prediction="\ud800", score=float("nan"))
    logger.log_health_check("healthy", issues=["\x00"])
    for row in logger.shelf.rows:
        once = finished(row)
        assert str(finished((row[0], once, 1))) == str(once)


def test_the_id_and_the_moment_of_a_prediction_are_written_at_last() -> None:
    row = prediction(timestamp=1_772_366_400_123_456_999)
    assert row["id"] == KEY.hex
    assert row["timestamp"] == datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def test_a_small_id_has_all_its_digits() -> None:
    assert prediction(id=7)["id"] == UUID(int=7).hex


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_kept_to_the_microsecond(moment: datetime) -> None:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    nanoseconds = (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000
    assert instant(nanoseconds) == instant(nanoseconds + 999) == moment
