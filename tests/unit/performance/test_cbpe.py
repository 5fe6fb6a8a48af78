"""Estimates without outcomes are right where scores are probabilities, and from bins nearly what rows would give."""

from __future__ import annotations

import numpy as np
import pytest

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.binary import count_binary
from driftgauge.performance.calibration import Calibration, calibration_error, fit_calibration
from driftgauge.performance.cbpe import estimated, fit_cbpe, histogram_bounds
from driftgauge.performance.score_table import LabelledScores, ScoreTable
from driftgauge.performance.thresholds import PerformanceVerdict
from driftgauge.performance.unlabelled import ScoreCounts, count_scores


def drawn(
    rng: np.random.Generator, rows: int, shape: float = 0.6, bend: float = 1.0
) -> tuple[IntArray, IntArray, FloatArray]:
    """Labels, predicted labels and scores; the share of positives is the score to the power of `bend`."""
    scores = rng.beta(shape, 0.9, rows)
    return (rng.random(rows) < scores**bend).astype(np.int64), (scores >= 0.5).astype(np.int64), scores


def labelled(rng: np.random.Generator, rows: int, bend: float = 1.0) -> LabelledScores:
    return LabelledScores.of_rows(*drawn(rng, rows, bend=bend))


def test_scores_that_are_probabilities_are_left_alone(rng: np.random.Generator) -> None:
    calibration = fit_calibration([labelled(rng, 2_000) for _ in range(10)])
    assert not calibration.applied
    assert calibration.probabilities(np.array([0.3])).tolist() == [0.3]


def test_scores_that_are_none_are_calibrated(rng: np.random.Generator) -> None:
    calibration = fit_calibration([labelled(rng, 2_000, bend=2.5) for _ in range(25)])
    assert calibration.applied
    at = np.array([0.3, 0.6, 0.9])
    assert calibration.probabilities(at).tolist() == pytest.approx((at**2.5).tolist(), abs=0.05)
    later = labelled(rng, 20_000, bend=2.5)
    assert calibration_error(later, calibration.probabilities(later.table.scores)) < 0.015


@pytest.mark.parametrize("bend", [1.0, 2.5])
def test_estimates_follow_what_changed_inputs_do(bend: float, rng: np.random.Generator) -> None:
    fitted = fit_cbpe([labelled(rng, 4_000, bend=bend) for _ in range(10)])
    labels, predicted, scores = drawn(rng, 40_000, shape=2.0, bend=bend)
    found = estimated(fitted, ScoreTable.of_rows(predicted, scores))
    for name, realised in LabelledScores.of_rows(labels, predicted, scores).realised().items():
        assert found[name].measured.value == pytest.approx(realised.value, abs=0.015), name
    assert found["roc_auc"].judgement.verdict is PerformanceVerdict.DEGRADED


@pytest.mark.parametrize("bend", [1.0, 2.5])
@pytest.mark.parametrize("rows", [40, 5_000])
def test_estimates_from_bins_keep_their_bound(bend: float, rows: int, rng: np.random.Generator) -> None:
    fitted = fit_cbpe([labelled(rng, 4_000, bend=bend) for _ in range(10)])
    _, predicted, scores = drawn(rng, rows, bend=bend)
    counts = count_scores(predicted, scores)
    exact = estimated(fitted, ScoreTable.of_rows(predicted, scores))
    binned = estimated(fitted, ScoreTable.of_counts(counts))
    for name, bound in histogram_bounds(fitted.calibration, counts).items():
        one, other = exact[name].measured.value, binned[name].measured.value
        assert one is not None
        assert other is not None
        assert abs(one - other) <= bound + 1e-9, name
        assert abs(one - other) < 2e-3, name


def test_a_bound_is_one_where_nothing_is_known() -> None:
    steep = Calibration(scores=np.array([0.4, 0.6]), shares=np.array([0.0, 1.0]), error_before=1.0, error_after=0.0)
    assert histogram_bounds(steep, ScoreCounts.empty())["roc_auc"] == 1.0


def test_a_fit_on_bins_is_one_on_rows_nearly(rng: np.random.Generator) -> None:
    chunks = [drawn(rng, 3_000, bend=2.5) for _ in range(10)]
    exact = fit_cbpe([LabelledScores.of_rows(*rows) for rows in chunks])
    binned = fit_cbpe([LabelledScores.of_counts(count_binary(*rows)) for rows in chunks])
    _, predicted, scores = drawn(rng, 5_000, shape=1.5, bend=2.5)
    one = estimated(exact, ScoreTable.of_rows(predicted, scores))
    other = estimated(binned, ScoreTable.of_counts(count_scores(predicted, scores)))
    for name, estimate in one.items():
        assert other[name].measured.value == pytest.approx(estimate.measured.value, abs=2e-3)


def test_realised_values_of_stationary_windows_lie_within_the_confidence(rng: np.random.Generator) -> None:
    fitted = fit_cbpe([labelled(rng, 5_000, bend=2.0) for _ in range(10)])
    outside = 0
    for _ in range(200):
        labels, predicted, scores = drawn(rng, 400, bend=2.0)
        estimates = estimated(fitted, ScoreTable.of_rows(predicted, scores))
        for name, realised in LabelledScores.of_rows(labels, predicted, scores).realised().items():
            lower, upper = estimates[name].lower, estimates[name].upper
            assert realised.value is not None
            assert lower is not None
            assert upper is not None
            outside += not lower <= realised.value <= upper
    assert outside <= 15  # of 1,200; three errors leave out 0.3 per cent


def test_a_window_of_few_rows_is_not_judged() -> None:
    chunk = LabelledScores.of_rows([0, 1] * 50, [0, 1] * 50, [0.2, 0.8] * 50)
    found = estimated(fit_cbpe([chunk, chunk]), ScoreTable.of_rows([1], [0.8]), minimum_rows=30)
    assert found["accuracy"].judgement.reason == "1 rows; 30 are needed"
    nothing = estimated(fit_cbpe([chunk, chunk]), ScoreTable.of_rows([], []))
    assert {(estimate.measured.value, estimate.lower) for estimate in nothing.values()} == {(None, None)}


def test_a_reference_of_one_class_has_no_bands_of_ranking() -> None:
    chunk = LabelledScores.of_rows([0] * 50, [0] * 50, [0.2] * 50)
    fitted = fit_cbpe([chunk, chunk])
    assert fitted.bands["roc_auc"] is None
    assert fitted.from_json(fitted.to_json()).bands == fitted.bands


def test_what_is_no_reference_is_refused() -> None:
    chunk = LabelledScores.of_rows([0, 1], [0, 1], [0.2, 0.8])
    empty = LabelledScores.of_rows([], [], [])
    with pytest.raises(ValueError, match="two chunks or more, not 1"):
        fit_cbpe([chunk, empty])
    with pytest.raises(ValueError, match="1 labels, 1 predictions and 2 scores are no rows"):
        LabelledScores.of_rows([1], [1], [0.5, 0.5])


def test_rows_without_a_score_are_left_out() -> None:
    assert ScoreTable.of_rows([1, 1], [0.5, np.nan]).rows.tolist() == [1]
    assert ScoreTable.of_counts(count_scores([1, 1], [0.5, np.nan])).rows.tolist() == [1]
