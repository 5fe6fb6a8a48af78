"""Find the slots of many numbers quickly: a uniform grid tells nearly all of them, a search the rest.

A search per value costs as much as sorting. Instead the range of the edges is cut into many equal cells, and a value
that falls into a cell without an edge has as many edges below it as that cell has. Only values that share a cell with
an edge are searched for. The cell of a number never decreases with the number, rounding included, so this is exact.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray, IntArray

CELLS: Final = 1 << 14
FEW: Final = 4_096  # below, the grid costs more than it saves


def slots_of(values: FloatArray, edges: FloatArray) -> IntArray:
    """Return for each value (finite) the number of edges (ascending, finite) at or below it.

    Examples
    --------
    >>> slots_of(np.array([-1.0, 0.0, 0.5, 3.0]), np.array([0.0, 1.0, 2.0])).tolist()
    [0, 1, 1, 3]
    """
    with np.errstate(over="ignore", divide="ignore"):
        scale = CELLS / (edges[-1] - edges[0])
    if values.size < FEW or not 0 < scale < np.inf:
        return np.searchsorted(edges, values, side="right")
    cells = _cells(values, edges[0], scale)
    edges_in = np.bincount(_cells(edges, edges[0], scale), minlength=CELLS + 2)
    slots = np.cumsum(edges_in)[cells]
    unclear = np.flatnonzero((edges_in > 0)[cells])
    slots[unclear] = np.searchsorted(edges, values[unclear], side="right")
    return slots


def _cells(values: FloatArray, start: float, scale: float) -> IntArray:
    """Return the cell of each value: 0 below the edges' range, the last above it."""
    with np.errstate(over="ignore"):
        place = (values - start) * scale
    np.clip(place, -1.0, float(CELLS), out=place)
    return (place + 1.0).astype(np.int64)
