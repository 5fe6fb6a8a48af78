"""Both cumulative distributions of two profiles, as the tests that compare them need them."""

from __future__ import annotations

import numpy as np

from driftgauge.model.bins import FloatArray, IntArray

RELATIVE_TINY = 1e-9
"""What part of a number's size the rounding of sums may move it by."""

Placed = tuple[IntArray, FloatArray]
"""Counts and sums of the values by cell, in ascending order of the cells."""


def steps(reference: Placed, current: Placed) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the pieces on which both cumulative distributions are constant, the values lying on their cells' means.

    Parameters
    ----------
    reference, current : tuple of (counts, sums), shape (cells,) each
        On the same cells.

    Returns
    -------
    tuple of FloatArray
        Share of the reference, and of the current values, at or below each piece, and the pieces' widths; in no
        particular order.

    Notes
    -----
    Both means of a cell lie in it, so the merged order of all means is known without sorting: a piece within each
    cell, from the lower mean to the higher, and a piece to the next cell. An empty cell of one sample borrows the
    other's mean, where it has no mass. Means of a cell that differ by a billionth of their size are one.

    Examples
    --------
    >>> reference, current = (np.array([2, 2]), np.array([2.0, 10.0])), (np.array([3, 1]), np.array([9.0, 6.0]))
    >>> below, below_now, widths = steps(reference, current)
    >>> below.tolist(), below_now.tolist(), widths.tolist()
    ([0.5, 1.0, 0.5], [0.0, 0.75, 0.75], [2.0, 1.0, 2.0])
    """
    either = np.flatnonzero(reference[0] + current[0])
    n, total = reference[0][either], reference[1][either]
    m, total_now = current[0][either], current[1][either]
    mean = total / np.maximum(n, 1)
    mean_now = np.where(m, total_now / np.maximum(m, 1), mean)
    mean = np.where(n, mean, mean_now)
    below, below_now = _shares_below(n), _shares_below(m)
    first = mean <= mean_now
    low, high = np.minimum(mean, mean_now), np.maximum(mean, mean_now)
    within = high - low
    within[within <= RELATIVE_TINY * np.maximum(np.abs(low), np.abs(high))] = 0.0
    here = np.where(first, below[1:], below[:-1])
    here_now = np.where(first, below_now[:-1], below_now[1:])
    return (
        np.concatenate((here, below[1:-1])),
        np.concatenate((here_now, below_now[1:-1])),
        np.maximum(np.concatenate((within, low[1:] - high[:-1])), 0.0),
    )


def _shares_below(counts: IntArray) -> FloatArray:
    """Return the share of values before the first cell, and at the end of each."""
    below = np.concatenate(([0], counts)).cumsum()
    return below / below[-1]


def gaps(reference: IntArray, current: IntArray) -> FloatArray:
    """Return `F - G` before the first cell and at the end of each.

    Parameters
    ----------
    reference, current : IntArray, shape (cells,)
        Counts in ascending order of the values.

    Returns
    -------
    FloatArray, shape (cells + 1,)
        From 0 to 0.

    Examples
    --------
    >>> gaps(np.array([5, 5, 0]), np.array([2, 3, 5])).tolist()
    [0.0, 0.3, 0.5, 0.0]
    """
    return _shares_below(reference) - _shares_below(current)
