"""The checks at the door of every drift test: two profiles of one kind, on the same bins, with values in both."""

from __future__ import annotations

from driftgauge.model.profile import CategoricalProfile, FeatureProfile, NumericProfile


def numeric_pair(reference: FeatureProfile, current: FeatureProfile) -> tuple[NumericProfile, NumericProfile]:
    """Return both as numeric profiles.

    Raises
    ------
    TypeError
        If one is not numeric.
    ValueError
        If one has no values, or they lie on different bins.
    """
    if not (isinstance(reference, NumericProfile) and isinstance(current, NumericProfile)):
        raise TypeError("this drift test compares numeric features only")
    _require_comparable(reference, current)
    return reference, current


def categorical_pair(
    reference: FeatureProfile, current: FeatureProfile
) -> tuple[CategoricalProfile, CategoricalProfile]:
    """Return both as categorical profiles.

    Raises
    ------
    TypeError
        If one is not categorical.
    ValueError
        If one has no values, or they lie on different bins.
    """
    if not (isinstance(reference, CategoricalProfile) and isinstance(current, CategoricalProfile)):
        raise TypeError("this drift test compares categorical features only")
    _require_comparable(reference, current)
    return reference, current


def binary_shares(reference: FeatureProfile, current: FeatureProfile) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the hits and trials of both, a hit being a value of the category that is the rarer in the reference.

    Raises
    ------
    TypeError
        If one is not categorical.
    ValueError
        If one has no values, they lie on different bins, or these have not exactly two categories.
    """
    before, now = categorical_pair(reference, current)
    if not before.bins.binary:
        raise ValueError("this drift test compares features of exactly two categories")
    return (int(before.counts[1]), before.n), (int(now.counts[1]), now.n)


def _require_comparable(reference: FeatureProfile, current: FeatureProfile) -> None:
    if len(reference.counts) != len(current.counts):
        raise ValueError(f"the profiles lie on different bins: {len(reference.counts)} and {len(current.counts)} slots")
    if not (reference.n and current.n):
        raise ValueError("a drift test needs values in both profiles")
