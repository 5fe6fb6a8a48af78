from __future__ import annotations

import numpy as np
import pytest

from alert_quality.counted import count_numbers
from alert_quality.features import NumericFeature
from alert_quality.shapes import SHAPES, Shape
from driftgauge.model.bins import NumericBins

ROWS = 20_000
BINS = NumericBins(edges=np.linspace(90.0, 110.0, 20), center=100.0, scale=5.0)
shapes = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{type(shape).__name__}")


@shapes
@pytest.mark.parametrize("level", [-40.0, -9.0, 0.0, 9.0, 40.0])
def test_hours_near_and_far_from_the_bins_have_the_sums_that_rows_would_have(shape: Shape, level: float) -> None:
    feature = NumericFeature(name="age", shape=shape, location=100.0, scale=5.0)
    levels, present = np.full(20, level), np.full(20, ROWS)
    found = count_numbers(feature, BINS, levels, present, np.random.default_rng(1))
    rows = 100.0 + 5.0 * (level + shape.draw(np.random.default_rng(2), (20 * ROWS,)))
    assert (found.counts.sum(axis=1) == ROWS).all()
    assert found.sums.sum() / rows.size == pytest.approx(rows.mean(), abs=0.04)
    assert found.squares.sum() / rows.size == pytest.approx(((rows - 100.0) ** 2).mean(), rel=0.02)
    shares = np.bincount(np.searchsorted(BINS.edges, rows, side="right"), minlength=BINS.slots) / rows.size
    assert found.counts.sum(axis=0) / rows.size == pytest.approx(shares, abs=0.005)
