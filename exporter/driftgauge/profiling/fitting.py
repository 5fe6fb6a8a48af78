"""Freeze the bins of a reference from its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from driftgauge.model.bins import BinLayout, CategoricalBins, FeatureBins, FloatArray, NumericBins
from driftgauge.profiling.batch import FeatureBatch

NUMERIC_BINS = 256
CATEGORIES = 100
RARE_CATEGORIES = 10_000
LARGEST = 1e150  # the square of a larger value is no float64


def fit_layout(batches: Sequence[FeatureBatch]) -> BinLayout:
    """Freeze the bins of every feature that has a value in `batches`, in order of name.

    Examples
    --------
    >>> import numpy as np
    >>> batch = FeatureBatch(rows=3, numeric={"age": np.array([1.0, 2.0, 2.0])})
    >>> fit_layout([batch]).features["age"].slots
    4
    """
    bins: dict[str, FeatureBins] = {}
    for name in sorted({name for batch in batches for name in batch.numeric}):
        values = usable(np.concatenate([batch.numeric[name] for batch in batches if name in batch.numeric]))
        if values.size:
            bins[name] = fit_numeric(values)
    for name in sorted({name for batch in batches for name in batch.categories}):
        counts: Counter[str] = Counter()
        for batch in batches:
            counts.update(batch.categories.get(name, {}))
        if counts and name not in bins:
            bins[name] = fit_categorical(counts)
    return BinLayout(features=dict(sorted(bins.items())))


def fit_numeric(values: FloatArray, bins: int = NUMERIC_BINS) -> NumericBins:
    """Place edges at quantiles of `values` (finite, at least one), at most `bins` of them apart from heavy values.

    Up to `bins` distinct values get a bin each. Beyond that, edges lie at equally spaced quantiles, and a value that
    holds more than one bin's share is cut off from its right neighbours by an edge of its own, so that a spike never
    blurs the distribution around it.

    Examples
    --------
    >>> fit_numeric(np.array([3.0, 1.0, 1.0])).edges[:2].tolist()
    [1.0, 3.0]
    """
    ordered = np.sort(values)
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    distinct = ordered[starts]
    if distinct.size <= bins:
        edges = distinct
    else:
        quantiles = ordered[(np.arange(bins) * ordered.size) // bins]
        heavy = distinct[np.diff(starts, append=ordered.size) > ordered.size / bins]
        edges = np.union1d(quantiles, np.concatenate((heavy, np.nextafter(heavy, np.inf))))
        edges = edges[edges <= ordered[-1]]
    return NumericBins(
        edges=np.append(edges, np.nextafter(ordered[-1], np.inf)),
        center=float(ordered.mean()),
        scale=float(ordered.std()),
    )


def fit_categorical(counts: Counter[str], top: int = CATEGORIES, rare: int = RARE_CATEGORIES) -> CategoricalBins:
    """Give the `top` most frequent categories a slot each and remember up to `rare` others by name.

    Ties are broken by name, so that the same rows always freeze the same bins.

    Examples
    --------
    >>> fit_categorical(Counter(b=2, a=2, c=1), top=2).categories
    ('a', 'b')
    """
    ordered = sorted(counts, key=lambda category: (-counts[category], category))
    return CategoricalBins(
        categories=tuple(ordered[:top]),
        rare=frozenset(ordered[top : top + rare]),
        overflowed=len(ordered) > top + rare,
    )


def usable(values: FloatArray) -> FloatArray:
    """Return the values that can be averaged and squared: finite and not astronomically large."""
    with np.errstate(invalid="ignore"):
        return values[np.abs(values) <= LARGEST]
