"""The metrics of classifiers of several classes are scikit-learn's."""

from __future__ import annotations

import warnings
from dataclasses import replace
from importlib import import_module
from typing import Any, Final

import numpy as np
import pytest

from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass, most_frequent
from driftgauge.performance.registry import MULTICLASS, measured

sklearn: Any = import_module("sklearn.metrics")
NAMES: Final = ("ant", "bee", "cat", "dog", "elk")
SCORES: Final = {name: f"{name}_score" for name in ("precision", "recall", "f1")}


def drawn(rng: np.random.Generator, rows: int, right: float = 0.6) -> tuple[list[str], list[str]]:
    labels = rng.choice(NAMES, rows, p=[0.4, 0.3, 0.2, 0.07, 0.03])
    predicted = np.where(rng.random(rows) < right, labels, rng.choice(NAMES, rows))
    return labels.tolist(), predicted.tolist()


@pytest.mark.parametrize("rows", [3, 20, 5_000])
@pytest.mark.parametrize("mean", ["macro", "weighted"])
def test_means_over_classes_are_scikit_learns(mean: str, rows: int, rng: np.random.Generator) -> None:
    labels, predicted = drawn(rng, rows)
    found = measured(count_multiclass(labels, predicted, NAMES))
    assert found["accuracy"].value == pytest.approx(sklearn.accuracy_score(labels, predicted), rel=1e-12)
    for name, function in SCORES.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes that were never predicted
            expected = getattr(sklearn, function)(labels, predicted, average=mean, zero_division=0)
        assert found[f"{mean}_{name}"].value == pytest.approx(expected, rel=1e-12)


def test_accuracy_does_not_depend_on_which_classes_are_kept(rng: np.random.Generator) -> None:
    labels, predicted = drawn(rng, 2_000)
    kept = most_frequent(labels, most=2)
    assert kept == ("ant", "bee")
    found = measured(count_multiclass(labels, predicted, kept))
    assert found["accuracy"].value == pytest.approx(sklearn.accuracy_score(labels, predicted), rel=1e-12)
    assert found["weighted_recall"].value == pytest.approx(sklearn.accuracy_score(labels, predicted), rel=1e-12)
    macro = sklearn.recall_score(labels, predicted, average="macro", labels=list(kept))
    assert found["macro_recall"].value == pytest.approx(macro, rel=1e-12)


@pytest.mark.parametrize("name", list(MULTICLASS))
def test_the_error_is_how_far_values_of_samples_spread(name: str, rng: np.random.Generator) -> None:
    found = [MULTICLASS[name].measure(count_multiclass(*drawn(rng, 800), NAMES)) for _ in range(400)]
    errors = [one.error for one in found if one.error is not None]
    values = [one.value for one in found if one.value is not None]
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.12)


@pytest.mark.parametrize("name", list(MULTICLASS))
def test_the_error_is_the_jackknifes(name: str, rng: np.random.Generator) -> None:
    """The variance is the sum over rows of the squares of what one more such row changes (Jaeckel 1972)."""
    confusion = rng.integers(1, 400, (4, 4)) + np.diag([900, 20, 300, 500])
    counts = replace(MulticlassCounts.empty(["a", "b", "c"]), confusion=confusion, other_right=350)
    found = MULTICLASS[name].measure(counts)
    variance = 0.0
    for truth, said in np.ndindex(4, 4):
        more = confusion.copy()
        more[truth, said] += 1
        right = int(truth == said == 3)
        rows = int(counts.right[truth]) if truth == said else int(confusion[truth, said])
        changes = [(rows, right)] + [(int(confusion[3, 3]) - rows, 0)] * right
        for times, of_them_right in changes:
            now = replace(counts, confusion=more, other_right=350 + of_them_right)
            value = MULTICLASS[name].measure(now).value
            assert value is not None
            assert found.value is not None
            variance += times * (value - found.value) ** 2
    assert found.error == pytest.approx(variance**0.5, rel=5e-3 if name != "accuracy" else 2e-2)


def test_perfection_in_few_rows_is_not_taken_for_sure() -> None:
    for found in measured(count_multiclass(["ant"] * 8 + ["bee"] * 8, ["ant"] * 8 + ["bee"] * 8, NAMES)).values():
        assert found.value == 1.0
        assert 0.02 < (found.error or 0.0) < 0.2


def test_without_rows_or_classes_every_metric_says_why() -> None:
    for found in measured(MulticlassCounts.empty(NAMES)).values():
        assert (found.value, found.reason) == (None, "no rows")
    strange = measured(count_multiclass(["x"], ["x"], ["a"]))
    assert strange["macro_f1"].reason == "no class that is kept by name in 1 rows"
    assert strange["accuracy"].value == 1.0


def test_counts_of_other_classes_do_not_mix() -> None:
    with pytest.raises(ValueError, match="counts of 1 and of 2 classes are not of one model"):
        MulticlassCounts.empty(["a"]).minus(MulticlassCounts.empty(["a", "b"]))
    with pytest.raises(ValueError, match="a class is named twice"):
        count_multiclass(["a"], ["a"], ["a", "a"])
    with pytest.raises(ValueError, match="1 labels and 2 predictions are no rows"):
        count_multiclass(["a"], ["a", "a"], ["a"])
