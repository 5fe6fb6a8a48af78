"""Judge many models from profiles, without a database: what a policy costs, and what the tests that it shows."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC
from typing import Final

import numpy as np

from alert_quality.features import features_of
from alert_quality.judging import HOUR, KEY, START
from alert_quality.simulation import Hours, freeze, profiles_of
from alert_quality.streams import DAY, Stream, levels_of
from cost import measure
from driftgauge.app.judging_settings import drift_options
from driftgauge.config import Settings
from driftgauge.drift.policies import POLICIES
from driftgauge.drift.policy import Policy, PolicySettings
from driftgauge.model.profile import ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import TimeWindow
from report import Report

MODELS: Final = 200
FEATURES: Final = 25
ROWS_AN_HOUR: Final = 500
REFERENCE: Final = 28 * DAY
WIDTHS: Final = (DAY, 1)
RUNS: Final = 5
AIM: Final = 2.0


def run(report: Report) -> None:
    """Simulate a seasonal month and the day after it, learn from the one and judge the other by each policy."""
    report.say(f"judge: simulating {REFERENCE + DAY} hours of {ROWS_AN_HOUR} rows …")
    rng = np.random.default_rng(1)
    levels = levels_of(Stream.SEASONAL, REFERENCE + DAY, FEATURES, rng)
    hours = Hours(features=features_of(FEATURES), rows=ROWS_AN_HOUR, levels=levels)
    layout, month = freeze(hours.part(slice(REFERENCE)), rng)
    day = list(profiles_of(layout, hours.part(slice(REFERENCE, None)), rng))
    settings = drift_options(Settings(), KEY.model).policy
    report.table(
        "judge",
        f"{MODELS} models × {FEATURES} features × {len(settings.tests)} tests, from profiles (median of {RUNS})",
        [
            {"policy": name, "window": f"{width} h", **_figures(make(UTC), month, day[-width:], settings)}
            for name, make in POLICIES.items()
            for width in WIDTHS
        ],
    )


def _figures(
    policy: Policy, month: Sequence[ModelProfile], hours: Sequence[ModelProfile], settings: PolicySettings
) -> dict[str, float]:
    window = TimeWindow(start=START + (DAY - len(hours)) * HOUR, end=START + DAY * HOUR)
    learning = statistics.median(
        measure(lambda: policy.learn(_series(month, end=0), window.width)).cpu for _ in range(RUNS)
    )
    learned = policy.learn(_series(month, end=0), window.width)
    # Each model has memory of its own, as in production, so that judging one does not warm the cache for the next.
    models = [(deepcopy(learned), _series(hours, end=DAY)) for _ in range(MODELS)]
    rows = {current.total.rows for _, current in models}

    def seconds(settings: PolicySettings) -> float:
        def judge() -> None:
            for known, current in models:
                policy.judge(KEY, window, known, current, settings)

        return statistics.median(measure(judge).cpu for _ in range(RUNS))

    whole, without = seconds(settings), seconds(replace(settings, tests=()))
    return {
        "rows a model": rows.pop(),
        "CPU s": whole,
        "aim ≤": AIM,
        "ms a model": whole / MODELS * 1000,
        "of it the tests": (whole - without) / MODELS * 1000,
        "ms to learn, once": learning * 1000,
    }


def _series(hours: Sequence[ModelProfile], *, end: int) -> ProfileSeries:
    """Return the series of hours, the last of which ends `end` hours after `START`."""
    first = end - len(hours)
    return ProfileSeries(
        layout=hours[0].layout,
        windows=tuple(
            TimeWindow(start=START + (first + place) * HOUR, end=START + (first + place + 1) * HOUR)
            for place in range(len(hours))
        ),
        profiles=hours,
    )
