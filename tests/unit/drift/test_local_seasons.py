"""Seasons go by local clocks: when summer time begins, the day keeps its shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.comparison import Comparison
from driftgauge.drift.policy import PolicySettings
from driftgauge.drift.seasons import local_seconds
from driftgauge.model.identity import ModelKey
from driftgauge.model.same_season import SameSeason
from driftgauge.model.verdict import ModelVerdict, Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import batch_of
from fixtures.series import in_a_row

NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2013, 2, 10, tzinfo=UTC)  # clocks change on 10 March, four weeks later
HOUR = timedelta(hours=1)
KEY = ModelKey(model="m", version="1", environment="p")
SETTINGS = PolicySettings(tests=(), minimum_rows=100, alarms_per_30_days=1, judgements_per_30_days=720)


def verdict(zone: tzinfo, *, hours_after: int) -> ModelVerdict:
    """Judge an hour of a stream whose level depends on the hour in New York, by the four weeks before the change."""
    rng = np.random.default_rng(3)

    def hour(place: int) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        there = (START + place * HOUR).astimezone(NEW_YORK)
        return {"x": rng.normal(2.0 * (6 <= there.hour < 18), 1, 200)}

    weeks = 28 * 24
    batches = [batch_of(hour(place)) for place in range(weeks)]
    layout = fit_layout(batches)
    policy = Calibrated(zone)
    learned = policy.learn(in_a_row([profile_batch(layout, batch) for batch in batches], start=START, width=HOUR), HOUR)
    begin = START + (weeks + hours_after) * HOUR
    now = in_a_row([profile_batch(layout, batch_of(hour(weeks + hours_after)))], start=begin, width=HOUR)
    return policy.judge(KEY, TimeWindow(start=begin, end=begin + HOUR), learned, now, SETTINGS)


MORNING = 24 + 10  # 10:00 UTC on 11 March, 6:00 in New York: an hour earlier than the day before the change


def test_by_utc_the_first_hour_of_work_alarms_after_the_change() -> None:
    assert verdict(UTC, hours_after=MORNING).verdict is Verdict.DRIFTED


@pytest.mark.parametrize("hours_after", [MORNING, MORNING - 1, MORNING + 12, 24 * 7 + 5])
def test_by_local_clocks_it_does_not(hours_after: int) -> None:
    assert verdict(NEW_YORK, hours_after=hours_after).verdict is Verdict.STABLE


def test_local_seconds_jump_with_the_clocks() -> None:
    times = np.array([datetime(2013, 3, 10, hour, tzinfo=UTC).timestamp() for hour in (6, 7)])
    shown = local_seconds(times, NEW_YORK)
    assert (shown - times).tolist() == [-5 * 3600, -4 * 3600]
    assert local_seconds(times, UTC) is times


def test_the_same_season_goes_by_the_same_clocks() -> None:
    noon = datetime(2013, 3, 11, 16, tzinfo=UTC)
    window = TimeWindow(start=noon, end=noon + HOUR)
    assert SameSeason.HOUR.touched(window, NEW_YORK) == {12}
    batches = [batch_of({"x": np.array([float(place)])}) for place in range(48)]
    layout = fit_layout(batches)
    before = in_a_row(
        [profile_batch(layout, batch) for batch in batches], start=datetime(2013, 3, 9, tzinfo=UTC), width=HOUR
    )
    kept = Comparison(season=SameSeason.HOUR, zone=NEW_YORK).in_season(before, window)
    assert kept.windows is not None
    assert [bucket.start.hour for bucket in kept.windows] == [17, 16], "9 March is still winter, 10 March is not"
