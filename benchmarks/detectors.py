"""Run each detector of concept drift on the same streams as River's: values a second, false alarms, delays."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

import numpy as np
from river import drift

from cost import measure
from driftgauge.concept.change import Level
from driftgauge.concept.detector import Input
from driftgauge.concept.registry import DETECTORS
from driftgauge.model.bins import FloatArray
from report import Report

PEERS: Final[Mapping[str, Callable[[], Any]]] = {
    "adwin": drift.ADWIN,
    "page_hinkley": drift.PageHinkley,
    "ddm": drift.binary.DDM,
    "eddm": drift.binary.EDDM,
    "hddm_a": drift.binary.HDDMA,
    "hddm_w": drift.binary.HDDMW,
    "kswin": partial(drift.KSWIN, seed=1),
}
STEADY: Final = 360_000  # 30 days of 500 rows an hour
TIMED: Final = 100_000
BEFORE, AFTER, RAMP = 2_000, 2_000, 1_000
STREAMS: Final = 50
RUNS: Final = 5
SLOW: Final = {"kswin"}  # River's: a few values tell its speed, and all would take minutes
AIM: Final = 100_000
AIMED: Final = {"adwin", "page_hinkley", "ddm", "cusum"}


class Finder(Protocol):
    """Tells where a stream drifts."""

    def __call__(self, values: FloatArray) -> list[int]:
        """Return the places of drifts, by a new detector."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Streams of one kind of values: steady, with an abrupt change at `BEFORE`, and with a gradual one from there."""

    steady: FloatArray
    abrupt: Sequence[FloatArray]
    gradual: Sequence[FloatArray]


def run(report: Report) -> None:
    """Run all detectors by their defaults on errors, or, those that take numbers, on numbers, too."""
    streams = {"errors": streams_of(errors), "numbers": streams_of(numbers)}
    lines: list[dict[str, Any]] = []
    bare = _values_a_second(_none, streams["numbers"].steady[:TIMED])
    speeds: list[dict[str, Any]] = [_line("a bare loop that adds the values up", bare, None, aim=None)]
    for name, kind in DETECTORS.items():
        report.say(f"detectors: {name} …")
        kinds = ("numbers", "errors") if kind.takes is Input.NUMBERS else ("errors",)
        speeds.append(_speed(name, streams[kinds[0]].steady[:TIMED]))
        for values in kinds:
            line = {"detector": name, "values": values}
            lines.append({**line, "of": "driftgauge", **quality(_ours(name), streams[values])})
            if name in PEERS and name not in SLOW:
                lines.append({**line, "of": "River", **quality(_theirs(name), streams[values])})
    report.table("detectors", f"values a second of one core, {TIMED:,} steady values (median of {RUNS})", speeds)
    report.table(
        "detector_quality",
        f"false alarms on {STEADY:,} steady values; in how many of {STREAMS} streams a change is found, and how soon",
        lines,
    )


def errors(levels: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return errors: one in ten, or three where the level is 1."""
    return (rng.random(levels.size) < 0.1 + 0.2 * levels).astype(np.float64)


def numbers(levels: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return normal numbers, a standard deviation larger where the level is 1."""
    return rng.normal(levels, 1)


def streams_of(make: Callable[[FloatArray, np.random.Generator], FloatArray]) -> Streams:
    """Return the streams of one kind of values."""
    rng = np.random.default_rng(1)
    zeros, ones = np.zeros(BEFORE), np.ones(AFTER)
    abrupt, gradual = np.concatenate((zeros, ones)), np.concatenate((zeros, np.linspace(0, 1, RAMP), ones[RAMP:]))
    return Streams(
        steady=make(np.zeros(STEADY), rng),
        abrupt=[make(abrupt, rng) for _ in range(STREAMS)],
        gradual=[make(gradual, rng) for _ in range(STREAMS)],
    )


def quality(finder: Finder, streams: Streams) -> dict[str, Any]:
    """Return false alarms, and of either change how many are found within `AFTER` values and the median delay."""
    found: dict[str, Any] = {"false alarms": len(finder(streams.steady))}
    for change, several in (("abrupt", streams.abrupt), ("gradual", streams.gradual)):
        later = [[place - BEFORE for place in finder(values) if place >= BEFORE] for values in several]
        delays = [places[0] for places in later if places]
        found |= {change: len(delays), f"{change}: delay": round(statistics.median(delays)) if delays else None}
    return found


def _speed(name: str, values: FloatArray) -> dict[str, Any]:
    ours, theirs = _values_a_second(_ours(name), values), None
    if name in PEERS:
        theirs = _values_a_second(_theirs(name), values[: TIMED // 20] if name in SLOW else values)
    return _line(name, ours, theirs, aim=AIM if name in AIMED else None)


def _line(name: str, ours: float, theirs: float | None, *, aim: int | None) -> dict[str, Any]:
    return {
        "detector": name,
        "driftgauge": f"{ours:,.0f}",
        "River": None if theirs is None else f"{theirs:,.0f}",
        "ratio": None if theirs is None else ours / theirs,
        "aim ≥": None if aim is None else f"{aim:,}",
    }


def _values_a_second(finder: Finder, values: FloatArray) -> float:
    return values.size / statistics.median(measure(lambda: finder(values)).cpu for _ in range(RUNS))


def _none(values: FloatArray) -> list[int]:
    total = 0.0
    for value in values.tolist():
        total += value
    return []


def _ours(name: str) -> Finder:
    def find(values: FloatArray) -> list[int]:
        return [change.index for change in DETECTORS[name].start().update(values) if change.level is Level.DRIFT]

    return find


def _theirs(name: str) -> Finder:
    def find(values: FloatArray) -> list[int]:
        detector, found = PEERS[name](), list[int]()
        for place, value in enumerate(values.tolist()):
            detector.update(value)
            if detector.drift_detected:
                found.append(place)
        return found

    return find
