"""The metrics of regressors are scikit-learn's."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from driftgauge.model.bins import FloatArray
from driftgauge.performance.registry import REGRESSION, measured
from driftgauge.performance.regression import RegressionCounts, count_regression

sklearn: Any = import_module("sklearn.metrics")
ORACLES = {
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
    "rmse": "root_mean_squared_error",
    "mape": "mean_absolute_percentage_error",
    "r2": "r2_score",
    "rmsle": "root_mean_squared_log_error",
}


def drawn(rng: np.random.Generator, rows: int, scale: float = 1.0) -> tuple[FloatArray, FloatArray]:
    truth = rng.gamma(3.0, 2.0, rows)
    return scale * truth, scale * np.abs(truth + rng.normal(0, 0.3 + 0.2 * truth))


@pytest.mark.parametrize("name", list(ORACLES))
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
def test_losses_are_scikit_learns(name: str, scale: float, rng: np.random.Generator) -> None:
    truth, said = drawn(rng, 5_001, scale)
    found = measured(count_regression(truth, said))[name]
    assert found.value == pytest.approx(getattr(sklearn, ORACLES[name])(truth, said), rel=1e-9)


def test_every_metric_has_an_oracle() -> None:
    assert list(REGRESSION) == list(ORACLES)


def test_r2_of_values_far_from_zero_is_exact(rng: np.random.Generator) -> None:
    near = rng.normal(size=1_000)
    said = near + rng.normal(size=1_000) / 2
    expected = REGRESSION["r2"].measure(count_regression(near, said))
    found = REGRESSION["r2"].measure(count_regression(near + 1e6, said + 1e6))
    assert found.value == pytest.approx(expected.value, rel=1e-9)
    assert found.error == pytest.approx(expected.error, rel=1e-6)


@pytest.mark.parametrize("name", list(ORACLES))
def test_the_error_is_how_far_values_of_samples_spread(name: str, rng: np.random.Generator) -> None:
    found = [REGRESSION[name].measure(count_regression(*drawn(rng, 2_000))) for _ in range(400)]
    errors = [one.error for one in found if one.error is not None]
    values = [one.value for one in found if one.value is not None]
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


@pytest.mark.parametrize(
    ("outcomes", "predictions", "name", "reason"),
    [
        ([], [], "mae", "no rows"),
        ([], [], "r2", "no rows"),
        ([], [], "rmse", "no rows"),
        ([], [], "mape", "no rows"),
        ([0.0, 0.0], [1.0, 2.0], "mape", "all 2 true values are 0"),
        ([0.1, 0.1, 0.1], [1.0, 2.0, 3.0], "r2", "the true values of all 3 rows are the same"),
        ([1e9 + 0.1] * 7, [1.0] * 7, "r2", "the true values of all 7 rows are the same"),
        ([-1.0, 5.0], [1.0, 2.0], "rmsle", "1 of 2 rows have a value of -1 or less"),
    ],
)
def test_what_is_undefined_is_none_and_says_why(
    outcomes: list[float], predictions: list[float], name: str, reason: str
) -> None:
    found = measured(count_regression(outcomes, predictions))[name]
    assert (found.value, found.error, found.reason) == (None, None, reason)


def test_without_any_loss_there_is_no_error() -> None:
    found = measured(count_regression([1.0, 2.0], [1.0, 2.0]))
    assert (found["rmse"].value, found["rmse"].error) == (0.0, 0.0)
    assert found["r2"].value == 1.0


def test_what_is_no_measurement_is_counted_beside() -> None:
    counts = count_regression([1.0, np.nan, 1e80, 1.0], [1.0, 1.0, 1.0, -np.inf])
    assert (counts.n, counts.unusable) == (1, 3)
    assert measured(counts)["mae"].error is None
    assert isinstance(RegressionCounts.empty(), RegressionCounts)
    with pytest.raises(ValueError, match="1 outcomes and 2 predictions are no rows"):
        count_regression([1.0], [1.0, 2.0])


def test_a_nearly_zero_true_value_overflows_nothing() -> None:
    found = measured(count_regression([5e-324, 1.0], [1e60, 1.0]))
    assert all(one.value is not None and np.isfinite(one.value) for one in found.values())
