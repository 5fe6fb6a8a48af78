"""The grid finds the same slots as a search per value, whatever the numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.model.bins import FloatArray
from driftgauge.profiling.binning import FEW, slots_of

SHAPES: dict[str, Callable[[np.random.Generator, int], FloatArray]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy tails": lambda rng, n: rng.lognormal(0, 4, size=n),
    "few values": lambda rng, n: rng.integers(0, 40, n).astype(float),
    "huge": lambda rng, n: rng.normal(size=n) * 1e149,
    "tiny": lambda rng, n: rng.normal(size=n) * 1e-305,
    "far from zero": lambda rng, n: 1e15 + rng.integers(0, 1_000, n).astype(np.float64),
    "a spike": lambda rng, n: np.where(rng.random(n) < 0.5, 0.0, rng.normal(size=n)),
}


def searched(values: FloatArray, edges: FloatArray) -> list[int]:
    return np.searchsorted(edges, values, side="right").tolist()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [2, 3, 257, 5_000])
def test_slots_are_those_of_a_search(shape: str, count: int) -> None:
    rng = np.random.default_rng(count)
    values = SHAPES[shape](rng, 2 * FEW)
    edges = np.unique(rng.choice(values, count))
    edges = np.append(edges, np.nextafter(edges[-1], np.inf))
    beside = np.concatenate((values, edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)))
    assert slots_of(beside, edges).tolist() == searched(beside, edges)


@given(
    st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=20, unique=True),
    st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=50),
)
def test_any_edges_and_values_agree_with_a_search(edges: list[float], values: list[float]) -> None:
    ascending = np.array(sorted({*edges, float(np.nextafter(max(edges), np.inf))}))
    many = np.array((values * FEW)[: 2 * FEW])
    assert slots_of(many, ascending).tolist() == searched(many, ascending)


def test_a_constant_reference_has_no_range_to_cut() -> None:
    edges = np.array([5.0, np.nextafter(5.0, np.inf)])
    values = np.repeat([4.0, 5.0, 6.0], FEW)
    assert slots_of(values, edges).tolist() == searched(values, edges)
