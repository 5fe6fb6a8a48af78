"""Simulate what concept drift costs and tells: false alarms in 30 steady days, and how soon a change is found."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from driftgauge.concept.change import Level
from driftgauge.concept.detector import Input
from driftgauge.concept.parameters import Plain
from driftgauge.concept.registry import DETECTORS
from driftgauge.concept.t_test import WindowMoments, t_test
from driftgauge.concept.watch import Watch
from driftgauge.drift.comparing import SAFETY
from driftgauge.model.bins import FloatArray
from report import Report

DAYS: Final = 30
CURRENT, REFERENCE = 7, 28  # daily values in the windows of the t test
STEADY: Final[Mapping[int, int]] = {500: 100, 5_000: 20}  # streams by pairs a day
CHANGED: Final[Mapping[int, int]] = {500: 50, 5_000: 10}
BEFORE, AFTER = 10, 30  # days
RATE: Final = 0.10
RATES: Final = (0.15, 0.20)
GROWN: Final = (1.1, 1.25, 1.5)  # of absolute errors
HISTORIES: Final = 2_000
LIKENESS: Final = 0.3  # of a day to the day before
CLASSIC: Final = 0.05
BUDGET: Final = SAFETY / DAYS  # one alarm in 30 days, of which a part is spent, over 30 tests

SURE: Final[Mapping[str, Mapping[str, Plain]]] = {
    "cusum": {"slack": 0.1, "threshold": 80.0, "warm_up": 2_000},
    "page_hinkley": {"delta": 0.1, "threshold": 60.0, "alpha": 1.0},
}
"""Parameters that make detectors sure which by the published ones are not."""

Draw = Callable[[np.random.Generator, int, float], FloatArray]


def run(report: Report) -> None:
    """Run every detector by its defaults, some by others, and the t test by the classic level and by the budget."""
    report.table(
        "concept_errors",
        f"errors, one in ten: false alarms in {DAYS} days, streams with any; pairs until a higher rate is found",
        detectors(report, wrong, {f"to {rate:.2f}": rate for rate in RATES}, RATE, list(DETECTORS)),
    )
    numbers = [name for name, kind in DETECTORS.items() if kind.takes is Input.NUMBERS]
    report.table(
        "concept_absolute_errors",
        "absolute errors, normal: the same; pairs until errors that have grown are found",
        detectors(report, off, {f"x {by}": by for by in GROWN}, 1.0, numbers),
    )
    report.say("concept: t tests …")
    report.table(
        "concept_t_test_steady",
        f"t test of {CURRENT} against {REFERENCE} days, for {DAYS} days: alarms, drifted days, histories with any",
        [_steady(name, draw) for name, draw in HISTORY.items()],
    )
    report.table(
        "concept_t_test_changed",
        f"t test of daily accuracies, after how many days a higher error rate is found ({HISTORIES:,} histories)",
        [_changed(pairs, rate) for pairs in STEADY for rate in RATES],
    )


def wrong(rng: np.random.Generator, pairs: int, level: float) -> FloatArray:
    """Return errors of a classifier, 1 at the rate `level`."""
    return (rng.random(pairs) < level).astype(np.float64)


def off(rng: np.random.Generator, pairs: int, level: float) -> FloatArray:
    """Return absolute errors of a regressor, normal ones of the standard deviation `level`."""
    return np.abs(rng.normal(0.0, level, pairs))


def detectors(
    report: Report, draw: Draw, changes: Mapping[str, float], normal: float, names: Sequence[str]
) -> list[dict[str, Any]]:
    """Return a line for each detector and number of pairs a day."""
    lines: list[dict[str, Any]] = []
    cases: list[tuple[str, str, Mapping[str, Plain]]] = [(name, name, {}) for name in names]
    cases += [(f"{name}, set", name, given) for name, given in SURE.items()]
    for case, name, given in cases:
        report.say(f"concept: {case} …")
        for pairs in STEADY:
            rng = np.random.default_rng([1, pairs])
            alarms = [len(drifts(name, given, draw(rng, DAYS * pairs, normal))) for _ in range(STEADY[pairs])]
            line: dict[str, Any] = {
                "detector": case,
                "pairs a day": f"{pairs:,}",
                "false alarms": statistics.mean(alarms),
                "any": f"{np.mean(np.array(alarms) > 0):.1%}",
            }
            for what, level in changes.items():
                streams = (
                    np.concatenate((draw(rng, BEFORE * pairs, normal), draw(rng, AFTER * pairs, level)))
                    for _ in range(CHANGED[pairs])
                )
                delays = [_delay(name, given, values, BEFORE * pairs) for values in streams]
                found = [delay for delay in delays if delay is not None]
                shown = f"{statistics.median(found):,.0f}" if found else "never"
                line[what] = shown if len(found) == len(delays) else f"{shown} ({len(found) / len(delays):.0%})"
            lines.append(line)
    return lines


def drifts(name: str, given: Mapping[str, Plain], values: FloatArray) -> list[int]:
    """Return where a detector tells a drift."""
    changes = Watch.follow(DETECTORS[name], None, given).update(values)
    return [change.index for change in changes if change.level is Level.DRIFT]


def _delay(name: str, given: Mapping[str, Plain], values: FloatArray, change: int) -> int | None:
    """Return after how many values a change is told; None if it never is."""
    return next((place - change + 1 for place in drifts(name, given, values) if place >= change), None)


def independent(rng: np.random.Generator, days: int) -> FloatArray:
    """Return daily values that know nothing of each other."""
    return rng.normal(size=days)


def alike(rng: np.random.Generator, days: int) -> FloatArray:
    """Return daily values that are somewhat like the day's before."""
    values = rng.normal(size=days)
    for day in range(1, days):
        values[day] = LIKENESS * values[day - 1] + np.sqrt(1 - LIKENESS**2) * values[day]
    return values


