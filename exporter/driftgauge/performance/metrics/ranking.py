"""How well a binary classifier's scores rank positives before negatives."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.binary import BinaryCounts
from driftgauge.performance.metric import Direction, Measured, Metric, Task, proportion_error, undefined
from driftgauge.performance.score_bins import OFFSET_UNITS, SQUARE_UNITS, WIDTHS
from driftgauge.performance.within_bins import QUANTILES, negatives_below

Masses = IntArray | FloatArray
SMALLEST: Final = 1e-300
EVENLY_SPREAD: Final = 12  # one over the variance of an even spread from 0 to 1
TIED: Final = 5e-5  # a variance below is the rounding of the squares
AROUND: Final = 2  # bins on either side that tell what to expect of one


def roc_auc(counts: BinaryCounts) -> Measured:
    """Measure the chance that a positive has a higher score than a negative.

    Parameters
    ----------
    counts : BinaryCounts
        Of which the rows with a score are used.

    Returns
    -------
    Measured
        In [0, 1], 0.5 where scores say nothing.

    Notes
    -----
    As `auc_of_cells` on the 1,000 bins, with what the mean scores say of the order within a bin (`within_bins`). Ties
    are exact as long as no other score is in their bin.

    Examples
    --------
    >>> from driftgauge.performance.binary import count_binary
    >>> roc_auc(count_binary([0, 1, 1, 0], [0, 1, 1, 0], [0.1, 0.4, 0.8, 0.4])).value
    0.875
    """
    below = negatives_below(counts.mean_offsets[1], counts.mean_offsets[0]).mean(axis=1)
    return auc_of_cells(counts.by_score[1], counts.by_score[0], below)


def auc_of_cells(positives: Masses, negatives: Masses, within: FloatArray | None = None) -> Measured:
    """Measure the area under the ROC curve from rows that are counted in cells of ascending score.

    Parameters
    ----------
    positives, negatives : array, shape (cells,)
        How many there are, or are expected, in each cell.
    within : FloatArray, shape (cells,), optional
        The chance that a positive is above a negative of the same cell; 1/2, as of ties, if left out.

    Returns
    -------
    Measured
        In [0, 1].

    Notes
    -----
    The error is DeLong's: the variance of the positives' shares of negatives below, over their number, plus the same of
    the negatives. Where it is 0, as of a perfect ranking, it is that of a proportion of the rarer class.

    Examples
    --------
    >>> auc_of_cells(np.array([0, 1, 3]), np.array([4, 1, 0])).value
    0.975

    References
    ----------
    DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837-845.
    """
    m, n = float(positives.sum()), float(negatives.sum())
    if missing := _one_class(m, n):
        return missing
    chance = np.full(len(positives), 0.5) if within is None else within
    below = (np.cumsum(negatives) - negatives + chance * negatives) / n
    above = (m - np.cumsum(positives) + chance * positives) / m
    area = float(below @ positives / m)
    variance = 0.0
    for places, masses, size in ((below, positives, m), (above, negatives, n)):
        spread = float((places - area) ** 2 @ masses / size)
        variance += spread / max(size - 1, 1.0)
    few = min(m, n)
    error = math.sqrt(variance) if variance > 0 else proportion_error(area * few, few)
    return Measured(value=min(max(area, 0.0), 1.0), error=error, rows=round(m + n))


def average_precision(counts: BinaryCounts) -> Measured:
    """Measure the mean precision at the places of the positives, best score first.

    Parameters
    ----------
    counts : BinaryCounts
        Of which the rows with a score are used.

    Returns
    -------
    Measured
        In [0, 1]; scores that say nothing have the share of positives.

    Notes
    -----
    `Σ (recall gained) · precision` over distinct scores. Where all rows of a bin have one score, the bin is one step;
    where they spread, precision is the mean over places within the bin (`within_bins`); a bin with far more rows than
    its neighbours is partly both. The error is the influence
    function's, with the share of positives estimated.

    Examples
    --------
    >>> from driftgauge.performance.binary import count_binary
    >>> round(average_precision(count_binary([0, 1, 1, 0], [0, 1, 1, 0], [0.1, 0.35, 0.8, 0.4])).value, 4)
    0.8333

    References
    ----------
    Boyd, Eng and Page, LNCS 8190 (2013) 451-466.
    """
    positives, negatives = counts.by_score[1], counts.by_score[0]
    m, n = float(positives.sum()), float(negatives.sum())
    if missing := _one_class(m, n):
        return missing
    filled = np.flatnonzero(positives + negatives)[::-1]
    gained, lost = positives[filled].astype(np.float64), negatives[filled].astype(np.float64)
    hits, rows = np.cumsum(gained), np.cumsum(gained + lost)
    stepped = hits / rows
    below = negatives_below(counts.mean_offsets[1], counts.mean_offsets[0])[filled]
    within = _precision_within(hits - gained, rows - hits - lost, gained, lost, below)
    smooth = _smoothness(counts)[filled]
    found = smooth * within + (1 - smooth) * stepped
    value = float(found @ gained / m)
    error = _influence_error(gained, lost, found, rows, value)
    return Measured(value=value, error=error if error > 0 else proportion_error(value * m, m), rows=round(m + n))


def _precision_within(
    hits: FloatArray, misses: FloatArray, gained: FloatArray, lost: FloatArray, below: FloatArray
) -> FloatArray:
    """Return the mean precision over a bin's positives, of which so many negatives lie `below` each."""
    called = hits[:, np.newaxis] + np.outer(gained, 1 - QUANTILES) + 0.5  # each positive counts itself
    wrongly = misses[:, np.newaxis] + lost[:, np.newaxis] * (1 - below)
    return (called / np.maximum(called + wrongly, SMALLEST)).mean(axis=1)


