"""False alarms of explanations: stationary attributions, judged hour by hour over the last day, without a change.

.venv/bin/python benchmarks/alert_quality/explanations.py
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.policy import PolicySettings
from driftgauge.explanation.attributions import attributions_of, by_predictions
from driftgauge.explanation.findings import ExplanationRule, Inputs, judge_explanations
from driftgauge.explanation.signs import straying
from driftgauge.model.identity import ModelKey
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.attributions import count_attributions, fit_attributions

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START: Final = datetime(2026, 3, 1, tzinfo=UTC)
KEY: Final = ModelKey(model="m", version="1", environment="production")
FEATURES: Final = 25
POLICY: Final = PolicySettings(tests=("ks",), minimum_rows=100, alarms_per_30_days=1, judgements_per_30_days=720)
RULE: Final = ExplanationRule(minimum_rows=100, alpha=POLICY.alpha)


def hour(rng: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    """Attributions of one hour, independent: some features matter, many hardly, and three nearly alike."""
    scales = 1 / (1 + np.arange(FEATURES) // 3)
    return {f"f{place}": rng.normal(0.2 * scale, scale, rows) for place, scale in enumerate(scales)}


def run(seed: int, rows: int, hours: int) -> tuple[int, int, int, int]:
    """Return how many windows were judged, told drifted, told reordered, and how many model-days had an alarm."""
    rng = np.random.default_rng(seed)
    first = max(500 // rows, 1)
    reference = [hour(rng, rows) for _ in range(first)]
    layout = fit_attributions({name: np.concatenate([one[name] for one in reference]) for name in reference[0]})

    def series(parts: list[dict[str, np.ndarray]], at: int) -> ProfileSeries:
        windows = tuple(
            TimeWindow(start=START + (at + i) * HOUR, end=START + (at + i + 1) * HOUR) for i in range(len(parts))
        )
        return by_predictions(
            ProfileSeries(layout=layout, windows=windows, profiles=[count_attributions(layout, part) for part in parts])
        )

    frozen = series(reference, 0)
    learned = Calibrated().learn(frozen, DAY)
    buckets = [attributions_of(profile) for profile in frozen.profiles]
    strays = {name: straying([bucket[name] for bucket in buckets]) for name in layout.features}
    stream = [hour(rng, rows) for _ in range(hours + 24)]
    judged = told = reordered = 0
    days: set[int] = set()
    for place in range(hours):
        at = first + place
        window = TimeWindow(start=START + at * HOUR, end=START + at * HOUR + DAY)
        current = series(stream[place : place + 24], at)
        found = judge_explanations(
            Calibrated().judge(KEY, window, learned, current, POLICY),
            attributions_of(learned.total),
            attributions_of(current.total),
            strays=strays,
            rule=RULE,
            inputs=Inputs(features={}),
        )
        judged += found.verdict in {Verdict.STABLE, Verdict.DRIFTED}
        told += found.verdict is Verdict.DRIFTED
        reordered += found.order.drifted
        if found.verdict is Verdict.DRIFTED:
            days.add(place // 24)
    return judged, told, reordered, len(days)


def main() -> None:
    """Print what was told where nothing changed."""
    seeds, hours = int(sys.argv[1]) if len(sys.argv) > 1 else 10, 120
    for rows in (6, 20, 100):
        found = np.array([run(seed, rows, hours) for seed in range(seeds)]).sum(axis=0)
        judged, told, reordered, days = found.tolist()
        sys.stdout.write(
            f"{rows} explained predictions an hour: {told} of {judged} windows told drifted, {reordered} reordered; "
            f"an alarm on {days} of {seeds * hours // 24} model-days\n"
        )


if __name__ == "__main__":
    main()
