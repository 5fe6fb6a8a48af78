"""The bins that scores and confidences are counted in: the same for all models, and narrower towards 0 and 1.

Scores of rare events lie close to 0, those of sure models close to 0 and 1. Bins of equal width would put them all into
a few. Here a bin in the middle is 0.0018 wide, and towards the ends 8 % of the distance from the end, down to 8e-11.
Where in its bin a score lies is kept, too, as an integer, so that sums are the same in any order. How sure a classifier
of several classes is, is counted class by class, in bins each of which is five of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from driftgauge.model.bins import FloatArray, IntArray

Scores = ArrayLike | Sequence[float | None]
"""Scores or confidences (rows,), None where there is none."""

BINS: Final = 1_000
NO_SCORE: Final = BINS
"""The slot of rows whose score is missing, or no probability."""
MERGED: Final = 5
CONFIDENCE_BINS: Final = BINS // MERGED
NO_CONFIDENCE: Final = CONFIDENCE_BINS
"""The slot of rows whose confidence is missing, or no probability."""
SOFTENING: Final = 1e-9
EVEN: Final = 40.0
STEPS: Final = 60
OFFSET_UNITS: Final = 2**30  # of a bin's width; int64 holds the sum of eight thousand million rows
SQUARE_UNITS: Final = 2**15


def _edges() -> FloatArray:
    """Return edges that are evenly spaced in `log(1 + s / SOFTENING) + EVEN * s` up to 0.5, and mirrored above."""
    whole = np.log1p(0.5 / SOFTENING) + EVEN * 0.5
    aims = np.arange(BINS // 2 + 1) / (BINS // 2) * whole
    lower = np.zeros(aims.size)
    for _ in range(STEPS):  # Newton's, from below: the curve is concave, so that no step goes too far
        lower += (aims - np.log1p(lower / SOFTENING) - EVEN * lower) / (1 / (lower + SOFTENING) + EVEN)
    lower[-1] = 0.5
    return np.round(np.concatenate((lower[:-1], 1 - lower[::-1])), 14)  # platforms differ in the last digits


EDGES: Final = _edges()
WIDTHS: Final = np.diff(EDGES)


def slots_of_scores(scores: FloatArray) -> IntArray:
    """Return the slot of each score (rows,): its bin, or `NO_SCORE` for what is not in [0, 1].

    Examples
    --------
    >>> slots_of_scores(np.array([0.0, 0.5, 1.0, np.nan, 1.5])).tolist()
    [0, 500, 999, 1000, 1000]
    """
    usable = (scores >= 0) & (scores <= 1)
    slots = np.minimum(np.searchsorted(EDGES, scores, side="right") - 1, BINS - 1)
    return np.where(usable, slots, NO_SCORE).astype(np.int64)


def slots_of_confidences(confidences: FloatArray) -> IntArray:
    """Return the slot of each confidence (rows,): its bin, or `NO_CONFIDENCE` for what is not in [0, 1].

    Examples
    --------
    >>> slots_of_confidences(np.array([0.0, 0.5, 1.0, np.nan, 1.5])).tolist()
    [0, 100, 199, 200, 200]
    """
    return slots_of_scores(confidences) // MERGED


def offsets_of_scores(scores: FloatArray, slots: IntArray) -> FloatArray:
    """Return where scores in [0, 1] lie in their bins, from 0 to 1 (rows,).

    Examples
    --------
    >>> offsets_of_scores(np.array([0.0, 1.0]), np.array([0, 999])).tolist()
    [0.0, 1.0]
    """
    return np.clip((scores - EDGES[slots]) / WIDTHS[slots], 0, 1)


def mean_scores(rows: IntArray, offsets: IntArray) -> FloatArray:
    """Return the mean score of counted cells, both of shape (..., 1000); the bin's middle where there are no rows.

    Examples
    --------
    >>> rows, offsets = np.zeros((2, BINS), dtype=np.int64)
    >>> rows[500], offsets[500] = 2, OFFSET_UNITS
    >>> float(mean_scores(rows, offsets)[500]) == float((EDGES[500] + EDGES[501]) / 2)
    True
    """
    return EDGES[:-1] + WIDTHS * mean_offsets(rows, offsets)


def mean_offsets(rows: IntArray, offsets: IntArray) -> FloatArray:
    """Return where in their bins the scores of counted cells lie on average, from 0 to 1; 0.5 where there are none."""
    return np.where(rows > 0, offsets / (np.maximum(rows, 1) * float(OFFSET_UNITS)), 0.5)