def weekly(rng: np.random.Generator, days: int) -> FloatArray:
    """Return daily values with a day of the week, as large as their noise."""
    return rng.normal(size=days) + np.sqrt(2) * np.sin(2 * np.pi * np.arange(days) / 7)


def accuracies(rng: np.random.Generator, days: int) -> FloatArray:
    """Return daily accuracies of 500 pairs."""
    return 1 - rng.binomial(500, RATE, days) / 500


HISTORY: Final[Mapping[str, Callable[[np.random.Generator, int], FloatArray]]] = {
    "independent, normal": independent,
    "accuracies of 500 pairs": accuracies,
    "with a day of the week": weekly,
    f"{LIKENESS} like the day before": alike,
}


def p_values(values: FloatArray) -> list[float]:
    """Return the p-value of each day that has both windows before it."""
    found: list[float] = []
    for end in range(CURRENT + REFERENCE, len(values) + 1):
        border = end - CURRENT
        compared = t_test(WindowMoments.of(values[border - REFERENCE : border]), WindowMoments.of(values[border:end]))
        found.append(1.0 if compared.p_value is None else compared.p_value)
    return found


def _steady(name: str, draw: Callable[[np.random.Generator, int], FloatArray]) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    tests = np.array([p_values(draw(rng, REFERENCE + CURRENT + DAYS - 1)) for _ in range(HISTORIES)])
    line: dict[str, Any] = {"daily values": name}
    for what, alpha in (("classic", CLASSIC), ("budget", BUDGET)):
        found = tests < alpha
        begun = found[:, 0].astype(int) + (found[:, 1:] & ~found[:, :-1]).sum(axis=1)
        line |= {
            f"{what}: alarms": float(begun.mean()),
            f"{what}: days": float(found.sum(axis=1).mean()),
            f"{what}: any": f"{np.mean(begun > 0):.1%}",
        }
    return line


def _changed(pairs: int, rate: float) -> dict[str, Any]:
    rng = np.random.default_rng([3, pairs])
    line: dict[str, Any] = {"pairs a day": f"{pairs:,}", "error rate": f"{RATE:.2f} to {rate:.2f}"}
    delays: dict[float, list[int | None]] = {CLASSIC: [], BUDGET: []}
    for _ in range(HISTORIES // 4):
        before, after = rng.binomial(pairs, RATE, REFERENCE + CURRENT - 1), rng.binomial(pairs, rate, 2 * CURRENT)
        tests = p_values(1 - np.concatenate((before, after)) / pairs)
        for alpha, found in delays.items():
            found.append(next((day + 1 for day, p_value in enumerate(tests) if p_value < alpha), None))
    for what, alpha in (("classic", CLASSIC), ("budget", BUDGET)):
        known = [delay for delay in delays[alpha] if delay is not None]
        line |= {
            f"{what}: found": f"{len(known) / len(delays[alpha]):.1%}",
            f"{what}: days": statistics.median(known) if known else None,
        }
    return line
