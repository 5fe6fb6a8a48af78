"""How a regressor's loss depends on its features, as a sum of what each feature's value adds.

A sum over features has a mean that follows from how often each feature has each value, which is what profiles hold. So
the mean loss of any window follows from its profile, without its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from driftgauge.model.bins import NO_VALUE, BinLayout, CategoricalBins, FloatArray, IntArray
from driftgauge.model.profile import ModelProfile

CELLS: Final = 16
SHRINKAGE: Final = 10.0
"""Each effect is that of its rows and of ten more without any, so that few rows make no large effect."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LossCells:
    """The cells that features' slots are merged into: `starts` has each feature's first slots of its cells.

    One more cell of each feature is for rows without a value of it. All lie end to end in one vector of `size`.
    """

    starts: Mapping[str, IntArray]

    @classmethod
    def of(cls, reference: ModelProfile) -> LossCells:
        """Return cells of about equally many of the reference's values; a category is a cell of its own."""
        layout = reference.layout
        return cls(
            starts={
                name: np.arange(bins.slots)
                if isinstance(bins, CategoricalBins)
                else _equal_cells(reference.counts[layout.offsets[name]])
                for name, bins in layout.features.items()
            }
        )

    @property
    def size(self) -> int:
        """How many cells there are."""
        return sum(len(starts) + 1 for starts in self.starts.values())

    def places(self, slots: IntArray) -> IntArray:
        """Return the cells of rows, by their slots, in the order of `starts` (both of shape (rows, features))."""
        places = np.empty(slots.shape, dtype=np.int64)
        first = 0
        for feature, starts in enumerate(self.starts.values()):
            cells = np.searchsorted(starts, slots[:, feature], side="right") - 1
            places[:, feature] = first + np.where(slots[:, feature] == NO_VALUE, len(starts), cells)
            first += len(starts) + 1
        return places

    def counts(self, profile: ModelProfile) -> IntArray:
        """Return how many rows of a profile are in each cell (size,).

        Raises
        ------
        ValueError
            If the profile lacks a feature, or lies on other bins.
        """
        layout: BinLayout = profile.layout
        found: list[IntArray] = []
        for name, starts in self.starts.items():
            if name not in layout.features or layout.features[name].slots <= starts[-1]:
                raise ValueError(f"losses were learned on other bins than this profile's of {name!r}")
            found.append(np.add.reduceat(profile.counts[layout.offsets[name]], starts))
            found.append(profile.gaps[layout.rows[name]].sum(keepdims=True))
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {name: starts.tolist() for name, starts in self.starts.items()}

    @classmethod
    def from_json(cls, document: Mapping[str, Sequence[int]]) -> LossCells:
        """Return the cells that were written."""
        return cls(starts={name: np.array(starts, dtype=np.int64) for name, starts in document.items()})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LossTable:
    """Rows with outcomes, as least squares needs them: sums that add up over chunks.

    `together` counts the rows that two cells share (cells, cells); `sums` and `squares` are those of the losses, in
    cells (losses, cells) and in all (losses,).
    """

    rows: int
    together: FloatArray
    sums: FloatArray
    totals: FloatArray
    squares: FloatArray

    @classmethod
    def of(cls, places: IntArray, size: int, losses: FloatArray) -> LossTable:
        """Return the table of rows by their cells (rows, features) and losses (losses, rows)."""
        together = np.zeros((size, size))
        sums = np.zeros((len(losses), size))
        for column in places.T:
            for other in places.T:
                np.add.at(together, (column, other), 1.0)
            for loss, sum_ in zip(losses, sums, strict=True):
                np.add.at(sum_, column, loss)
        return cls(
            rows=places.shape[0],
            together=together,
            sums=sums,
            totals=losses.sum(axis=1),
            squares=(losses**2).sum(axis=1),
        )

    def plus(self, other: LossTable, sign: int = 1) -> LossTable:
        """Return this table with the rows of `other`, or, with the sign -1, without them."""
        return LossTable(
            rows=self.rows + sign * other.rows,
            together=self.together + sign * other.together,
            sums=self.sums + sign * other.sums,
            totals=self.totals + sign * other.totals,
            squares=self.squares + sign * other.squares,
        )


def fit_effects(table: LossTable) -> tuple[FloatArray, FloatArray]:
    """Fit the losses by ridge regression on the cells.

    Parameters
    ----------
    table : LossTable
        The rows; at least one.

    Returns
    -------
    tuple of FloatArray
        What all rows have (losses,), and what each cell adds (losses, cells). On the table's own rows the mean of the
        fit is the mean loss.

    Examples
    --------
    >>> table = LossTable.of(np.array([[0], [0], [1], [1]] * 100), 2, np.array([[1.0, 1.0, 3.0, 3.0] * 100]))
    >>> common, effects = fit_effects(table)
    >>> (common[:, np.newaxis] + effects).round(1).tolist()
    [[1.0, 3.0]]

    References
    ----------
    Hoerl and Kennard, Technometrics 12 (1970) 55-67.
    """
    counts = np.diagonal(table.together)
    means = table.totals / table.rows
    wanted = table.sums - means[:, np.newaxis] * counts
    effects: FloatArray = np.linalg.solve(table.together + SHRINKAGE * np.eye(len(counts)), wanted.T).T.astype(
        np.float64
    )
    common: FloatArray = means - effects @ counts / table.rows
    return common, effects


def squared_errors(table: LossTable, common: FloatArray, effects: FloatArray) -> FloatArray:
    """Return the mean squared error of a fit on the rows of a table (losses,).

    Examples
    --------
    >>> table = LossTable.of(np.array([[0], [1]]), 2, np.array([[1.0, 3.0]]))
    >>> squared_errors(table, np.array([2.0]), np.array([[0.0, 0.0]])).tolist()
    [1.0]
    """
    added = (effects * table.sums).sum(axis=1)
    crossed = effects @ np.diagonal(table.together)
    own = ((effects @ table.together) * effects).sum(axis=1)
    fitted_squares = table.rows * common**2 + 2 * common * crossed + own
    return (table.squares - 2 * (common * table.totals + added) + fitted_squares) / table.rows


def _equal_cells(counts: IntArray) -> IntArray:
    """Return the first slots of at most 16 cells of nearly equal counts; the open tails join their neighbours."""
    middle = np.cumsum(counts) - counts / 2
    cell = np.minimum(np.floor(middle * CELLS / max(int(counts.sum()), 1)), CELLS - 1)
    return np.flatnonzero(np.diff(cell, prepend=-1.0))
