"""Exact sums of floats, so that what was added can be taken back: after 1e30 - 1e30, the 1 beside is still there.

A sum is one whole number, however long, in units of 2**-1126, of which every float64 is a multiple. Adding and taking
away are then those of integers, the same in any order. Products of floats are kept as two floats, their rounded value
and what rounding took (Dekker, Numerische Mathematik 18 (1971) 224-242).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray

UNIT_EXPONENT: Final = 1126
DIGITS: Final = 53  # bits of a float64's mantissa
LOW: Final = 27  # of which so many are summed apart, so that int64 holds the sums of 2**36 rows
SPLITTER: Final = 2.0**LOW + 1


def exact_sum(values: FloatArray) -> int:
    """Return the sum of finite floats of any shape, in units of 2**-1126.

    Examples
    --------
    >>> float(fraction(exact_sum(np.array([1e300, 1.0, -1e300, 1e-300]))))
    1.0
    """
    mantissas, exponents = np.frexp(values[values != 0])
    whole = np.ldexp(mantissas, DIGITS).astype(np.int64)
    found, place = np.unique(exponents, return_inverse=True)
    high, low = np.zeros((2, found.size), dtype=np.int64)
    np.add.at(high, place, whole >> LOW)
    np.add.at(low, place, whole & ((1 << LOW) - 1))
    sums = zip(found.tolist(), high.tolist(), low.tolist(), strict=True)
    return sum(((upper << LOW) + lower) << (exponent - DIGITS + UNIT_EXPONENT) for exponent, upper, lower in sums)


def fraction(sum_: int) -> Fraction:
    """Return what a sum is, exactly.

    Examples
    --------
    >>> fraction(exact_sum(np.array([0.25, 0.5])))
    Fraction(3, 4)
    """
    return Fraction(sum_, 1 << UNIT_EXPONENT)


def pair(values: FloatArray) -> FloatArray:
    """Return floats (...) as pairs (..., 2) of a value and what it lacks, which is nothing."""
    return np.stack([values, np.zeros_like(values)], axis=-1)


def times(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the products of pairs, both of shape (..., 2) and below 1e290, to about 32 digits.

    Examples
    --------
    >>> tenth = pair(np.array(0.1))
    >>> fraction(exact_sum(times(tenth, tenth))) == Fraction(0.1) ** 2
    True
    """
    (a, a_low), (b, b_low) = (one[..., 0], one[..., 1]), (other[..., 0], other[..., 1])
    high = a * b
    (a1, a2), (b1, b2) = _halves(a), _halves(b)
    low = ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2
    return np.stack([high, low + (a * b_low + a_low * b)], axis=-1)


def _halves(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    scaled = SPLITTER * values
    upper = scaled - (scaled - values)
    return upper, values - upper
