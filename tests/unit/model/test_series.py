"""A span of time, bucket by bucket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from driftgauge.model.bins import BinLayout, CategoricalBins
from driftgauge.model.profile import ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import TimeWindow

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAYOUT = BinLayout(features={"plan": CategoricalBins(categories=("a", "b"))})


def profile(rows: int) -> ModelProfile:
    counts = np.array([rows, 0, 0, 0])
    return ModelProfile(
        layout=LAYOUT,
        rows=rows,
        counts=counts,
        sums=np.zeros(4),
        gaps=np.zeros((1, 3), dtype=np.int64),
        moments=np.zeros((1, 3)),
    )


def bucket(place: int, width: timedelta = HOUR) -> TimeWindow:
    return TimeWindow(start=START + place * HOUR, end=START + place * HOUR + width)


def series(*windows: TimeWindow) -> ProfileSeries:
    return ProfileSeries(layout=LAYOUT, windows=windows, profiles=[profile(place + 1) for place in range(len(windows))])


def test_the_total_is_the_sum_of_the_buckets() -> None:
    three = series(bucket(0), bucket(1), bucket(5))
    assert (three.total.rows, three.total.counts.tolist()) == (6, [6, 0, 0, 0])
    assert three.total is three.total
    assert series().total.rows == 0


def test_a_bucket_is_found_by_its_window() -> None:
    two = series(bucket(0), bucket(5))
    at = two.at(bucket(5))
    assert at is not None
    assert at.rows == 2
    assert two.at(bucket(1)) is None
    assert two.at(bucket(0, 2 * HOUR)) is None


def test_buckets_of_one_width_have_a_width() -> None:
    assert series(bucket(0), bucket(5)).bucket == HOUR
    assert series(bucket(0), bucket(1, 2 * HOUR)).bucket is None
    assert series().bucket is None


def test_rows_without_times_are_one_bucket_without_a_width() -> None:
    whole = ProfileSeries.untimed(profile(7))
    assert (whole.windows, whole.bucket, len(whole.profiles), whole.total.rows) == (None, None, 1, 7)
    assert whole.at(bucket(0)) is None


def test_some_buckets_are_read_when_asked() -> None:
    chosen = series(bucket(0), bucket(1), bucket(2)).at_places([0, 2])
    assert [profile.rows for profile in chosen.profiles] == [1, 3]
    assert len(chosen.profiles) == 2
    assert [profile.rows for profile in chosen.profiles[1:]] == [3]
    assert ProfileSeries.untimed(profile(1)).at_places([0]).windows is None


def test_the_finest_buckets_and_those_that_begin_in_a_span_can_be_taken() -> None:
    mixed = series(bucket(0, 24 * HOUR), bucket(24), bucket(25))
    assert [one.rows for one in mixed.finest().profiles] == [2, 3]
    span = TimeWindow(start=START, end=START + 25 * HOUR)
    assert [one.rows for one in mixed.within(span).profiles] == [1, 2]
