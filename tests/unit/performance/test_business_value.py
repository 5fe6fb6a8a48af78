"""What predictions are worth follows from the confusion matrix and a matrix of values."""

from __future__ import annotations

import numpy as np
import pytest

from driftgauge.performance.binary import BinaryCounts, count_binary
from driftgauge.performance.business_value import CostMatrix, binary_value, multiclass_value
from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass

FRAUD = CostMatrix.of([[0, -5], [-100, 60]], unit="EUR")


def test_the_value_is_the_mean_over_rows(rng: np.random.Generator) -> None:
    labels, predicted = rng.integers(0, 2, (2, 500))
    worth = FRAUD.values[labels, predicted]
    found = binary_value(FRAUD).measure(count_binary(labels, predicted))
    assert found.value == pytest.approx(worth.mean(), rel=1e-12)
    assert found.error == pytest.approx(worth.std(ddof=1) / np.sqrt(500), rel=1e-12)


def test_classes_that_are_not_kept_have_a_value_of_their_own() -> None:
    costs = CostMatrix.of([[1, -1, -3], [-1, 1, -3], [-2, -2, 0]], unit="points")
    metric = multiclass_value(costs)
    found = metric.measure(count_multiclass(["a", "b", "z", "a"], ["a", "a", "b", "y"], ["a", "b"]))
    assert found.value == pytest.approx((1 - 1 - 2 - 3) / 4)
    assert (metric.name, metric.unit, metric.least, metric.greatest) == ("business_value", "points", -3.0, 1.0)


def test_no_rows_are_worth_nothing_that_could_be_said() -> None:
    assert binary_value(FRAUD).measure(BinaryCounts.empty()).reason == "no rows"


@pytest.mark.parametrize("values", [[[1.0, 2.0]], [[1.0]] * 2, [[float("nan"), 0], [0, 0]], [[]]])
def test_what_is_no_cost_matrix_is_refused(values: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="a cost matrix has a finite value"):
        CostMatrix.of(values, unit="EUR")


def test_a_matrix_of_other_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="of 2 classes does not fit counts of 4"):
        multiclass_value(FRAUD).measure(MulticlassCounts.empty(["a", "b", "c"]))
