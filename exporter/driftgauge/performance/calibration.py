"""Turns a classifier's scores into probabilities, as the reference's outcomes say they should be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.optimize import isotonic_regression

from driftgauge.model.bins import FloatArray
from driftgauge.performance.reliability import curve_of_cells
from driftgauge.performance.score_table import LabelledScores

FOLDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Straight lines between knots, from scores to probabilities; no knots leave scores as they are.

    `error_before` and `error_after` are the expected calibration errors of held-out chunks without and with it.
    """

    scores: FloatArray
    shares: FloatArray
    error_before: float
    error_after: float

    @property
    def applied(self) -> bool:
        """Whether scores are changed."""
        return bool(self.scores.size)

    def probabilities(self, scores: FloatArray) -> FloatArray:
        """Return the probabilities that scores (any shape) stand for; beyond the outermost knots they stay the same."""
        return np.interp(scores, self.scores, self.shares) if self.applied else scores

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "scores": self.scores.tolist(),
            "shares": self.shares.tolist(),
            "error_before": self.error_before,
            "error_after": self.error_after,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Calibration:
        """Return the calibration that was written."""
        scores, shares = (np.array(document[name], dtype=np.float64) for name in ("scores", "shares"))
        before, after = document["error_before"], document["error_after"]
        return cls(scores=scores, shares=shares, error_before=before, error_after=after)


def fit_calibration(chunks: Sequence[LabelledScores]) -> Calibration:
    """Fit an isotonic calibration to the reference, if that makes scores better probabilities.

    Parameters
    ----------
    chunks : sequence of LabelledScores
        The reference's chunks, at least two, with rows each.

    Returns
    -------
    Calibration
        Without knots where scores are as good as they are.

    Raises
    ------
    ValueError
        If there are fewer than two chunks.

    Notes
    -----
    Each tenth of the chunks (each chunk, if they are ten or fewer) is held out once: the calibration fitted to the
    others must lower its expected calibration error over ten bins of equally many rows, on average by rows. Then it is
    fitted to all.

    Examples
    --------
    >>> half = LabelledScores.of_rows([0, 0, 0, 1] * 5, [0] * 20, [0.1, 0.1, 0.9, 0.9] * 5)
    >>> fit_calibration([half, half]).probabilities(np.array([0.1, 0.9])).tolist()
    [0.0, 0.5]

    References
    ----------
    Zadrozny and Elkan, Proceedings of KDD 8 (2002) 694-699.
    """
    if len(chunks) < 2:  # noqa: PLR2004 - one to fit and one to hold out
        raise ValueError(f"a calibration takes two chunks or more, not {len(chunks)}")
    folds = min(len(chunks), FOLDS)
    before = after = 0.0
    rows = sum(int(chunk.table.rows.sum()) for chunk in chunks)
    for fold in range(folds):
        held = LabelledScores.merged(chunks[fold::folds])
        scores, shares = _knots([chunk for number, chunk in enumerate(chunks) if number % folds != fold])
        weight = int(held.table.rows.sum()) / rows
        before += weight * calibration_error(held, held.table.scores)
        after += weight * calibration_error(held, np.interp(held.table.scores, scores, shares))
    scores, shares = _knots(chunks) if after < before else np.zeros((2, 0))
    return Calibration(scores=scores, shares=shares, error_before=before, error_after=after)


def calibration_error(labelled: LabelledScores, probabilities: FloatArray) -> float:
    """Return how far `probabilities` of the cells are from their shares of positives, over ten bins of equal rows.

    Examples
    --------
    >>> rows = LabelledScores.of_rows([0, 1], [0, 0], [0.3, 0.3])
    >>> calibration_error(rows, rows.table.scores)
    0.2
    """
    cells, place = np.unique(probabilities, return_inverse=True)
    rows, positives = np.zeros((2, cells.size), dtype=np.int64)
    np.add.at(rows, place, labelled.table.rows)
    np.add.at(positives, place, labelled.positives)
    curve = curve_of_cells(cells, rows, positives)
    return float(np.abs(curve.scores - curve.shares) @ curve.rows / rows.sum())


def _knots(chunks: Sequence[LabelledScores]) -> tuple[FloatArray, FloatArray]:
    """Return where the isotonic fit bends: the first and last score of each of its steps."""
    whole = LabelledScores.merged(chunks)
    scores, place = np.unique(whole.table.scores, return_inverse=True)
    rows, positives = np.zeros((2, scores.size))
    np.add.at(rows, place, whole.table.rows)
    np.add.at(positives, place, whole.positives)
    shares = np.asarray(isotonic_regression(positives / rows, weights=rows).x, dtype=np.float64)
    same_before = np.diff(shares, prepend=np.nan) == 0
    same_after = np.diff(shares, append=np.nan) == 0
    bends = ~(same_before & same_after)
    return scores[bends], shares[bends]
