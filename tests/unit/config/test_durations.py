from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.config.durations import DURATION_PATTERN, format_duration, parse_duration, parse_moment
from driftgauge.errors import BadInput

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHOLE_MILLISECONDS = st.integers(0, 10**14).map(lambda count: timedelta(milliseconds=count))


@given(WHOLE_MILLISECONDS)
def test_every_duration_is_read_back_as_it_was_written(duration: timedelta) -> None:
    text = format_duration(duration)
    assert parse_duration(text) == duration
    assert re.search(DURATION_PATTERN, text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("1h", 3600),
        ("24h", 86_400),
        ("7d", 604_800),
        ("2w", 1_209_600),
        ("1h30m", 5400),
        ("500ms", 0.5),
        ("0s", 0),
        ("PT1H", 3600),
        ("P1DT12H", 129_600),
        ("P2W", 1_209_600),
        ("PT0.5S", 0.5),
        ("PT1.05S", 1.05),
    ],
)
def test_known_forms(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)
    assert re.search(DURATION_PATTERN, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("60", "'60' has no unit; append one of w, d, h, m, s, ms"),
        ("", "'' is no duration; write it like 90s, 15m, 24h, 7d or PT1H"),
        ("P", "'P' is no duration"),
        ("PT", "'PT' is no duration"),
        ("P1M", "'P1M' is no duration"),
        ("-5m", "'-5m' is no duration"),
        ("5 m", "'5 m' is no duration"),
        ("30m1h", "'30m1h' is no duration"),
        ("٣h", "'٣h' is no duration"),
        ("1h\n", r"'1h\n' is no duration"),
        ("9" * 30 + "w", f"'{'9' * 30}w' is too long"),
        ("9" * 5000 + "s", f"'{'9' * 40}…' is too long"),
    ],
)
def test_a_bad_duration_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        parse_duration(text)


@given(st.text())
def test_any_text_is_a_duration_or_an_error_of_one_short_line(text: str) -> None:
    if re.search(DURATION_PATTERN, text):
        assert parse_duration(text) >= timedelta(0)
        return
    with pytest.raises(ValueError, match=r"is no duration|has no unit") as caught:
        parse_duration(text)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOON),
        ("24h", NOON - timedelta(days=1)),
        ("PT30M", NOON - timedelta(minutes=30)),
        ("2026-02-28", datetime(2026, 2, 28, tzinfo=UTC)),
        ("2026-02-28T10:00", datetime(2026, 2, 28, 10, tzinfo=UTC)),
        ("2026-02-28T10:00Z", datetime(2026, 2, 28, 10, tzinfo=UTC)),
        ("2026-02-28T10:00+02:00", datetime(2026, 2, 28, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_is_iso_8601_or_a_duration_back(text: str, moment: datetime) -> None:
    parsed = parse_moment(text, NOON)
    assert parsed == moment
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("yesterday", "'yesterday' is no time; write ISO 8601 like 2026-03-01T12:00Z"),
        ("", "'' is no time"),
        ("Pfff", "'Pfff' is no time"),
        ("99999d", None),
        ("9999999d", "'9999999d' is out of range"),
        ("0001-01-01T00:00+12:00", "'0001-01-01T00:00+12:00' is out of range"),
    ],
)
def test_a_bad_moment_is_named(text: str, message: str | None) -> None:
    if message is None:
        assert parse_moment(text, NOON) < NOON
        return
    with pytest.raises(BadInput, match=f"^{re.escape(message)}"):
        parse_moment(text, NOON)
