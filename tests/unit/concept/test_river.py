"""The detectors tell what River tells: its published results, and the same changes on random streams."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import drift

from driftgauge.concept.change import Direction, Level
from driftgauge.concept.parameters import Plain
from driftgauge.concept.registry import DETECTORS

Given = Mapping[str, Plain]


def told(name: str, values: Sequence[float], given: Given | None = None) -> list[tuple[int, Level]]:
    return [(change.index, change.level) for change in DETECTORS[name].start(given).update(values)]


def numbers() -> list[int]:
    """The stream of River's examples for numbers: 0 or 1, then 4 to 7."""
    rng = random.Random(12345)  # noqa: S311 - no secret
    return rng.choices([0, 1], k=1000) + rng.choices(range(4, 8), k=1000)


def errors() -> list[int]:
    """The stream of River's examples for errors: half of them, then 70 %."""
    rng = random.Random(42)  # noqa: S311 - no secret
    return rng.choices([0, 1], k=1000) + rng.choices([0, 1], k=1000, weights=[0.3, 0.7])


def shifted() -> list[float]:
    """The stream of River's example for CUSUM: three standard deviations up after 200 values."""
    rng = random.Random(12345)  # noqa: S311 - no secret
    return [rng.gauss(0, 1) for _ in range(200)] + [rng.gauss(3, 1) for _ in range(200)]


def bundled(name: str, column: str) -> list[float]:
    text = files(drift).joinpath("datasets", name).read_text("utf-8")
    return [float(row[column]) for row in csv.DictReader(text.splitlines())]


@pytest.mark.parametrize(
    ("name", "values", "drifts"),
    [
        ("adwin", numbers(), [1023]),
        ("page_hinkley", numbers(), [1006]),
        ("cusum", shifted(), [201, 251]),
        ("adwin", bundled("airline_passengers.csv", "Total Passengers"), [159, 351]),
        ("adwin", bundled("run_log.csv", "Pace"), [95, 159, 223, 255, 351]),
    ],
)
def test_drifts_are_where_they_were_published(name: str, values: list[float], drifts: list[int]) -> None:
    assert told(name, values) == [(index, Level.DRIFT) for index in drifts]


@pytest.mark.parametrize(
    ("name", "given", "published"),
    [
        ("ddm", {}, [(1084, Level.WARNING), (1334, Level.DRIFT), (1492, Level.WARNING)]),
        ("eddm", {"warning": 0.8, "drift": 0.75}, [(1059, Level.WARNING), (1278, Level.DRIFT)]),
        ("hddm_a", {}, [(451, Level.WARNING), (1206, Level.DRIFT)]),
        ("hddm_w", {}, [(451, Level.WARNING), (1077, Level.DRIFT)]),
    ],
)
def test_drifts_and_the_first_warnings_before_them_are_where_they_were_published(
    name: str, given: Given, published: list[tuple[int, Level]]
) -> None:
    found, before = told(name, errors(), given), Level.DRIFT
    firsts: list[tuple[int, Level]] = []
    for index, level in found:
        if Level.DRIFT in (level, before):
            firsts.append((index, level))
        before = level
    assert firsts == published


def test_kswin_finds_the_published_drift_whatever_it_draws() -> None:
    """River's is at 1016; as its samples come from another generator, the two agree in distribution."""
    values = numbers()[850:1060]
    ours = [told("kswin", values, {"alpha": 0.0001, "seed": seed})[0][0] + 850 for seed in range(40)]
    theirs = [Peer(drift.KSWIN(alpha=0.0001, seed=seed)).told(values)[0][0] + 850 for seed in range(40)]
    for found in (ours, theirs):
        assert set(found) <= set(range(1010, 1017))
        assert found.count(1016) >= 30


class Peer:
    """River's detector, told of as ours: warnings where they start."""

    def __init__(self, detector: Any) -> None:  # noqa: ANN401 - River's detectors share no type
        self.detector = detector

    def told(self, values: Sequence[float]) -> list[tuple[int, Level]]:
        found: list[tuple[int, Level]] = []
        warned = False
        for index, value in enumerate(values):
            self.detector.update(value)
            drifted = self.detector.drift_detected
            warns = not drifted and getattr(self.detector, "warning_detected", False)
            if drifted or (warns and not warned):
                found.append((index, Level.DRIFT if drifted else Level.WARNING))
            warned = warns
        return found


