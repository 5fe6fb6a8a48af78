"""Buckets that were read become a series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np

from driftgauge.model.bins import BinLayout
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_numeric
from driftgauge.store.profile_codec import encode_profile
from driftgauge.store.references import UNTIMED, series_of
from fixtures.columns import batch_of

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAYOUT = BinLayout(features={"x": fit_numeric(np.arange(50.0))})


def bucket(start: datetime, rows: int) -> SimpleNamespace:
    encoded = encode_profile(profile_batch(LAYOUT, batch_of({"x": np.arange(float(rows))})))
    return SimpleNamespace(bucket_start=start, bucket_width=HOUR, profile=encoded)


def test_buckets_become_windows_with_their_profiles() -> None:
    series = series_of(LAYOUT, [bucket(START, 3), bucket(START + 4 * HOUR, 5)])
    assert series.windows is not None
    assert [(window.start, window.width) for window in series.windows] == [(START, HOUR), (START + 4 * HOUR, HOUR)]
    assert [profile.rows for profile in series.profiles] == [3, 5]
    assert (series.bucket, series.total.rows) == (HOUR, 8)
    at = series.at(series.windows[1])
    assert at is not None
    assert at.rows == 5


def test_rows_without_times_become_a_series_without_windows() -> None:
    series = series_of(LAYOUT, [bucket(UNTIMED, 30)])
    assert (series.windows, series.bucket, series.total.rows) == (None, None, 30)
