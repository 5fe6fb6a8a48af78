"""Moments of numeric profiles, guarded against the rounding of constants."""

from __future__ import annotations

import math

from driftgauge.drift.cdf import RELATIVE_TINY
from driftgauge.model.profile import NumericProfile

SQUARES_TINY = 1e-12
"""What part of a sum of squares its rounding may be, cancellation included."""

CEILING = 1e9
"""The most reference standard deviations that anything is said to be apart."""


def in_reference_units(distance: float, reference: NumericProfile) -> float:
    """Return a distance in the reference's standard deviations, at most `CEILING` of them.

    A constant reference is measured in units of a billionth of its mean.
    """
    if distance == 0.0:
        return 0.0
    unit = max(math.sqrt(reference.variance), RELATIVE_TINY * abs(reference.mean))
    return distance / unit if unit > distance / CEILING else CEILING


def rounding_variance(profile: NumericProfile) -> float:
    """Return the most variance that rounding alone makes of a constant, whose squares are about its bins' center."""
    return max((RELATIVE_TINY * profile.mean) ** 2, SQUARES_TINY * (profile.mean - profile.bins.center) ** 2)
