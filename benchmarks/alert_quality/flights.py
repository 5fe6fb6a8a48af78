"""Judge the flights out of New York in 2013, with their seasons known and without, month by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from alert_quality.judging import HOUR, KEY, default_options
from alert_quality.tally import episodes
from driftgauge.demo.flights import FEATURES, Flights, as_numpy, data_directory, load_flights
from driftgauge.drift.policies import POLICIES
from driftgauge.drift.policy import Policy
from driftgauge.model.bins import BinLayout
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout

WEEKS: Final = timedelta(weeks=4)
NEW_YORK: Final = 5  # hours behind UTC in winter; days of flights begin there
MONTHS: Final = [datetime(2013 + month // 12, month % 12 + 1, 1, NEW_YORK, tzinfo=UTC) for month in range(13)]
WINDOW: Final = default_options().window
WEATHER: Final = frozenset(["temp", "dewp", "humid", "precip", "visib", "pressure", "wind_speed", "wind_gust"])
TOLD: Final = 3  # features named in a line
Hour = tuple[TimeWindow, FeatureBatch]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A policy, and the reference that it is given: the January of the year, or the four weeks before each month."""

    name: str
    policy: Literal["calibrated", "two_sample"]
    timed: bool = True
    renewed: bool = False
    zone: str = "UTC"


SETTINGS: Final = (
    Setting(name="January, with its seasons", policy="calibrated"),
    Setting(name="the four weeks before, with their seasons", policy="calibrated", renewed=True),
    Setting(
        name="the four weeks before, with their seasons in New York",
        policy="calibrated",
        renewed=True,
        zone="America/New_York",
    ),
    Setting(name="January, without times", policy="calibrated", timed=False),
    Setting(name="January, two-sample tests", policy="two_sample"),
)


def run(setting: Setting) -> list[dict[str, Any]]:
    """Return a line a month from February on."""
    flights = load_flights(data_directory())
    policy = POLICIES[setting.policy](ZoneInfo(setting.zone))
    lines: list[dict[str, Any]] = []
    for start, end in pairwise(MONTHS[1:]):
        since = start - WEEKS if setting.renewed else MONTHS[0]
        before = list(_hours(flights, since, since + WEEKS))
        found = _month(policy, before, list(_hours(flights, start - WINDOW, end)), timed=setting.timed)
        lines.append({"reference": setting.name, "month": f"{start:%B}"} | found)
    return lines


def _month(policy: Policy, before: list[Hour], hours: list[Hour], *, timed: bool) -> dict[str, Any]:
    """Judge every hour but those of the first window."""
    options = default_options(policy)
    layout = fit_layout([batch for _, batch in before])
    reference = _series(layout, before)
    learned = policy.learn(reference if timed else ProfileSeries.untimed(reference.total), options.window)
    series = _series(layout, hours)
    first, last = hours[0][0].start + options.window, hours[-1][0].end
    flags: list[bool] = []
    own: list[bool] = []
    told: Counter[str] = Counter()
    for step in range(1, (last - first) // HOUR + 1):
        window = TimeWindow(start=first + step * HOUR - options.window, end=first + step * HOUR)
        held = [place for place, (hour, _) in enumerate(hours) if hour.start in window]
        current = ProfileSeries(
            layout=layout,
            windows=tuple(hours[place][0] for place in held),
            profiles=[series.profiles[place] for place in held],
        )
        verdict = policy.judge(KEY, window, learned, current, options.policy)
        drifted = [feature.feature for feature in verdict.features if feature.verdict is Verdict.DRIFTED]
        flags.append(bool(drifted))
        own.append(not set(drifted) <= WEATHER)
        told.update(drifted)
    return {
        "hours": len(flags),
        "with an alarm": sum(flags),
        "episodes": episodes(np.array(flags)),
        "not of the weather": sum(own),
        "their episodes": episodes(np.array(own)),
        "features and their alarms": ", ".join(f"{name} {count}" for name, count in told.most_common(TOLD)),
    }


def _hours(flights: Flights, start: datetime, end: datetime) -> Iterator[Hour]:
    """Yield each hour that has flights."""
    part = flights.between(start, end)
    place = (part.scheduled - as_numpy(start)) // np.timedelta64(1, "h")
    for hour in np.unique(place):
        own = part.take(place == hour)
        numeric = {
            name: np.asarray(own.features[name], dtype=np.float64)
            for name, kind in FEATURES.items()
            if kind != "category"
        }
        categories = {
            name: Counter(str(value) for value in own.features[name] if isinstance(value, str))
            for name, kind in FEATURES.items()
            if kind == "category"
        }
        began = start + int(hour) * HOUR
        yield (
            TimeWindow(start=began, end=began + HOUR),
            FeatureBatch(rows=len(own), numeric=numeric, categories=categories),
        )


def _series(layout: BinLayout, hours: list[Hour]) -> ProfileSeries:
    return ProfileSeries(
        layout=layout,
        windows=tuple(window for window, _ in hours),
        profiles=[profile_batch(layout, batch) for _, batch in hours],
    )
