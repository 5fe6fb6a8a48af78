"""The performance that a peer has published of the synthetic car loan data, from its counts (tests/data/README.md)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import orjson
import pytest

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.binary import BinaryCounts, count_binary
from driftgauge.performance.cbpe import Cbpe, estimated, fit_cbpe, histogram_bounds
from driftgauge.performance.registry import BINARY
from driftgauge.performance.score_table import LabelledScores, ScoreTable
from driftgauge.performance.thresholds import PerformanceVerdict
from driftgauge.performance.unlabelled import ScoreCounts, count_scores

COUNTED: Final = Path(__file__).parents[2] / "data" / "car_loan.npz"
CBPE_AUC: Final = (0.970744, 0.971011, 0.971407, 0.971091, 0.971123, 0.961090, 0.961825, 0.961073, 0.962533, 0.961316)
REALISED: Final = (0.970962, 0.970248, 0.976282, 0.967721, 0.969886, 0.960050, 0.958530, 0.959041, 0.963094, 0.957556)
BANDS: Final = {"roc_auc": (0.963317, 0.978660), "accuracy": (0.935859, 0.951421), "f1": (0.934660, 0.950850)}
SCORES: Final = 101
SHIFTED: Final = {5, 6, 7, 8, 9}

Rows = tuple[IntArray, IntArray, FloatArray]


@cache
def chunks() -> list[Rows]:
    """Twenty chunks of 5,000 rows: labels, predicted labels and scores; the first ten are the reference."""
    with np.load(COUNTED) as arrays:
        counts: IntArray = arrays["y_pred_proba/outcomes"].astype(np.int64)
    cells = [np.repeat(np.arange(chunk.size), chunk) for chunk in counts.reshape(len(counts), -1)]
    return [(cell // (2 * SCORES), cell // SCORES % 2, cell % SCORES / 100) for cell in cells]


@cache
def fitted() -> Cbpe:
    return fit_cbpe([LabelledScores.of_rows(*rows) for rows in chunks()[:10]])


@cache
def fitted_on_bins() -> Cbpe:
    return fit_cbpe([LabelledScores.of_counts(count_binary(*rows)) for rows in chunks()[:10]])


def later() -> list[Rows]:
    return chunks()[10:]


def test_estimated_auc_is_as_published() -> None:
    found = [estimated(fitted(), ScoreTable.of_rows(*rows[1:]))["roc_auc"].measured.value for rows in later()]
    assert found == pytest.approx(CBPE_AUC, abs=5.1e-7)


def test_realised_auc_is_as_published() -> None:
    exact = [LabelledScores.of_rows(*rows).realised()["roc_auc"].value for rows in later()]
    assert exact == pytest.approx(REALISED, abs=5.1e-7)
    binned = [BINARY["roc_auc"].measure(count_binary(*rows)).value for rows in later()]
    assert binned == pytest.approx(REALISED, abs=5.1e-7)  # scores in hundredths have a bin each


@pytest.mark.parametrize("name", list(BANDS))
def test_bands_are_as_published(name: str) -> None:
    for found in (fitted(), fitted_on_bins()):
        band = found.bands[name]
        assert band is not None
        assert (band.lower, band.upper) == pytest.approx(BANDS[name], abs=5.1e-7)


def test_the_shifted_chunks_and_no_others_are_judged_degraded() -> None:
    tables = [ScoreTable.of_rows(*rows[1:]) for rows in later()]
    verdicts = [estimated(fitted(), table)["roc_auc"].judgement.verdict for table in tables]
    assert {chunk for chunk, verdict in enumerate(verdicts) if verdict is PerformanceVerdict.DEGRADED} == SHIFTED
    assert {verdicts[chunk] for chunk in range(5)} == {PerformanceVerdict.STABLE}


def test_realised_values_lie_within_the_confidence_of_estimates() -> None:
    for rows in later():
        estimate = estimated(fitted(), ScoreTable.of_rows(*rows[1:]))["roc_auc"]
        realised = LabelledScores.of_rows(*rows).realised()["roc_auc"].value
        assert realised is not None
        assert estimate.lower is not None
        assert estimate.upper is not None
        assert estimate.lower < realised < estimate.upper


def test_the_calibration_is_applied_because_held_out_chunks_gain() -> None:
    calibration = fitted().calibration
    assert calibration.applied
    assert calibration.error_after < calibration.error_before / 2


def test_estimates_from_bins_are_the_same() -> None:
    for rows in later():
        exact = estimated(fitted(), ScoreTable.of_rows(*rows[1:]))
        binned = estimated(fitted_on_bins(), ScoreTable.of_counts(count_scores(*rows[1:])))
        for name, estimate in exact.items():
            assert binned[name].measured.value == pytest.approx(estimate.measured.value, abs=1e-7)
        for name, bound in histogram_bounds(fitted().calibration, count_scores(*rows[1:])).items():
            assert 0 <= bound < 1.0, name


def test_what_was_learned_is_small_and_read_back() -> None:
    written = orjson.dumps(fitted().to_json())
    assert len(written) < 6_000
    back = Cbpe.from_json(orjson.loads(written))
    table = ScoreTable.of_rows(*later()[7][1:])
    assert estimated(back, table) == estimated(fitted(), table)


def test_merged_chunks_are_estimated_as_their_rows_together() -> None:
    together = [np.concatenate(columns) for columns in zip(*later(), strict=True)]
    merged = BinaryCounts.merged(count_binary(*rows) for rows in later())
    exact = estimated(fitted(), ScoreTable.of_rows(together[1], together[2]))["roc_auc"]
    binned = estimated(fitted(), ScoreTable.of_counts(ScoreCounts.of(merged)))["roc_auc"]
    assert binned.measured.value == pytest.approx(exact.measured.value, abs=1e-7)
