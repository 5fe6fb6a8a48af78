"""Look how soon drift is seen that begins a day after a reference of four weeks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from alert_quality.drifts import DRIFTS, MEAN, Drift
from alert_quality.features import features_of
from alert_quality.judging import HOUR, Flags, Judge, default_options
from alert_quality.simulation import Hours, freeze, profiles_of
from alert_quality.stationary import LONG, SEED
from alert_quality.streams import Stream, levels_of
from alert_quality.tally import Detections, binomial_interval

FEATURES: Final = 25
ROWS: Final = 500
WITHIN: Final = (1, 2, 24)
PLANS: Final[dict[Stream, tuple[Drift, ...]]] = {Stream.IID: DRIFTS, Stream.AR1: (MEAN,)}


def judge_run(stream: Stream, run: int) -> dict[str, Flags]:
    """Simulate one reference, and after it each kind of drift; return the judgements from just before each onset."""
    rng = np.random.default_rng([SEED, list(PLANS).index(stream), run])
    features, options = features_of(FEATURES), default_options()
    width = options.window // HOUR
    longest = max(drift.horizon for drift in PLANS[stream])
    levels = levels_of(stream, LONG + width + longest, FEATURES, rng)
    layout, reference = freeze(Hours(features=features, rows=ROWS, levels=levels[:LONG]), rng)
    judge = Judge.of(reference, options)
    found: dict[str, Flags] = {}
    for drift in PLANS[stream]:
        since = np.arange(-width, drift.horizon)
        hours = Hours(
            features=features,
            rows=ROWS,
            levels=levels[LONG : LONG + since.size],
            drift=drift,
            strength=drift.course(since),
        )
        flags = judge.alarms(profiles_of(layout, hours, rng))
        found[name(stream, drift)] = flags if drift.again is None else flags[: drift.again]
        if drift.again is not None:
            found[f"… again, {drift.again} h after the first"] = flags[drift.again :]
    return found


def name(stream: Stream, drift: Drift) -> str:
    """Return what a line of the table is called."""
    return drift.name if stream is Stream.IID else f"{drift.name}, {stream.value}"


def row(called: str, runs: Sequence[Flags]) -> dict[str, Any]:
    """Return one line of the table."""
    found = Detections.of(runs)
    shares = {f"≤ {windows}": f"{found.within(windows) / len(runs):.2f}" for windows in WITHIN}
    intervals = {
        f"≤ {windows} 95 %": "{:.2f}–{:.2f}".format(*binomial_interval(found.within(windows), len(runs)))
        for windows in WITHIN
    }
    paired = {column: figure for pair in zip(shares.items(), intervals.items(), strict=True) for column, figure in pair}
    return {
        "drift": called,
        "runs": len(runs),
        **paired,
        "median": found.median_delay and f"{found.median_delay:g}",
        "before": f"{found.alarming_before / len(runs):.2f}",
    }


def always_fire() -> dict[str, Any]:
    """Return the line of a policy that alarms whatever it sees."""
    line = row("always fire", [np.ones(max(WITHIN) + 1, dtype=np.bool_)])
    return {**line, "runs": None, **dict.fromkeys(f"≤ {windows} 95 %" for windows in WITHIN)}
