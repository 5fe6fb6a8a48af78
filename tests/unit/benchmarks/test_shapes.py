from __future__ import annotations

import numpy as np
import pytest

from alert_quality.shapes import SHAPES, Shape

DRAWS = 200_000
shapes = pytest.mark.parametrize("shape", [*SHAPES[:4], SHAPES[5]], ids=lambda shape: type(shape).__name__)


@shapes
def test_a_shape_has_mean_0_and_variance_1(shape: Shape) -> None:
    values = shape.draw(np.random.default_rng(1), (DRAWS,))
    assert values.mean() == pytest.approx(0, abs=5 / DRAWS**0.5)
    assert values.var() == pytest.approx(1, abs=0.04)


@shapes
def test_all_of_a_shape_lies_below_infinity(shape: Shape) -> None:
    assert shape.below(np.array([1e4])) == pytest.approx(np.array([[1.0], [0.0], [1.0]]), abs=2e-3)


@shapes
def test_moments_below_a_point_are_those_of_the_draws_below_it(shape: Shape) -> None:
    values = shape.draw(np.random.default_rng(2), (DRAWS,))
    points = np.array([-1.1, -0.3, 0.4, 1.2])
    for point, exact in zip(points, shape.below(points).T, strict=True):
        under = values < point
        found = [(under * values**power).mean() for power in range(3)]
        assert exact == pytest.approx(found, abs=0.01)


@shapes
def test_a_quantile_has_its_share_below_it(shape: Shape) -> None:
    shares = np.array([1e-6, 0.01, 0.3, 0.5, 0.9, 1 - 1e-6])
    assert shape.below(shape.quantile(shares))[0] == pytest.approx(shares, abs=1e-9)
