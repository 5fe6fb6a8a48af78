"""Count false alarms on the metrics of models that stay as they are, and find changes, beside two plain rules."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from alert_quality.tally import poisson_interval
from driftgauge.anomaly.expectation import HOURS_A_DAY
from driftgauge.anomaly.finding import Normality
from driftgauge.anomaly.hours import HOURS
from driftgauge.anomaly.judging import HISTORY_DAYS, LEAST_DAYS, MetricHistory, judge
from driftgauge.anomaly.measure import ERROR_SHARE, MEAN_CONFIDENCE, MEAN_LATENCY, PREDICTIONS
from driftgauge.drift.comparing import SAFETY
from driftgauge.model.bins import FloatArray
from report import Report

MONTH: Final = 30 * HOURS_A_DAY
HISTORY: Final = HISTORY_DAYS * HOURS_A_DAY
MONTHS: Final = 10
TRIALS: Final = 50
WITHIN: Final = 6
ACCURACY: Final = "accuracy"
ALPHA: Final = SAFETY / 5  # five metrics share it
DEVIATIONS: Final = 3

Figures = tuple[FloatArray, FloatArray, FloatArray]
Stream = dict[str, Figures]
Rule = Callable[[str, FloatArray, FloatArray, FloatArray], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How a model behaves: rows an hour, what they follow, and the latency of one row in seconds."""

    rows: float
    season: bool = False
    growth: float = 0.0
    wandering: tuple[float, float] = (0.0, 0.0)
    latency: Callable[[np.random.Generator, int], FloatArray] = lambda rng, n: rng.lognormal(-3, 0.5, n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an incident does: factors on traffic and latency, another share of errors and of right answers."""

    traffic: float = 1.0
    latency: float = 1.0
    errors: float = 0.01
    accuracy: float = 0.92


STEADY: Final = Change()
SERVICES: Final[Mapping[str, Service]] = {
    "steady, 1,000 rows an hour": Service(rows=1_000),
    "steady, 50 rows an hour": Service(rows=50),
    "steady, 1 row in two hours": Service(rows=0.5),
    "day and week, 1,000 rows": Service(rows=1_000, season=True),
    "day and week, grows by 5 % a week": Service(rows=1_000, season=True, growth=0.05),
    "heavy latency (log σ = 1.5)": Service(rows=1_000, latency=lambda rng, n: rng.lognormal(-3, 1.5, n)),
    "heavier latency (Pareto, 2.1)": Service(rows=1_000, latency=lambda rng, n: 0.02 * (1 + rng.pareto(2.1, n))),
    "wanders by 10 % for hours": Service(rows=1_000, season=True, wandering=(0.1, 0.9)),
    "wanders by 30 % for days": Service(rows=1_000, season=True, wandering=(0.3, 0.98)),
}
CHANGES: Final[Mapping[str, tuple[str, Change]]] = {
    "traffic halved": (PREDICTIONS, Change(traffic=0.5)),
    "traffic doubled": (PREDICTIONS, Change(traffic=2.0)),
    "latency doubled": (MEAN_LATENCY, Change(latency=2.0)),
    "errors 1 % → 5 %": (ERROR_SHARE, Change(errors=0.05)),
    "accuracy .92 → .60": (ACCURACY, Change(accuracy=0.6)),
}
CHANGED: Final = (
    "steady, 1,000 rows an hour",
    "day and week, 1,000 rows",
    "day and week, grows by 5 % a week",
    "wanders by 10 % for hours",
    "steady, 50 rows an hour",
)


def stream(
    service: Service, rng: np.random.Generator, hours: int, change: Change = STEADY, *, since: int | None = None
) -> Stream:
    """Return each metric's values, rows and standard errors by hour; from `since` on, changed."""
    place = np.arange(hours)
    later = place >= (hours if since is None else since)
    level = service.rows * (1 + service.growth) ** (place / 168) * np.exp(_wandering(service, rng, hours))
    if service.season:
        weekend = place // HOURS_A_DAY % 7 >= 5  # noqa: PLR2004 - Saturday
        level = level * (1 + 0.6 * np.sin(2 * np.pi * place / HOURS_A_DAY)) * np.where(weekend, 0.5, 1.0)
    rows = rng.poisson(np.where(later, change.traffic, 1.0) * level)
    errors = rng.binomial(rows, np.where(later, change.errors, STEADY.errors))
    right = rng.binomial(rows, np.where(later, change.accuracy, STEADY.accuracy))
    starts = np.cumsum(rows) - rows
    latencies = np.append(service.latency(rng, int(rows.sum())), 0.0)
    places, factors = np.minimum(starts, latencies.size - 1), np.where(later, change.latency, 1.0)
    sums = np.add.reduceat(latencies, places) * factors
    squares = np.add.reduceat(latencies**2, places) * factors**2
    counted = rows.astype(np.float64)
    some = np.where(rows > 0, counted, np.nan)
    confidence = rng.normal(0.8, 0.15 / np.sqrt(np.maximum(rows, 1)))
    no_error = np.zeros(hours)
    return {
        PREDICTIONS: (counted, counted, no_error),
        MEAN_LATENCY: (sums / some, counted, np.sqrt(np.maximum(squares / some - (sums / some) ** 2, 0) / some)),
        ERROR_SHARE: (errors / some, counted, no_error),
        MEAN_CONFIDENCE: (np.where(rows > 0, confidence, np.nan), counted, 0.15 / np.sqrt(some)),
        ACCURACY: (right / some, np.minimum(counted, 1.0), no_error),
    }


def ours(metric: str, values: FloatArray, rows: FloatArray, errors: FloatArray) -> bool:
    """Tell whether the last hour is anomalous."""
    hours = np.arange(values.size) + (168 - values.size % 168)
    history = MetricHistory(metric=metric, values=values, rows=rows, hours_of_week=hours % 168, error=float(errors[-1]))
    return judge(history, alpha=ALPHA).verdict is Normality.ANOMALOUS


def plain_median(metric: str, values: FloatArray, rows: FloatArray, errors: FloatArray) -> bool:
    """Tell whether the last hour is beyond three robust standard deviations of those before, whatever the hour."""
    del metric, rows, errors
    before = values[:-1][~np.isnan(values[:-1])]
    middle = np.median(before)
    return bool(abs(values[-1] - middle) > DEVIATIONS * 1.4826 * np.median(np.abs(before - middle)))


def adaptive_mean(metric: str, values: FloatArray, rows: FloatArray, errors: FloatArray) -> bool:
    """Tell whether the last hour is beyond three standard deviations of the day before."""
    del metric, rows, errors
    before = values[-HOURS_A_DAY - 1 : -1]
    before = before[~np.isnan(before)]
    return bool(before.size > 1 and abs(values[-1] - before.mean()) > DEVIATIONS * before.std())


RULES: Final[Mapping[str, Rule]] = {
    "driftgauge": ours,
    "median ± 3 MAD": plain_median,
    "mean ± 3 σ of a day": adaptive_mean,
}


def run(report: Report) -> None:
    """Simulate models that stay as they are, then some that change."""
    lines: list[dict[str, Any]] = []
    for name, service in SERVICES.items():
        report.say(f"anomalies: {name} …")
        lines.append({"a model that stays as it is": name, **_false_alarms(service)})
    report.table(
        "anomalies_false",
        f"false alarms of five metrics together in 30 days, over {MONTHS} months each (budget 1, aimed at {SAFETY})",
        lines,
    )
    found: list[dict[str, Any]] = []
    for name in CHANGED:
        report.say(f"anomalies: changes of {name} …")
        found += [
            {"a model that changes": name, "change": change, **_detections(SERVICES[name], metric, what)}
            for change, (metric, what) in CHANGES.items()
        ]
    report.table("anomalies_found", f"% of {TRIALS} changes found: in the first hour, within {WITHIN} hours", found)


def _wandering(service: Service, rng: np.random.Generator, hours: int) -> FloatArray:
    size, likeness = service.wandering
    steps = rng.normal(0, size * math.sqrt(1 - likeness**2), hours)
    for place in range(1, hours):
        steps[place] += likeness * steps[place - 1]
    return steps


def _false_alarms(service: Service) -> dict[str, Any]:
    """Return how often each rule begins to alarm, from the ninth day to the end of the second month."""
    counts = dict.fromkeys(RULES, 0)
    first = LEAST_DAYS * HOURS_A_DAY + HOURS_A_DAY
    for month in range(MONTHS):
        metrics = stream(service, np.random.default_rng([1, month]), first + MONTH)
        for rule, alarmed in RULES.items():
            counts[rule] += sum(_episodes(alarmed, metric, figures, first) for metric, figures in metrics.items())
    low, high = poisson_interval(counts["driftgauge"])
    return {
        "driftgauge": counts["driftgauge"] / MONTHS,
        "95 % interval": f"{low / MONTHS:.2f}–{high / MONTHS:.2f}",
        **{rule: count / MONTHS for rule, count in counts.items() if rule != "driftgauge"},
    }


def _episodes(alarmed: Rule, metric: str, figures: Figures, first: int) -> int:
    values, rows, errors = figures
    told = [False]
    for hour in range(first, values.size):
        window = slice(max(hour + 1 - HOURS, 0), hour + 1)
        told.append(not np.isnan(values[hour]) and alarmed(metric, values[window], rows[window], errors[window]))
    return sum(now and not before for before, now in pairwise(told))


def _detections(service: Service, metric: str, change: Change) -> dict[str, Any]:
    found: dict[str, list[int | None]] = {rule: [] for rule in RULES}
    for trial in range(TRIALS):
        rng = np.random.default_rng([2, trial])
        since = HISTORY + int(rng.integers(0, 168))
        values, rows, errors = stream(service, rng, since + WITHIN, change, since=since)[metric]
        windows = [slice(hour + 1 - HOURS, hour + 1) for hour in range(since, since + WITHIN)]
        for rule, alarmed in RULES.items():
            told = (
                later
                for later, window in enumerate(windows)
                if not np.isnan(values[window][-1]) and alarmed(metric, values[window], rows[window], errors[window])
            )
            found[rule].append(next(told, None))
    return {
        rule: f"{sum(one == 0 for one in delays)}, {sum(one is not None for one in delays)}"
        for rule, delays in found.items()
    }
