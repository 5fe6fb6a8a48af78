"""A power is found whatever its exponent, and what is beyond the measured sizes follows the last step."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.costs.growth import fit_growth

SIZES = (100, 1_000, 10_000, 1_000_000)


@given(exponent=st.floats(-1, 3), factor=st.floats(1e-6, 1e6))
def test_an_exact_power_is_found(exponent: float, factor: float) -> None:
    growth = fit_growth([(size, factor * size**exponent) for size in SIZES])
    assert growth is not None
    assert math.isclose(growth.exponent, exponent, abs_tol=1e-6)
    assert math.isclose(growth.last, exponent, abs_tol=1e-6)
    assert math.isclose(growth.at(10_000), factor * 10_000**exponent, rel_tol=1e-6)


@given(costs=st.lists(st.floats(1e-6, 1e6), min_size=4, max_size=4), scale=st.floats(1e-3, 1e3))
def test_the_unit_of_a_cost_does_not_matter(costs: list[float], scale: float) -> None:
    one = fit_growth(list(zip(SIZES, costs, strict=True)))
    other = fit_growth([(size, cost * scale) for size, cost in zip(SIZES, costs, strict=True)])
    assert one is not None
    assert other is not None
    assert math.isclose(one.exponent, other.exponent, abs_tol=1e-6)
    assert math.isclose(other.at(5_000), scale * one.at(5_000), rel_tol=1e-6)


def test_a_fixed_part_hides_in_the_fit_but_not_in_the_last_step() -> None:
    growth = fit_growth([(size, 1.0 + 1e-4 * size) for size in SIZES])
    assert growth is not None
    assert growth.exponent < 0.6
    assert growth.last == pytest.approx(0.85, abs=0.05)
    assert growth.at(2_000_000) == pytest.approx(2 * growth.cost), "beyond what was measured, in proportion at least"


@pytest.mark.parametrize("points", [[], [(100, 1.0)], [(100, 1.0), (100, 2.0)], [(100, 1.0), (1000, 0.0)]])
def test_less_than_two_sizes_tell_no_growth(points: list[tuple[float, float]]) -> None:
    assert fit_growth(points) is None
