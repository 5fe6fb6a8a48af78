"""Estimates of several classes are right where confidences mean what they did, and know how far off they may be."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any, Final

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.class_cbpe import ESTIMATED, ClassCbpe, estimated_classes, fit_class_cbpe
from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass
from driftgauge.performance.registry import MULTICLASS
from driftgauge.performance.score_bins import CONFIDENCE_BINS
from driftgauge.performance.steps import Steps, fit_steps
from driftgauge.performance.thresholds import PerformanceVerdict
from driftgauge.performance.unlabelled import ConfidenceCounts, count_said

metrics: Any = import_module("sklearn.metrics")
isotonic: Any = import_module("sklearn.isotonic")
NAMES: Final = ("ant", "bee", "cat", "dog")
LOGITS: Final = np.random.default_rng(1).normal(size=(5, len(NAMES)))


def softmax(logits: FloatArray) -> FloatArray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: FloatArray = powers / powers.sum(axis=1, keepdims=True)
    return found


def drawn(
    rng: np.random.Generator,
    rows: int = 2_000,
    *,
    shift: float = 0.0,
    scale: float = 1.0,
    temperature: float | None = None,
    flipped: float = 0.0,
) -> MulticlassCounts:
    """Rows of features that a `shift` and a `scale` change, while what is true for given features stays as it was.

    The model promises too much, and less so of the first class; with a `temperature` its logits are off by that factor.
    Of the outcomes so many are `flipped`: what is true for given features is then another.
    """
    features = rng.normal(size=(rows, 5)) * scale
    features[:, 0] += shift
    shares = softmax(features @ LOGITS)
    true: IntArray = np.minimum((shares.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1), len(NAMES) - 1)
    said: IntArray = shares.argmax(axis=1)
    sure = shares.max(axis=1) ** 0.5 * np.where(said == 0, 0.8, 1.0)
    if temperature is not None:
        sure = softmax(features @ LOGITS / temperature).max(axis=1)
    true = np.where(rng.random(rows) < flipped, rng.integers(0, len(NAMES), rows), true)
    return count_multiclass(named(true), named(said), NAMES, sure)


def named(places: IntArray) -> list[str]:
    return [NAMES[place] for place in places.tolist()]


def fitted_to(rng: np.random.Generator, rows: int = 2_000, temperature: float | None = None) -> ClassCbpe:
    return fit_class_cbpe([drawn(rng, rows, temperature=temperature) for _ in range(10)])


def realised(name: str, counts: MulticlassCounts) -> float:
    value = MULTICLASS[name].measure(counts).value
    assert value is not None
    return value


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (1.0, 1.0), (2.0, 1.0), (0.0, 0.7)])
def test_realised_values_lie_about_the_estimate_as_the_confidence_says(shift: float, scale: float) -> None:
    """Over 200 cohorts, ten of each of twenty references, whose calibrations are off in ways of their own."""
    distances: dict[str, list[float]] = {name: [] for name in ESTIMATED}
    for reference in range(20):
        rng = np.random.default_rng([reference, 7])
        fitted = fitted_to(rng)
        for _ in range(10):
            counts = drawn(rng, shift=shift, scale=scale)
            for name, estimate in estimated_classes(fitted, ConfidenceCounts.of(counts)).items():
                assert estimate.measured.value is not None
                assert estimate.lower is not None
                reach = (estimate.measured.value - estimate.lower) / 3
                distances[name].append((realised(name, counts) - estimate.measured.value) / reach)
    for name, found in distances.items():
        assert 0.8 < np.std(found) < 1.2, name
        assert abs(np.mean(found)) < 0.4, name
        assert np.mean(np.abs(found) > 2) < 0.09, f"{name}: of two errors, chance leaves out 4.6 per cent"
        assert sum(np.abs(found) > 3) <= 3, f"{name}: of three, 0.27 per cent: half a cohort of 200"


def test_without_what_the_calibration_may_be_off_too_many_would_lie_outside() -> None:
    outside = {"with": 0, "without": 0}
    for reference in range(40):
        rng = np.random.default_rng([reference, 11])
        fitted = fitted_to(rng, rows=300)
        certain = replace(
            fitted, steps=tuple(replace(steps, errors=np.zeros(steps.errors.size)) for steps in fitted.steps)
        )
        counts = drawn(rng, 10_000, shift=1.0)
        for name, by in (("with", fitted), ("without", certain)):
            estimate = estimated_classes(by, ConfidenceCounts.of(counts))["accuracy"]
            assert estimate.lower is not None
            assert estimate.upper is not None
            outside[name] += not estimate.lower <= realised("accuracy", counts) <= estimate.upper
    assert outside["with"] <= 1
    assert outside["without"] >= 4


def test_a_fall_by_changed_inputs_is_followed_and_judged_degraded(rng: np.random.Generator) -> None:
    fitted = fitted_to(rng)
    usual, harder = drawn(rng, 20_000), drawn(rng, 20_000, scale=0.5)
    assert realised("accuracy", harder) < realised("accuracy", usual) - 0.1
    for name in ESTIMATED:
        before, after = (estimated_classes(fitted, ConfidenceCounts.of(counts))[name] for counts in (usual, harder))
        assert before.measured.value == pytest.approx(realised(name, usual), abs=0.01)
        assert after.measured.value == pytest.approx(realised(name, harder), abs=0.02)
        assert before.judgement.verdict is PerformanceVerdict.STABLE
        assert after.judgement.verdict is PerformanceVerdict.DEGRADED


def test_another_relation_of_inputs_and_outcomes_is_not_seen(rng: np.random.Generator) -> None:
    fitted = fitted_to(rng)
    counts = drawn(rng, 20_000, flipped=0.3)
    estimate = estimated_classes(fitted, ConfidenceCounts.of(counts))["accuracy"]
    assert realised("accuracy", counts) < 0.5
    assert estimate.measured.value == pytest.approx(realised("accuracy", drawn(rng, 20_000)), abs=0.02)
    assert estimate.judgement.verdict is PerformanceVerdict.STABLE


def test_a_confidence_that_means_another_thing_for_other_inputs_costs_hundredths(rng: np.random.Generator) -> None:
    """With logits twice too large, a confidence does not follow from the chance to be right alone: the docs say so."""
    fitted = fitted_to(rng, temperature=0.5)
    counts = [drawn(rng, 50_000, shift=shift, temperature=0.5) for shift in (0.0, 1.0, 2.0)]
    off = [
        (estimated_classes(fitted, ConfidenceCounts.of(each))["accuracy"].measured.value or 0.0)
        - realised("accuracy", each)
        for each in counts
    ]
    assert abs(off[0]) < 0.007
    assert abs(off[1]) < 0.02
    assert abs(off[2]) < 0.045


def test_a_class_that_promises_more_than_others_is_read_by_what_became_of_it() -> None:
    rows = 4_000
    said = ["ant"] * rows + ["bee"] * rows
    true = ["ant"] * (rows * 6 // 10) + ["bee"] * (rows * 4 // 10 + rows)
    chunk = count_multiclass(true, said, ["ant", "bee"], [0.9] * 2 * rows)
    fitted = fit_class_cbpe([chunk, chunk])
    one = estimated_classes(fitted, count_said(["ant"] * 500, ["ant", "bee"], [0.9] * 500))["accuracy"].measured.value
    other = estimated_classes(fitted, count_said(["bee"] * 500, ["ant", "bee"], [0.9] * 500))["accuracy"].measured.value
    assert (one, other) == (pytest.approx(0.6, abs=0.02), pytest.approx(1.0, abs=0.02))


def test_a_class_without_rows_in_the_reference_is_read_as_all_are_and_less_surely(rng: np.random.Generator) -> None:
    fitted = fitted_to(rng)
    known = estimated_classes(fitted, count_said(["bee"] * 5_000, NAMES, [0.9] * 5_000))["accuracy"]
    new = estimated_classes(fitted, count_said(["eel"] * 5_000, NAMES, [0.9] * 5_000))["accuracy"]
    assert new.measured.value == pytest.approx(known.measured.value, abs=0.1)
    assert known.measured.error is not None
    assert new.measured.error is not None
    assert new.measured.error > 1.5 * known.measured.error


sure = st.one_of(st.sampled_from([0.0, 0.4, 0.75, 1.0]), st.floats(0, 1))
windows = st.lists(st.tuples(st.sampled_from([*NAMES, "eel"]), sure), min_size=1, max_size=40)
FITTED: Final = fit_class_cbpe([drawn(np.random.default_rng([3, chunk]), 500) for chunk in range(4)])


@settings(max_examples=60)
@given(windows)
def test_estimates_are_scikit_learns_metrics_of_rows_that_are_right_by_so_much(rows: list[tuple[str, float]]) -> None:
    said = [name for name, _ in rows]
    counts = count_said(said, NAMES, [confidence for _, confidence in rows])
    places, slots = np.nonzero(counts.rows)
    times = counts.rows[places, slots]
    read = np.stack([steps.weights() @ steps.shares for steps in FITTED.steps])
    shares = read[places, slots]
    predicted = np.concatenate([places, places])
    true = np.concatenate([places, np.full(places.size, 99)])
    weights = np.concatenate([times * shares, times * (1 - shares)])
    found = estimated_classes(FITTED, counts)
    assert found["accuracy"].measured.value == pytest.approx(
        metrics.accuracy_score(true, predicted, sample_weight=weights)
    )
    counted = [k for k in range(4) if k in places or FITTED.shares[k] * len(rows) >= 1]
    macro = found["macro_precision"].measured
    if counted:
        options = {"labels": counted, "average": "macro", "sample_weight": weights, "zero_division": 0.0}
        assert macro.value == pytest.approx(metrics.precision_score(true, predicted, **options))
    else:
        assert macro.reason == f"no class that is kept by name in {len(rows)} rows"


@settings(max_examples=60)
@given(windows, windows)
def test_merged_windows_are_estimated_as_their_rows_together(
    one: list[tuple[str, float]], other: list[tuple[str, float]]
) -> None:
    parts = [count_said([name for name, _ in rows], NAMES, [sure for _, sure in rows]) for rows in (one, other)]
    values = [estimated_classes(FITTED, part)["accuracy"].measured.value or 0.0 for part in parts]
    whole = estimated_classes(FITTED, parts[0].plus(parts[1]))["accuracy"]
    assert whole.measured.value == pytest.approx((values[0] * len(one) + values[1] * len(other)) / len(one + other))
    assert whole.lower is not None
    assert whole.upper is not None
    assert whole.measured.value is not None
    assert 0 <= whole.lower <= whole.measured.value <= whole.upper <= 1
    assert whole.lower < whole.upper


def test_the_error_of_what_was_learned_is_that_of_other_references(rng: np.random.Generator) -> None:
    """Outcomes are drawn anew for one set of predictions: so much do estimates of one window differ."""
    window = ConfidenceCounts.of(drawn(rng, 100_000, shift=1.0))
    values: list[float] = []
    errors: list[float] = []
    for _ in range(150):
        estimate = estimated_classes(fit_class_cbpe([drawn(rng, 500) for _ in range(4)]), window)["accuracy"]
        assert estimate.measured.value is not None
        assert estimate.lower is not None
        values.append(estimate.measured.value)
        errors.append((estimate.measured.value - estimate.lower) / 3)  # of so many rows, chance has little part in it
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.2)


@given(st.lists(st.tuples(st.integers(0, CONFIDENCE_BINS - 1), st.integers(1, 30), st.integers(0, 30)), min_size=1))
def test_steps_are_scikit_learns_isotonic_regression(cells: list[tuple[int, int, int]]) -> None:
    rows, right = np.zeros((2, CONFIDENCE_BINS))
    for place, n, came_true in cells:
        rows[place] += n
        right[place] += min(came_true, n)
    steps = fit_steps(rows, right)
    assert steps.weights().sum(axis=1).tolist() == pytest.approx([1.0] * CONFIDENCE_BINS)
    bins = np.flatnonzero(rows)
    expected = isotonic.IsotonicRegression(out_of_bounds="clip").fit(
        bins, right[bins] / rows[bins], sample_weight=rows[bins]
    )
    found = steps.weights() @ steps.shares
    assert found.tolist() == pytest.approx(expected.predict(np.arange(CONFIDENCE_BINS)).tolist(), abs=1e-9)
    back = Steps.from_json(orjson.loads(orjson.dumps(steps.to_json())))
    assert (back.weights() @ back.shares).tolist() == found.tolist()


def test_what_was_learned_is_small_and_read_back(rng: np.random.Generator) -> None:
    fitted = fitted_to(rng)
    written = orjson.dumps(fitted.to_json())
    assert len(written) < 4_000 * len(fitted.steps)
    window = ConfidenceCounts.of(drawn(rng))
    assert estimated_classes(ClassCbpe.from_json(orjson.loads(written)), window) == estimated_classes(fitted, window)


def test_a_window_without_confidences_or_with_few_is_not_judged(rng: np.random.Generator) -> None:
    fitted = fitted_to(rng)
    nothing = estimated_classes(fitted, ConfidenceCounts.empty(NAMES))
    assert {(found.measured.value, found.judgement.reason) for found in nothing.values()} == {(None, "no rows")}
    few = estimated_classes(fitted, count_said(["ant"], NAMES, [0.8]), minimum_rows=30)
    assert few["accuracy"].judgement.reason == "1 rows; 30 are needed"


def test_a_class_that_should_occur_and_is_never_predicted_counts_as_never_right(rng: np.random.Generator) -> None:
    fitted = fitted_to(rng)
    window = count_said(["ant", "bee", "cat"] * 100, NAMES, [0.9] * 300)
    found = estimated_classes(fitted, window)
    assert found["macro_precision"].measured.value == pytest.approx(
        0.75 * (found["accuracy"].measured.value or 0.0), abs=1e-9
    )


def test_confidences_of_other_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="confidences of 2 and of 3 classes are not of one model"):
        ConfidenceCounts.empty(["a"]).plus(ConfidenceCounts.empty(["a", "b"]))
    with pytest.raises(ValueError, match="1 predictions and 2 confidences are no rows"):
        count_said(["a"], ["a"], [0.5, 0.5])
