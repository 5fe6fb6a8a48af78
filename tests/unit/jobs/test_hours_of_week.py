from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from driftgauge.jobs.anomalies import hours_of_week

BERLIN = ZoneInfo("Europe/Berlin")


def hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600


@pytest.mark.parametrize(
    "zone", [UTC, BERLIN, ZoneInfo("America/New_York"), timezone(timedelta(hours=5)), timezone(-timedelta(hours=8))]
)
def test_they_are_those_that_clocks_show(zone: ZoneInfo | timezone) -> None:
    end = datetime(2026, 4, 10, 12, tzinfo=UTC)  # summer time began within the four weeks before
    found = hours_of_week(hour(end), zone)
    for back in range(1, found.size + 1):
        shown = (end - timedelta(hours=back)).astimezone(zone)
        assert found[-back] == shown.weekday() * 24 + shown.hour


def test_summer_time_leaves_out_an_hour_of_its_sunday() -> None:
    end = datetime(2026, 3, 30, tzinfo=UTC)
    assert np.flatnonzero(np.diff(hours_of_week(hour(end), BERLIN)) == 2).size == 1


def test_a_zone_of_half_hours_is_rounded_down() -> None:
    end = datetime(2026, 3, 2, 1, tzinfo=UTC)  # Monday
    assert int(hours_of_week(hour(end), ZoneInfo("Asia/Kolkata"))[-1]) == 5
