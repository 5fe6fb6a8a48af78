from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from driftgauge.exposition.sanitise import LONGEST, sanitise

hostile_text = st.text(st.characters(codec=None), max_size=300)


@given(hostile_text)
def test_any_text_becomes_short_encodable_and_free_of_control_characters(value: str) -> None:
    clean = sanitise(value)
    clean.encode("utf-8")
    assert len(clean) <= LONGEST
    assert not any(ord(character) < 0x20 and character != "\n" for character in clean)


@given(hostile_text)
def test_a_clean_value_is_left_alone(value: str) -> None:
    assert sanitise(sanitise(value)) == sanitise(value)


def test_ordinary_names_and_newlines_stay_as_they_are() -> None:
    for value in ("", "fraud-eu", 'say "hi"', "back\\slash", "two\nlines", "Zürich 東京", "x" * 128):
        assert sanitise(value) == value


def test_values_that_differ_in_control_characters_still_differ() -> None:
    assert sanitise("a\x00") == r"a\x00"
    assert sanitise("a\ud800") == r"a\ud800"
    assert len({sanitise(value) for value in ("a\x00", "a\x01", "a\x7f", "a\x85", "a\ud800", "a\udfff")}) == 6


def test_long_values_with_the_same_beginning_stay_distinct() -> None:
    first, second = sanitise("x" * 500 + "1"), sanitise("x" * 500 + "2")
    assert len(first) == len(second) == 128
    assert first[:119] == second[:119]
    assert first != second
