"""What a model answered becomes JSON, a label and a value."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.client.encoding import encode, json_of_answer, split_answer
from driftgauge.client.values import number
from unit.client.hostile import (
    Colour,
    Level,
    Stubborn,
    Word,
    safely,
)

NAN = float("nan")


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
