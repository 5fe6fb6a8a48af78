"""The classic rule of explanation drift: the means of the attributions lie more than .1 apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

THRESHOLD: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanDifference:
    """What the classic rule says of one feature."""

    reference_mean: float
    current_mean: float
    difference: float
    threshold: float
    drifted: bool


def mean_difference(reference: float, current: float, *, threshold: float = THRESHOLD) -> MeanDifference:
    """Compare two means of attributions.

    Parameters
    ----------
    reference, current : float
        Means with their signs, finite, in the unit of the attributions.
    threshold : float
        At least 0, in the same unit.

    Returns
    -------
    MeanDifference
        Drifted where `|reference - current| > threshold`, strictly, in float64.

    Raises
    ------
    ValueError
        If a mean is not finite, or the threshold is not a number from 0 on.

    Notes
    -----
    The rule knows neither how far attributions spread nor how many there are: it is blind to a change of their spread,
    says nothing of a model whose output has another scale, and cries wolf over few rows.

    Examples
    --------
    >>> mean_difference(0.35, 0.24).drifted
    True
    >>> mean_difference(0.35, 0.33).drifted
    False
    """
    if not (math.isfinite(reference) and math.isfinite(current) and threshold >= 0):
        raise ValueError(f"means must be finite and the threshold at least 0: {reference}, {current}, {threshold}")
    difference = abs(reference - current)
    return MeanDifference(
        reference_mean=reference,
        current_mean=current,
        difference=difference,
        threshold=threshold,
        drifted=difference > threshold,
    )


def mean_difference_of(reference: ArrayLike, current: ArrayLike, *, threshold: float = THRESHOLD) -> MeanDifference:
    """Compare the means of raw attributions of one feature, each of shape (predictions,), at least one.

    Raises
    ------
    ValueError
        If a side is empty or its mean is not finite.

    Examples
    --------
    >>> found = mean_difference_of([0.3, 0.4], [0.2, 0.28])
    >>> round(found.difference, 2), found.drifted
    (0.11, True)
    """
    sides = [np.asarray(side, dtype=np.float64) for side in (reference, current)]
    if not all(side.size for side in sides):
        raise ValueError("a mean needs at least one attribution on each side")
    before, after = (float(side.mean()) for side in sides)
    return mean_difference(before, after, threshold=threshold)