PEERS: Final[dict[str, tuple[Callable[[], Any], str, Given]]] = {
    "adwin": (drift.ADWIN, "adwin", {}),
    "adwin, other parameters": (
        lambda: drift.ADWIN(delta=0.1, clock=5, max_buckets=3, min_window_length=3, grace_period=20),
        "adwin",
        {"delta": 0.1, "clock": 5, "max_buckets": 3, "min_window": 3, "grace": 20},
    ),
    "page_hinkley": (drift.PageHinkley, "page_hinkley", {}),
    "page_hinkley, upwards": (
        lambda: drift.PageHinkley(min_instances=10, delta=0.1, threshold=5, alpha=0.99, mode="up"),
        "page_hinkley",
        {"min_values": 10, "delta": 0.1, "threshold": 5, "alpha": 0.99, "down": False},
    ),
    "page_hinkley, downwards": (
        lambda: drift.PageHinkley(threshold=9, mode="down"),
        "page_hinkley",
        {"threshold": 9, "up": False},
    ),
    "ddm": (drift.binary.DDM, "ddm", {}),
    "ddm, other parameters": (
        lambda: drift.binary.DDM(warm_start=50, warning_threshold=1.5, drift_threshold=2.5),
        "ddm",
        {"warm_up": 50, "warning": 1.5, "drift": 2.5},
    ),
    "eddm": (drift.binary.EDDM, "eddm", {}),
    "eddm, other parameters": (
        lambda: drift.binary.EDDM(warm_start=10, alpha=0.8, beta=0.7),
        "eddm",
        {"warm_up": 10, "warning": 0.8, "drift": 0.7},
    ),
    "hddm_a": (drift.binary.HDDMA, "hddm_a", {}),
    "hddm_a, both ways": (
        lambda: drift.binary.HDDMA(drift_confidence=0.01, warning_confidence=0.05, two_sided_test=True),
        "hddm_a",
        {"drift": 0.01, "warning": 0.05, "down": True},
    ),
    "hddm_w": (drift.binary.HDDMW, "hddm_w", {}),
    "hddm_w, both ways": (
        lambda: drift.binary.HDDMW(drift_confidence=0.01, warning_confidence=0.05, lambda_val=0.1, two_sided_test=True),
        "hddm_w",
        {"drift": 0.01, "warning": 0.05, "weight": 0.1, "down": True},
    ),
}
OF_ERRORS: Final = {"ddm", "eddm", "hddm_a", "hddm_w"}


def stream(seed: int, *, errors: bool, within: tuple[float, float] = (0.0, 1.0)) -> list[float]:
    """Three parts with a level of their own."""
    rng = np.random.default_rng(seed)
    levels = rng.uniform(*within, 3).repeat(rng.integers(100, 900, 3))
    if errors:
        return (rng.random(levels.size) < levels).astype(np.float64).tolist()
    return rng.normal(4 * levels, 1).tolist()


@pytest.mark.parametrize("peer", PEERS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=25)
def test_changes_are_where_river_tells_them(peer: str, seed: int) -> None:
    make, name, given_ = PEERS[peer]
    # at other rates a warm-up may see no error, or nothing else, where DDM differs from River on purpose
    values = stream(seed, errors=name in OF_ERRORS, within=(0.4, 0.7) if name == "ddm" else (0.0, 1.0))
    assert told(name, values, given_) == Peer(make()).told(values)


def test_ddm_does_not_take_a_good_start_for_the_norm() -> None:
    values = [0.0] * 40 + [1.0] + [0.0] * 40
    assert Peer(drift.binary.DDM()).told(values) == [(40, Level.DRIFT)]
    assert told("ddm", values) == []


def test_directions_are_those_of_the_published_streams() -> None:
    for name in ("adwin", "page_hinkley", "kswin"):
        assert {change.direction for change in DETECTORS[name].start().update(numbers()[500:1500])} == {Direction.UP}
        back = numbers()[:500:-1]
        assert Direction.DOWN in {change.direction for change in DETECTORS[name].start().update(back)}