def _smoothness(counts: BinaryCounts) -> FloatArray:
    """Return for each bin how far its rows are from being tied: 0 at one place, 1 when spread.

    Rows of a bin are tied as far as they are more than the bins around it let expect, and by more than chance, unless
    their variance says otherwise.
    """
    mass = counts.by_score.sum(axis=0)
    rows = np.maximum(mass, 1)
    mean = counts.offsets_by_score.sum(axis=0) / (rows * float(OFFSET_UNITS))
    variance = np.maximum(counts.squares / (rows * float(SQUARE_UNITS**2)) - mean**2, 0)
    density = np.pad(mass / WIDTHS, AROUND, mode="edge")
    around = np.convolve(density, np.ones(2 * AROUND + 1), mode="valid") - mass / WIDTHS
    expected = around / (2 * AROUND) * WIDTHS
    tied = np.clip((mass - expected - 3 * np.sqrt(rows)) / rows, 0, 1)
    spread = 1 - np.sqrt(np.maximum(1 - EVENLY_SPREAD * variance, 0))
    return np.where(variance < TIED, 0.0, np.maximum(1 - tied, spread))


def _influence_error(gained: FloatArray, lost: FloatArray, found: FloatArray, rows: FloatArray, value: float) -> float:
    total, m = float(rows[-1]), float(gained.sum())
    before = (rows - (gained + lost) / 2) / total
    step = gained / total / before
    later = np.cumsum(step[::-1])[::-1] - step / 2  # a row counts in the precision of all that come after it
    precise = np.cumsum((step * found)[::-1])[::-1] - step * found / 2
    of_positives = (found + later - precise - value) * total / m
    of_negatives = -precise * total / m
    variance = float(of_positives**2 @ gained + of_negatives**2 @ lost) / total
    return math.sqrt(variance / total)


def _one_class(positives: float, negatives: float) -> Measured | None:
    rows = round(positives + negatives)
    if rows <= 0:
        return undefined(0, "no rows with a score")
    if positives <= 0 or negatives <= 0:
        return undefined(rows, f"no {'positives' if positives <= 0 else 'negatives'} in {rows} rows with a score")
    return None


METRICS: Final = (
    Metric(
        name="roc_auc",
        task=Task.BINARY,
        direction=Direction.HIGHER,
        unit="share of pairs",
        meaning="how often a positive has a higher score than a negative; 0.5 is chance",
        greatest=1.0,
        measure=roc_auc,
    ),
    Metric(
        name="average_precision",
        task=Task.BINARY,
        direction=Direction.HIGHER,
        unit="share",
        meaning="the mean precision at the places of the positives, best score first; the share of positives is chance",
        greatest=1.0,
        measure=average_precision,
    ),
)
