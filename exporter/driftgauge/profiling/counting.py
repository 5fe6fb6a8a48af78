"""Count raw values on frozen bins."""

from __future__ import annotations

from collections import Counter

import numpy as np

from driftgauge.model.bins import BinLayout, CategoricalBins, FloatArray, IntArray, NumericBins
from driftgauge.model.profile import INVALID, MAXIMUM, MINIMUM, MISSING, NON_FINITE, SQUARES, ModelProfile
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.binning import slots_of
from driftgauge.profiling.fitting import usable
from driftgauge.profiling.lengths import lengths_of


def profile_batch(layout: BinLayout, batch: FeatureBatch) -> ModelProfile:
    """Return the profile of the batch's rows on the layout's bins.

    A feature that the batch read as another kind than its bins counts as invalid in every row that has a value.

    Examples
    --------
    >>> from driftgauge.profiling.fitting import fit_layout
    >>> batch = FeatureBatch(rows=3, numeric={"age": np.array([1.0, 2.0, np.nan])})
    >>> profile = profile_batch(fit_layout([batch]), batch)
    >>> profile.counts.tolist(), profile.feature("age").missing
    ([0, 1, 1, 0], 1)
    """
    profile = ModelProfile.empty(layout)
    for row, (name, bins) in enumerate(layout.features.items()):
        gaps, slots = profile.gaps[row], layout.offsets[name]
        column = bins.length_of or name if isinstance(bins, NumericBins) else name
        invalid = batch.invalid.get(column, 0)
        if isinstance(bins, NumericBins):
            values = _values(bins, column, batch)
            if values is None:
                present = batch.categories.get(column, Counter()).total() + invalid
                gaps[INVALID], gaps[MISSING] = present, batch.rows - present
                continue
            finite = usable(values)
            missing = int(np.isnan(values).sum()) - invalid
            gaps[MISSING], gaps[NON_FINITE], gaps[INVALID] = (
                missing,
                values.size - finite.size - missing - invalid,
                invalid,
            )
            count_numbers(bins, finite, profile.counts[slots], profile.sums[slots], profile.moments[row])
        else:
            categories = batch.categories.get(name)
            if categories is None:
                present = int(np.count_nonzero(~np.isnan(batch.numeric[name]))) if name in batch.numeric else 0
                gaps[INVALID], gaps[MISSING] = present + invalid, batch.rows - present - invalid
                continue
            gaps[MISSING], gaps[INVALID] = batch.rows - categories.total() - invalid, invalid
            _count_categories(bins, categories, profile.counts[slots])
    return ModelProfile(
        layout=layout,
        rows=batch.rows,
        counts=profile.counts,
        sums=profile.sums,
        gaps=profile.gaps,
        moments=profile.moments,
    )


def _values(bins: NumericBins, column: str, batch: FeatureBatch) -> FloatArray | None:
    """Return the rows' values of a numeric feature; None if its column was not read as numbers."""
    if bins.projection is not None:
        return bins.projection.errors(batch.numeric, batch.rows)
    if bins.length_of is not None:
        texts = batch.categories.get(column)
        return None if texts is None else lengths_of(texts, batch.rows)
    return batch.numeric.get(column)


def count_numbers(
    bins: NumericBins, values: FloatArray, counts: IntArray, sums: FloatArray, moments: FloatArray
) -> None:
    """Write a feature's part of a profile, which is empty yet, from its finite values."""
    if not values.size:
        return
    slots = slots_of(values, bins.edges)
    counts += np.bincount(slots, minlength=bins.slots)
    sums += np.bincount(slots, weights=values, minlength=bins.slots)
    deviations = values - bins.center
    # Not `@`: BLAS would share so little work among threads, which then spin and cost more than the work.
    moments[SQUARES] = float(np.einsum("i,i", deviations, deviations))
    moments[MINIMUM], moments[MAXIMUM] = values.min(), values.max()


def _count_categories(bins: CategoricalBins, categories: Counter[str], counts: IntArray) -> None:
    slot_of = bins.slot_of()
    stranger = bins.other if bins.overflowed else bins.unseen
    for category, count in categories.items():
        counts[slot_of.get(category, stranger)] += count
