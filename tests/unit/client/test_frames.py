"""Frames, columns, records and arrays become rows of plain values, one a prediction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from driftgauge.client.frames import plain_list, records, spread
from unit.client.hostile import Exotic, Word

ROWS = [{"age": 41, "plan": "pro"}, {"age": 29, "plan": "free"}]


@pytest.mark.parametrize(
    "features",
    [
        pd.DataFrame(ROWS),
        pd.DataFrame(ROWS, index=["x", "y"]),
        {"age": [41, 29], "plan": ("pro", "free")},
        {"age": np.array([41, 29]), "plan": pd.Series(["pro", "free"], index=[7, 8])},
        {"age": pd.array([41, 29]), "plan": pd.Categorical(["pro", "free"])},
        Exotic({"age": [41, 29], "plan": ["pro", "free"]}),
        ROWS,
        tuple(ROWS),
        [Exotic(row) for row in ROWS],
        pd.Series(ROWS),
        np.array(ROWS, dtype=object),
    ],
    ids=lambda features: type(features).__name__,
)
def test_all_kinds_of_tables_are_rows(features: object) -> None:
    assert [dict(row) for row in records(features)] == ROWS


@pytest.mark.parametrize(
    "features",
    [
        [[41, 2.5], [29, 0.5]],
        np.array([[41, 2.5], [29, 0.5]]),
        pd.DataFrame([[41, 2.5], [29, 0.5]]),
        ((41, 2.5), (29, 0.5)),
    ],
    ids=lambda features: type(features).__name__,
)
def test_arrays_take_the_names_that_are_given(features: object) -> None:
    assert records(features, ["age", "visits"]) == [{"age": 41, "visits": 2.5}, {"age": 29, "visits": 0.5}]


def test_values_are_plain() -> None:
    frame = pd.DataFrame({"age": np.array([41], "int8"), "score": np.array([0.5], "float32"), "on": [np.True_]})
    (row,) = records(frame)
    assert [type(value) for value in row.values()] == [int, float, bool]


def test_column_names_become_text() -> None:
    assert records(pd.DataFrame({0: [1], 7: [2]})) == [{"0": 1, "7": 2}]


def test_times_finer_than_pythons_stay_times() -> None:
    when = np.array(["2026-03-01T12:00", "NaT"], "datetime64[ns]")
    assert records({"when": when}) == [{"when": datetime(2026, 3, 1, 12)}, {"when": None}]  # noqa: DTZ001 - numpy has no zone
    assert list(spread("timestamp", when, 2)) == [datetime(2026, 3, 1, 12), None]  # noqa: DTZ001 - same


@pytest.mark.parametrize("features", [[], (), {}, pd.DataFrame(), pd.DataFrame({"age": []}), {"age": []}, np.empty(0)])
def test_no_rows_are_no_rows(features: object) -> None:
    assert records(features) == []


@pytest.mark.parametrize(
    ("features", "names", "message"),
    [
        ({"age": [1, 2], "plan": ["pro"]}, None, r"^features: the columns have different lengths: \[1, 2\]$"),
        ([[1, 2], [3]], ["age", "visits"], r"^features: a row has not 2 values, one a name$"),
        (np.ones((2, 3)), ["age"], r"^features: a row has not 1 values, one a name$"),
        (np.ones((2, 3)), None, r"^features: give a data frame, .* or an array with names$"),
        ([{"age": 1}, 5], None, r"^features: give a data frame, .* or an array with names$"),
        ({"age": 41}, None, r"^a sequence or an array is needed; got int$"),
        ("age", None, r"^a sequence or an array is needed; got str$"),
        (5, None, r"^a sequence or an array is needed; got int$"),
        ({1, 2}, None, r"^a sequence or an array is needed; got set$"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named(features: object, names: list[str] | None, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        records(features, names)


ONE_FOR_ALL: tuple[object, ...] = (
    *(None, 12.5, "success", b"ab", {"class": 1}, Exotic({"class": 1}), Word.YES),
    *(np.float64(12.5), np.array(12.5), np.str_("success"), pd.Timestamp("2026-03-01"), object()),
)


@pytest.mark.parametrize("value", ONE_FOR_ALL, ids=lambda value: type(value).__name__)
def test_one_value_serves_all_rows(value: Any) -> None:  # noqa: ANN401 - whatever a service has
    assert [each is value for each in spread("field", value, 3)] == [True] * 3


@pytest.mark.parametrize(
    "values", [[1, 2], (1, 2), np.array([1, 2]), pd.Series([1, 2]), pd.Index([1, 2]), range(1, 3)], ids=repr
)
def test_a_sequence_has_a_value_a_row(values: object) -> None:
    assert list(spread("score", values, 2)) == [1, 2]
    with pytest.raises(ValueError, match=r"^score: 2 values for 3 rows$"):
        spread("score", values, 3)


def test_a_list_is_copied() -> None:
    values = [1, 2]
    found = plain_list(values)
    values.append(3)
    assert found == [1, 2]


def test_rows_of_two_dimensions_are_lists() -> None:
    scores: Mapping[str, object] = {"scores": np.array([[0.25, 0.75], [0.5, 0.5]])}
    assert records(scores) == [{"scores": [0.25, 0.75]}, {"scores": [0.5, 0.5]}]
