"""Freeze the bins of a reference from its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from driftgauge.model.bins import BinLayout, CategoricalBins, FeatureBins, FloatArray, NumericBins
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.lengths import is_free_text, length_name, lengths_of

NUMERIC_BINS = 256
SAMPLE = 1 << 16  # a quantile is then off by at most half a bin's share, one time in three
CATEGORIES = 100
RARE_CATEGORIES = 10_000
LARGEST = 1e150  # the square of a larger value is no float64


def fit_layout(batches: Sequence[FeatureBatch], others: Iterable[str] = ()) -> BinLayout:
    """Freeze the bins of every feature that has a value in `batches`, in order of name; of free text, of its length.

    `others` are names of columns that are not in the batches.

    Examples
    --------
    >>> import numpy as np
    >>> batch = FeatureBatch(rows=3, numeric={"age": np.array([1.0, 2.0, 2.0])})
    >>> fit_layout([batch]).features["age"].slots
    4
    """
    bins: dict[str, FeatureBins] = {}
    taken = {name for batch in batches for name in (*batch.numeric, *batch.categories)} | set(others)
    for name in sorted({name for batch in batches for name in batch.numeric}):
        parts = [batch.numeric[name] for batch in batches if name in batch.numeric]
        values = usable(parts[0] if len(parts) == 1 else np.concatenate(parts))
        if values.size:
            bins[name] = fit_numeric(values)
    for name in sorted({name for batch in batches for name in batch.categories}):
        counts: Counter[str] = Counter()
        for batch in batches:
            counts.update(batch.categories.get(name, {}))
        if not counts or name in bins:
            continue
        length = length_name(name)
        if is_free_text(counts) and length not in taken:
            bins[length] = replace(fit_numeric(lengths_of(counts, counts.total())), length_of=name)
        else:
            bins[name] = fit_categorical(counts)
    return BinLayout(features=dict(sorted(bins.items())))


def fit_numeric(values: FloatArray, bins: int = NUMERIC_BINS) -> NumericBins:
    """Place edges at quantiles of `values` (finite, at least one), at most `bins` of them apart from heavy values.

    Up to `bins` distinct values get a bin each. Beyond that, edges lie at equally spaced quantiles, and a value that
    holds more than one bin's share is cut off from its right neighbours by an edge of its own, so that a spike never
    blurs the distribution around it. Of more than `SAMPLE` values, a random sample and the extremes place the edges.

    Examples
    --------
    >>> fit_numeric(np.array([3.0, 1.0, 1.0])).edges[:2].tolist()
    [1.0, 3.0]
    """
    ordered = np.sort(_sample(values))
    first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    if np.count_nonzero(first) <= bins:
        edges = ordered[first]
    else:
        quantiles = ordered[(np.arange(bins) * ordered.size) // bins]
        share = ordered.size // bins
        heavy = np.unique(ordered[share:][ordered[share:] == ordered[:-share]])  # runs longer than a bin's share
        edges = np.union1d(quantiles, np.concatenate((heavy, np.nextafter(heavy, np.inf))))
        edges = edges[edges <= ordered[-1]]
    return NumericBins(
        edges=np.append(edges, np.nextafter(ordered[-1], np.inf)),
        center=float(values.mean()),
        scale=float(values.std()),
    )


def _sample(values: FloatArray) -> FloatArray:
    if values.size <= SAMPLE:
        return values
    chosen = values[np.random.default_rng(0).integers(values.size, size=SAMPLE)]  # same values, same edges
    return np.concatenate((chosen, [values.min(), values.max()]))


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
    """Return the values that can be averaged and squared: finite, and not astronomically large."""
    if values.size and values.min() >= -LARGEST and values.max() <= LARGEST:  # False for NaN
        # Nothing to leave out, as nearly always: the copy is saved.
        return values
    return values[is_usable(values)]


def is_usable(values: FloatArray) -> NDArray[np.bool_]:
    """Tell of each value whether it can be averaged and squared."""
    with np.errstate(invalid="ignore"):
        return np.abs(values) <= LARGEST
