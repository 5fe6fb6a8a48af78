"""The metrics of binary classifiers are scikit-learn's, from 1,000 bins of any scores."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

import numpy as np
import pytest
from scipy.special import expit

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.binary import BinaryCounts, count_binary
from driftgauge.performance.registry import BINARY, measured
from driftgauge.performance.reliability import reliability

sklearn: Any = import_module("sklearn.metrics")
calibration_curve: Any = import_module("sklearn.calibration").calibration_curve
ROWS: Final = 20_000

Scores = Callable[[FloatArray, FloatArray], FloatArray]
"""What becomes of even draws, and of normal ones that are 1.2 higher for positives."""
LAWS: Final[dict[str, Scores]] = {
    "two decimals": lambda _, shifted: np.round(expit(shifted), 2),
    "three decimals": lambda _, shifted: np.round(expit(shifted), 3),
    "one score": lambda even, _: np.full(even.size, 0.37),
    "five scores": lambda _, shifted: np.digitize(shifted, [-1, 0, 1, 2]) / 5,
    "undecided": lambda _, shifted: np.clip(0.5 + 0.01 * shifted, 0, 1),
    "rare": lambda _, shifted: np.minimum(0.01 * np.exp(shifted), 1),
    "very rare": lambda _, shifted: np.minimum(0.0003 * np.exp(shifted), 1),
    "sure": lambda _, shifted: expit(8 * shifted - 4),
    "reversed": lambda _, shifted: expit(-shifted),
    "close to one": lambda _, shifted: 1 - 1e-4 * np.exp(-shifted),
    "an atom amid others": lambda even, shifted: np.where(even < 0.4, 0.62, expit(shifted)),
    "even": lambda even, _: even,
    "calibrated": lambda even, _: even**3,
}
SHARES: Final = {"rare": 0.02, "very rare": 0.02}
every_law = pytest.mark.parametrize("law", list(LAWS))


def drawn(law: str, rng: np.random.Generator, rows: int = ROWS) -> tuple[IntArray, FloatArray]:
    """Labels and scores of a classifier; `law` says how its scores are distributed."""
    even, chance = rng.random((2, rows))
    if law in {"even", "calibrated"}:
        scores = LAWS[law](even, even)
        return (chance < (scores if law == "calibrated" else 0.2 + 0.5 * even)).astype(np.int64), scores
    labels = (chance < SHARES.get(law, 0.3)).astype(np.int64)
    return labels, LAWS[law](even, rng.standard_normal(rows) + 1.2 * labels)


@every_law
def test_metrics_of_scores_are_scikit_learns(law: str, rng: np.random.Generator) -> None:
    labels, scores = drawn(law, rng)
    found = measured(count_binary(labels, scores >= 0.5, scores))
    assert found["roc_auc"].value == pytest.approx(sklearn.roc_auc_score(labels, scores), abs=1e-3)
    assert found["average_precision"].value == pytest.approx(sklearn.average_precision_score(labels, scores), abs=1e-3)
    assert found["log_loss"].value == pytest.approx(sklearn.log_loss(labels, scores), rel=1e-9)
    assert found["brier"].value == pytest.approx(sklearn.brier_score_loss(labels, scores), rel=1e-9)


@every_law
@pytest.mark.parametrize("rows", [60, 300, 2_000])
def test_with_fewer_rows_bins_cost_at_most_a_quarter_of_the_sampling_error(law: str, rows: int) -> None:
    for seed in range(20):
        labels, scores = drawn(law, np.random.default_rng(seed), rows)
        if labels.min() < labels.max():
            found = measured(count_binary(labels, scores >= 0.5, scores))
            for name in ("roc_auc", "average_precision"):
                exact = getattr(sklearn, f"{name}_score")(labels, scores)
                assert found[name].value == pytest.approx(exact, abs=(found[name].error or 0.0) / 4)


def test_scores_that_all_lie_in_a_few_bins_are_where_the_approximation_ends(rng: np.random.Generator) -> None:
    """Two thirds of these scores are within 0.002 of each other, which is as wide as a bin there."""
    labels, scores = drawn("undecided", rng)
    scores = 0.5 + (scores - 0.5) / 10
    found = measured(count_binary(labels, scores >= 0.5, scores))
    assert found["roc_auc"].value == pytest.approx(sklearn.roc_auc_score(labels, scores), abs=0.01)


@every_law
def test_metrics_of_labels_are_scikit_learns(law: str, rng: np.random.Generator) -> None:
    labels, scores = drawn(law, rng)
    predicted = (scores >= np.quantile(scores, 0.6)).astype(np.int64)
    found = measured(count_binary(labels, predicted))
    assert found["accuracy"].value == sklearn.accuracy_score(labels, predicted)
    assert found["precision"].value == pytest.approx(sklearn.precision_score(labels, predicted), rel=1e-12)
    assert found["recall"].value == pytest.approx(sklearn.recall_score(labels, predicted), rel=1e-12)
    assert found["f1"].value == pytest.approx(sklearn.f1_score(labels, predicted), rel=1e-12)
    negatives = sklearn.recall_score(1 - labels, 1 - predicted)
    assert found["specificity"].value == pytest.approx(negatives, rel=1e-12)
    assert found["roc_auc"].reason == "no rows with a score"


@pytest.mark.parametrize("law", ["even", "calibrated", "rare", "sure"])
def test_the_reliability_curve_is_scikit_learns_on_bins_of_equally_many_rows(
    law: str, rng: np.random.Generator
) -> None:
    labels, scores = drawn(law, rng)
    counts = count_binary(labels, scores >= 0.5, scores)
    exact: tuple[FloatArray, FloatArray] = calibration_curve(labels, scores, n_bins=10, strategy="quantile")
    shares, means = exact
    curve = reliability(counts)
    assert curve.scores.tolist() == pytest.approx(means.tolist(), abs=0.01)
    assert curve.rows.sum() == ROWS
    error = float(np.mean(np.abs(shares - means)))
    assert BINARY["ece"].measure(counts).value == pytest.approx(error, abs=2e-3)


def test_reliability_on_scores_of_few_values_is_exact(rng: np.random.Generator) -> None:
    labels, scores = drawn("five scores", rng)
    curve = reliability(count_binary(labels, scores >= 0.5, scores), bins=50)
    values = np.unique(scores)
    assert curve.scores.tolist() == pytest.approx(values.tolist(), rel=1e-9)
    assert curve.shares.tolist() == [float(labels[scores == value].mean()) for value in values.tolist()]


def test_a_curve_of_no_scores_is_empty() -> None:
    assert reliability(count_binary([1], [1])).rows.size == 0


@pytest.mark.parametrize(
    ("labels", "predicted", "scores", "reasons"),
    [
        ([], [], [], {"accuracy": "no rows", "ece": "no rows with a score", "log_loss": "no rows with a score"}),
        ([0, 0], [0, 0], [0.1, 0.2], {"precision": "no predicted positives in 2 rows"}),
        ([0, 0], [0, 0], [0.1, 0.2], {"recall": "no positives in 2 rows"}),
        ([0, 0], [0, 0], [0.1, 0.2], {"f1": "neither positives nor predicted positives in 2 rows"}),
        ([1, 1], [1, 0], [0.1, 0.2], {"specificity": "no negatives in 2 rows"}),
        ([0, 0], [0, 0], [0.1, 0.2], {"roc_auc": "no positives in 2 rows with a score"}),
        ([1, 1], [1, 0], [0.1, 0.2], {"average_precision": "no negatives in 2 rows with a score"}),
    ],
)
def test_what_is_undefined_is_none_and_says_why(
    labels: list[int], predicted: list[int], scores: list[float], reasons: dict[str, str]
) -> None:
    found = measured(count_binary(labels, predicted, scores))
    for name, reason in reasons.items():
        assert (found[name].value, found[name].error, found[name].reason) == (None, None, reason)


def test_perfection_in_few_rows_is_not_taken_for_sure() -> None:
    found = measured(count_binary([1] * 10 + [0] * 10, [1] * 10 + [0] * 10, [0.9] * 10 + [0.1] * 10))
    for name in ("accuracy", "precision", "recall", "specificity", "f1", "roc_auc", "average_precision"):
        assert found[name].value == 1.0
        assert 0.02 < (found[name].error or 0.0) < 0.2, name


def test_a_single_row_has_losses_without_an_error() -> None:
    found = measured(count_binary([1], [1], [0.8]))
    assert (found["brier"].value, found["brier"].error) == (pytest.approx(0.04), None)


@pytest.mark.parametrize("name", list(BINARY))
def test_the_error_is_how_far_values_of_samples_spread(name: str, rng: np.random.Generator) -> None:
    """The mean error over samples is near the standard deviation of the values."""
    values: list[float] = []
    errors: list[float] = []
    for _ in range(400):
        scores = rng.beta(1.2, 2.0, 500)
        labels = rng.random(500) < scores**1.3
        found = BINARY[name].measure(count_binary(labels, scores >= 0.4, scores))
        assert found.value is not None
        assert found.error is not None
        values.append(found.value)
        errors.append(found.error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.35 if name == "ece" else 0.12)


def test_labels_must_be_zero_and_one() -> None:
    with pytest.raises(ValueError, match="must be a row of 0 and 1"):
        count_binary([0, 2], [0, 1])
    with pytest.raises(ValueError, match="2 labels, 1 predictions and 2 scores are no rows"):
        count_binary([0, 1], [0])


def test_a_score_that_is_no_probability_counts_as_none() -> None:
    counts = count_binary([0, 1, 1], [0, 1, 1], [-0.1, np.inf, 0.7])
    assert (counts.n, counts.scored) == (3, 1)
    assert isinstance(counts, BinaryCounts)
