"""Estimates how well a binary classifier does before outcomes are known, from its scores (CBPE).

If scores are probabilities, they say how many of their rows will turn out positive, and so what each metric will be.
That holds while what is true for given features stays as it was: changed inputs are seen, a changed relation of inputs
and outcomes is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from driftgauge.performance.calibration import Calibration, fit_calibration
from driftgauge.performance.estimate import Estimate, estimate_of
from driftgauge.performance.registry import BINARY
from driftgauge.performance.score_bins import EDGES, NO_SCORE
from driftgauge.performance.score_table import LabelledScores, ScoreTable, measured
from driftgauge.performance.thresholds import ReferenceBand, reference_band
from driftgauge.performance.unlabelled import ScoreCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Cbpe:
    """What was learned of a reference: how to read scores, and the band of each metric, None where it had no value."""

    calibration: Calibration
    bands: Mapping[str, ReferenceBand | None]

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads, about ten kilobytes."""
        bands = {name: band.to_json() if band else None for name, band in self.bands.items()}
        return {"calibration": self.calibration.to_json(), "bands": bands}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Cbpe:
        """Return what was written."""
        bands: Mapping[str, Any] = document["bands"]
        return cls(
            calibration=Calibration.from_json(document["calibration"]),
            bands={name: ReferenceBand.from_json(band) if band else None for name, band in bands.items()},
        )


def fit_cbpe(chunks: Sequence[LabelledScores]) -> Cbpe:
    """Learn from a reference with outcomes.

    Parameters
    ----------
    chunks : sequence of LabelledScores
        The reference in at least two chunks, in order of time, each of about as many rows as windows will have.

    Returns
    -------
    Cbpe

    Raises
    ------
    ValueError
        If fewer than two chunks have rows.

    Examples
    --------
    >>> chunk = LabelledScores.of_rows([0, 1] * 50, [0, 1] * 50, [0.2, 0.8] * 50)
    >>> fitted = fit_cbpe([chunk, chunk])
    >>> fitted.calibration.applied, fitted.bands["accuracy"].mean
    (True, 1.0)

    References
    ----------
    Kuberski, Białek and Nielsen, "Confidence-based performance estimation", NannyML's documentation (2022);
    Guillory et al., Proceedings of ICCV (2021) 1134-1144.
    """
    filled = [chunk for chunk in chunks if chunk.table.rows.size]
    calibration = fit_calibration(filled)
    realised = [chunk.realised() for chunk in filled]
    bands = {name: reference_band(BINARY[name], [chunk[name] for chunk in realised]) for name in realised[0]}
    return Cbpe(calibration=calibration, bands=bands)


def estimated(fitted: Cbpe, table: ScoreTable, *, minimum_rows: int = 1) -> dict[str, Estimate]:
    """Estimate the metrics of a window without outcomes.

    Parameters
    ----------
    fitted : Cbpe
        What was learned of the reference.
    table : ScoreTable
        The window's predictions, exactly or on the bins (`histogram_bounds` says how much that changes).
    minimum_rows : int
        How many rows a judgement takes.

    Returns
    -------
    dict of Estimate
        Of `accuracy`, `precision`, `recall`, `f1`, `specificity` and `roc_auc`.

    Notes
    -----
    Of the rows of a cell, the calibrated probability's share is expected to be positive. Metrics are those of the
    expected counts, and so are their sampling errors: they are how far realised values will lie around the estimate.
    What the calibration itself may be off is not in them.

    Examples
    --------
    >>> labels, said = [0, 0, 0, 1, 1, 1, 1, 0] * 50, [0, 0, 0, 0, 1, 1, 1, 1] * 50
    >>> chunk = LabelledScores.of_rows(labels, said, [0.2, 0.2, 0.2, 0.2, 0.8, 0.8, 0.8, 0.8] * 50)
    >>> found = estimated(fit_cbpe([chunk, chunk]), ScoreTable.of_rows([0, 1, 1, 1] * 50, [0.2, 0.8, 0.8, 0.8] * 50))
    >>> found["accuracy"].measured.value, found["recall"].measured.value
    (0.75, 0.9)
    """
    expected = table.rows * fitted.calibration.probabilities(table.scores)
    return {
        name: estimate_of(BINARY[name], found, fitted.bands[name], minimum_rows=minimum_rows)
        for name, found in measured(table, expected).items()
    }


def histogram_bounds(calibration: Calibration, counts: ScoreCounts) -> dict[str, float]:
    """Return by how much at most estimates from the bins differ from those of the rows themselves.

    Parameters
    ----------
    calibration : Calibration
        How scores are read.
    counts : ScoreCounts
        The window's predictions on the bins.

    Returns
    -------
    dict of float
        Of `accuracy`, `precision`, `recall`, `f1` and `roc_auc`; at most 1.

    Notes
    -----
    A row's probability moves by no more than the calibration rises over its bin, w: the number of positives by no more
    than `D = Σ rows · w`. For a ratio A/B, the change is at most `(ΔA + A/B ΔB) / (B - ΔB)`. For AUC, A is the sum over
    pairs of rows of `c (1 - c')` where the first has the higher score, which moves by at most `D · rows + D²`, and by
    `Σ rows² · w / 4` for the order within bins; B is the product of the expected positives and negatives.

    Examples
    --------
    >>> from driftgauge.performance.unlabelled import count_scores
    >>> flat = Calibration(scores=np.array([0.0, 1.0]), shares=np.array([0.3, 0.3]), error_before=0.1, error_after=0.0)
    >>> histogram_bounds(flat, count_scores([0, 1], [0.2, 0.8]))["accuracy"]
    0.0
    """
    risen = np.diff(calibration.probabilities(EDGES))
    by_bin = counts.rows[:, :NO_SCORE]
    table = ScoreTable.of_counts(counts)
    expected = table.rows * calibration.probabilities(table.scores)
    rows, called = float(by_bin.sum()), float(by_bin[1].sum())
    positives, hits = float(expected.sum()), float(expected[table.predicted].sum())
    moved, moved_called = float(by_bin.sum(axis=0) @ risen), float(by_bin[1] @ risen)
    within = float(by_bin.sum(axis=0) ** 2 @ risen) / 4
    pairs = positives * (rows - positives)
    return {
        "accuracy": _ratio_bound(rows, moved, rows, 0.0),
        "precision": _ratio_bound(hits, moved_called, called, 0.0),
        "recall": _ratio_bound(hits, moved_called, positives, moved),
        "f1": _ratio_bound(2 * hits, 2 * moved_called, called + positives, moved),
        "roc_auc": _ratio_bound(pairs, moved * rows + moved**2 + within, pairs, moved * rows + moved**2),
    }


def _ratio_bound(a: float, a_moved: float, b: float, b_moved: float) -> float:
    if b <= b_moved:
        return 1.0
    return min((a_moved + a / b * b_moved) / (b - b_moved), 1.0)
