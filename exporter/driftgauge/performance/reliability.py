"""The reliability curve: whether of the rows with a score of 0.7 seven in ten are positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.binary import BinaryCounts
from driftgauge.performance.score_bins import mean_scores

BINS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReliabilityCurve:
    """The mean score, the share of positives and the number of rows of each bin, by ascending score (all (bins,))."""

    scores: FloatArray
    shares: FloatArray
    rows: IntArray


def reliability(counts: BinaryCounts, bins: int = BINS) -> ReliabilityCurve:
    """Return the reliability curve on bins of about equally many rows.

    Parameters
    ----------
    counts : BinaryCounts
        Of which the rows with a score are used.
    bins : int
        How many bins at most. Rows of one score are never parted, so that frequent scores leave fewer.

    Returns
    -------
    ReliabilityCurve
        Without empty bins; empty where no row has a score.

    Examples
    --------
    >>> from driftgauge.performance.binary import count_binary
    >>> curve = reliability(count_binary([0, 1, 1, 1], [0, 0, 1, 1], [0.2, 0.2, 0.9, 0.9]), bins=2)
    >>> curve.scores.round(6).tolist(), curve.shares.tolist(), curve.rows.tolist()
    ([0.2, 0.9], [0.5, 1.0], [2, 2])

    References
    ----------
    Murphy and Winkler, Applied Statistics 26 (1977) 41-47.
    """
    rows = counts.by_score.sum(axis=0)
    scores = mean_scores(rows, counts.offsets_by_score.sum(axis=0))
    return curve_of_cells(scores, rows, counts.by_score[1], bins)


def curve_of_cells(scores: FloatArray, rows: IntArray, positives: IntArray, bins: int = BINS) -> ReliabilityCurve:
    """Return the reliability curve of rows that are counted in cells of ascending score.

    Parameters
    ----------
    scores, rows, positives : array, shape (cells,)
        Each cell's mean score, its rows, and those that are positive.
    bins : int
        How many bins at most.

    Returns
    -------
    ReliabilityCurve

    Examples
    --------
    >>> curve_of_cells(np.array([0.1, 0.3]), np.array([5, 5]), np.array([0, 2]), bins=1).scores.tolist()
    [0.2]
    """
    filled = rows > 0
    scores, rows, positives = scores[filled], rows[filled], positives[filled]
    middle = np.cumsum(rows) - rows / 2
    bin_of = np.floor(middle * bins / max(int(rows.sum()), 1)).astype(np.int64)
    starts = np.flatnonzero(np.diff(bin_of, prepend=-1))
    if not starts.size:
        return ReliabilityCurve(scores=scores, shares=scores, rows=rows)
    in_bin = np.add.reduceat(rows, starts)
    return ReliabilityCurve(
        scores=np.add.reduceat(scores * rows, starts) / in_bin,
        shares=np.add.reduceat(positives, starts) / in_bin,
        rows=in_bin,
    )
