"""How far rows lie from the planes that the reference's rows lie near: what breaks when features part ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

RECONSTRUCTION_ERROR: Final = "reconstruction_error"
"""The name of the feature that is made of a row's numeric features, where the operator wants it."""
ROWS_AT_ONCE: Final = 4_096

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projection:
    """The principal components of a reference's numeric features, each first brought to mean 0 and deviation 1.

    `means` and `scales` have one entry a feature, `components` (features × components) orthonormal columns.
    """

    features: tuple[str, ...]
    means: FloatArray
    scales: FloatArray
    components: FloatArray

    def errors(self, columns: Mapping[str, FloatArray], rows: int) -> FloatArray:
        """Return each row's distance from its reconstruction: the norm of what the components leave over.

        A missing or infinite value counts as its feature's mean. A row without any value has NaN.

        Examples
        --------
        >>> diagonal = Projection(
        ...     features=("x", "y"), means=np.zeros(2), scales=np.ones(2), components=np.full((2, 1), 0.5**0.5)
        ... )
        >>> diagonal.errors({"x": np.array([1.0, 1.0]), "y": np.array([1.0, -1.0])}, 2).round(6).tolist()
        [0.0, 1.414214]
        """
        parts = [
            self._errors({name: values[start : start + ROWS_AT_ONCE] for name, values in columns.items()}, start, rows)
            for start in range(0, rows, ROWS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _errors(self, columns: Mapping[str, FloatArray], start: int, rows: int) -> FloatArray:
        scaled = standardised(self.features, columns, min(rows - start, ROWS_AT_ONCE), self.means, self.scales)
        known = np.isfinite(scaled)
        left = np.where(known, scaled, 0.0)
        # Not `@`: BLAS would share so little work among threads, which then spin and cost more than the work.
        left -= np.einsum("ik,jk->ij", np.einsum("ij,jk->ik", left, self.components), self.components)
        errors = np.sqrt(np.einsum("ij,ij->i", left, left))
        errors[~known.any(axis=1)] = np.nan
        return errors


def standardised(
    features: tuple[str, ...], columns: Mapping[str, FloatArray], rows: int, means: FloatArray, scales: FloatArray
) -> FloatArray:
    """Return columns side by side (rows × features), each less its mean in units of its scale; NaN where missing."""
    table = np.full((rows, len(features)), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        for place, name in enumerate(features):
            if name in columns:
                table[:, place] = (columns[name] - means[place]) / scales[place]
    return table
