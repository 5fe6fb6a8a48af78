"""What is claimed of false alarms holds on stationary streams, and a real change is found within a bound."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from driftgauge.concept.change import Level
from driftgauge.concept.parameters import Plain
from driftgauge.concept.registry import DETECTORS
from driftgauge.model.bins import FloatArray

VALUES = 100_000


def drifts(name: str, values: FloatArray, given: Mapping[str, Plain] | None = None) -> list[int]:
    return [change.index for change in DETECTORS[name].start(given).update(values) if change.level is Level.DRIFT]


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
@pytest.mark.parametrize(("name", "chance"), [("adwin", 0.002 / 32), ("hddm_a", 0.001), ("hddm_w", 0.001)])
def test_errors_at_a_steady_rate_are_no_drift_more_often_than_claimed(
    name: str, chance: float, rate: float, rng: np.random.Generator
) -> None:
    assert len(drifts(name, (rng.random(VALUES) < rate).astype(float))) <= chance * VALUES


@pytest.mark.parametrize(("name", "chance"), [("adwin", 0.002 / 32), ("kswin", 0.005)])
def test_steady_numbers_are_no_drift_more_often_than_claimed(
    name: str, chance: float, rng: np.random.Generator
) -> None:
    for values in (rng.normal(0, 1, VALUES), rng.exponential(1, VALUES)):
        assert len(drifts(name, values)) <= chance * VALUES


@pytest.mark.parametrize("threshold", [4.0, 5.0, 6.0])
def test_cusum_has_the_run_length_that_is_claimed(threshold: float, rng: np.random.Generator) -> None:
    b = threshold + 1.166
    claimed = math.exp(b) - b - 1  # Siegmund's approximation, in both directions, of a slack of .5
    found = drifts("cusum", rng.normal(7, 3, 1_000_000), {"mean": 7.0, "scale": 3.0, "threshold": threshold})
    assert 1_000_000 / len(found) == pytest.approx(claimed, rel=0.08)


@pytest.mark.parametrize(
    ("name", "rate", "bound"),
    [("adwin", 0.3, 256), ("ddm", 0.3, 400), ("eddm", 0.3, 400), ("hddm_a", 0.3, 250), ("hddm_w", 0.6, 60)],
)
def test_errors_that_get_frequent_are_found(name: str, rate: float, bound: int) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = (rng.random(3000) < np.repeat([0.1, rate], [2000, 1000])).astype(float)
        assert any(2000 <= index < 2000 + bound for index in drifts(name, values)), seed


@pytest.mark.parametrize(
    ("name", "shift", "bound"),
    [("adwin", 1, 96), ("page_hinkley", 1, 120), ("cusum", 1, 50), ("kswin", 2, 50)],
)
@pytest.mark.parametrize("way", [1, -1])
def test_numbers_that_move_are_found(name: str, shift: float, bound: int, way: int) -> None:
    for seed in range(20):
        values = np.random.default_rng(seed).normal(way * shift * np.repeat([0, 1], [2000, 1000]), 1)
        assert any(2000 <= index < 2000 + bound for index in drifts(name, values)), seed


def test_only_kswin_finds_a_spread_that_grows_without_the_mean() -> None:
    found = {"kswin": 0, "adwin": 0}
    given: dict[str, dict[str, Plain]] = {"kswin": {"window": 200, "newest": 60}, "adwin": {}}
    for seed in range(20):
        values = np.random.default_rng(seed).normal(0, np.repeat([1.0, 6.0], 500))
        for name in found:
            found[name] += any(500 <= index < 700 for index in drifts(name, values, given[name]))
    assert found["kswin"] >= 18
    assert found["adwin"] <= 10
