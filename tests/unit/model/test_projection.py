from __future__ import annotations

import numpy as np
import pytest

from driftgauge.model.projection import ROWS_AT_ONCE, Projection

DIAGONAL = Projection(features=("x", "y"), means=np.zeros(2), scales=np.ones(2), components=np.full((2, 1), 0.5**0.5))


def test_an_error_is_the_distance_from_the_plane() -> None:
    errors = DIAGONAL.errors({"x": np.array([2.0, 0.0, 3.0]), "y": np.array([2.0, 1.0, -3.0])}, 3)
    assert errors == pytest.approx([0.0, 0.5**0.5, 3 * 2**0.5])


def test_what_is_missing_counts_as_the_mean() -> None:
    shifted = Projection(
        features=("x", "y"), means=np.array([10.0, 5.0]), scales=np.array([2.0, 1.0]), components=DIAGONAL.components
    )
    columns = {"x": np.array([np.nan, 12.0, np.inf, np.nan]), "y": np.array([6.0, np.nan, 6.0, np.nan])}
    errors = shifted.errors(columns, 4)
    assert errors[:3] == pytest.approx([0.5**0.5] * 3)
    assert np.isnan(errors[3])
    assert shifted.errors({"y": np.array([6.0])}, 1) == pytest.approx([0.5**0.5])
    assert np.isnan(shifted.errors({}, 2)).all()


def test_rows_do_not_depend_on_each_other() -> None:
    rng = np.random.default_rng(1)
    rows = 2 * ROWS_AT_ONCE + 5
    columns = {"x": rng.normal(size=rows), "y": rng.normal(size=rows)}
    together = DIAGONAL.errors(columns, rows)
    alone = DIAGONAL.errors({name: values[ROWS_AT_ONCE - 1 :] for name, values in columns.items()}, ROWS_AT_ONCE + 6)
    assert np.array_equal(together[ROWS_AT_ONCE - 1 :], alone)
    assert DIAGONAL.errors({"x": np.empty(0), "y": np.empty(0)}, 0).size == 0


def test_numbers_beyond_any_scale_are_no_error_of_finite_size() -> None:
    tiny = Projection(features=("x", "y"), means=np.zeros(2), scales=np.full(2, 1e-300), components=DIAGONAL.components)
    with np.errstate(all="raise"):
        errors = tiny.errors({"x": np.array([1e300]), "y": np.array([0.0])}, 1)
    assert np.isnan(errors).all() or errors[0] == 0
