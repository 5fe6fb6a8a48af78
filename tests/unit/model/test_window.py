"""Windows are half-open, and buckets tile time from 1970 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.model.window import EPOCH, TimeWindow, closed_window, floor_to

HOUR = timedelta(hours=1)
WIDTHS = [timedelta(minutes=1), timedelta(minutes=5), HOUR, timedelta(days=1)]
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=3))])
MOMENTS = st.datetimes(min_value=datetime(1902, 1, 1), max_value=datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001


@given(MOMENTS, st.sampled_from(WIDTHS))
def test_a_moment_lies_in_its_bucket(moment: datetime, width: timedelta) -> None:
    start = floor_to(moment, width)
    assert moment in TimeWindow(start=start, end=start + width)
    assert (start - EPOCH) % width == timedelta(0)
    assert floor_to(start, width) == start


@pytest.mark.parametrize("width", WIDTHS)
def test_a_border_belongs_to_the_later_bucket(width: timedelta) -> None:
    border = datetime(2026, 3, 1, tzinfo=UTC)
    assert floor_to(border, width) == border
    assert floor_to(border - timedelta(microseconds=1), width) == border - width


def test_a_window_holds_its_start_and_not_its_end() -> None:
    window = TimeWindow(start=EPOCH, end=EPOCH + HOUR)
    assert window.start in window
    assert window.end not in window
    assert EPOCH - timedelta(microseconds=1) not in window
    assert window.width == HOUR


@given(MOMENTS)
def test_a_closed_window_ends_with_the_last_whole_bucket(now: datetime) -> None:
    window = closed_window(now, width=24 * HOUR, bucket=HOUR)
    assert window.end <= now < window.end + HOUR
    assert window.width == 24 * HOUR
