"""Count raw values on frozen bins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from driftgauge.model.bins import BinLayout, CategoricalBins, FloatArray, IntArray, NumericBins
from driftgauge.model.profile import INVALID, MAXIMUM, MINIMUM, MISSING, NON_FINITE, SQUARES, ModelProfile
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.binning import slots_of
from driftgauge.profiling.fitting import is_usable, usable
from driftgauge.profiling.lengths import lengths_of

ROWS_TOGETHER: Final = 8_192  # of batches that are counted together: so few that they stay in the processor's cache
BATCHES_TOGETHER: Final = 256  # whose profiles take some 20 MB for 25 features


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
    [profile] = _profiles(layout, [batch])
    return profile


def profile_batches(layout: BinLayout, batches: Iterable[FeatureBatch]) -> Iterator[ModelProfile]:
    """Yield the profile of each batch, as `profile_batch` does, small ones counted together.

    Hundreds of them, as the hours of a reference are, then cost little more than their rows in one.
    """
    together: list[FeatureBatch] = []
    rows = 0
    for batch in batches:
        if together and (rows + batch.rows > ROWS_TOGETHER or len(together) == BATCHES_TOGETHER):
            yield from _profiles(layout, together)
            together, rows = [], 0
        together.append(batch)
        rows += batch.rows
    if together:
        yield from _profiles(layout, together)


def _profiles(layout: BinLayout, batches: Sequence[FeatureBatch]) -> Iterator[ModelProfile]:
    """Yield the profiles of batches, counted together."""
    features = len(layout.features)
    counts = np.zeros((len(batches), layout.slots), dtype=np.int64)
    sums = np.zeros((len(batches), layout.slots))
    gaps = np.zeros((len(batches), features, 3), dtype=np.int64)
    moments = np.zeros((len(batches), features, 3))
    moments[..., MINIMUM], moments[..., MAXIMUM] = np.inf, -np.inf
    for row, (name, bins) in enumerate(layout.features.items()):
        slots = layout.offsets[name]
        if isinstance(bins, NumericBins):
            values, owners = _numbers(bins, bins.length_of or name, batches, gaps[:, row])
            count_numbers(bins, values, owners, counts[:, slots], sums[:, slots], moments[:, row])
        else:
            _count_categories(bins, name, batches, gaps[:, row], counts[:, slots])
    for at, batch in enumerate(batches):
        yield ModelProfile(
            layout=layout, rows=batch.rows, counts=counts[at], sums=sums[at], gaps=gaps[at], moments=moments[at]
        )


def count_numbers(  # noqa: PLR0917 - the parts of profiles that it writes
    bins: NumericBins,
    values: FloatArray,
    owners: IntArray | None,
    counts: IntArray,
    sums: FloatArray,
    moments: FloatArray,
) -> None:
    """Write a feature's part of profiles, which are empty yet, from its finite values.

    `owners`, ascending, is the profile that each value belongs to, None where there is but one; `counts` and `sums`
    have shape (profiles, slots), `moments` (profiles, 3).
    """
    if not values.size:
        return
    slots = slots_of(values, bins.edges)
    places = slots if owners is None else slots + owners * bins.slots
    counts += np.bincount(places, minlength=counts.size).reshape(counts.shape)
    sums += np.bincount(places, weights=values, minlength=sums.size).reshape(sums.shape)
    deviations = values - bins.center
    if owners is None:
        # Not `@`: BLAS would share so little work among threads, which then spin and cost more than the work.
        moments[0] = np.einsum("i,i", deviations, deviations), values.min(), values.max()
    else:
        first = np.flatnonzero(np.diff(owners, prepend=-1))
        found = owners[first]
        moments[found, SQUARES] = np.add.reduceat(deviations * deviations, first)
        moments[found, MINIMUM] = np.minimum.reduceat(values, first)
        moments[found, MAXIMUM] = np.maximum.reduceat(values, first)


def _numbers(
    bins: NumericBins, column: str, batches: Sequence[FeatureBatch], gaps: IntArray
) -> tuple[FloatArray, IntArray | None]:
    """Return the finite values of a numeric feature, and the batch that each is of, None where there is but one.

    What is no value is written to `gaps`, of shape (batches, 3).
    """
    found: list[FloatArray] = []
    sizes = [0] * len(batches)
    for place, batch in enumerate(batches):
        values = _values(bins, column, batch)
        invalid = batch.invalid.get(column, 0)
        if values is None:  # the column was not read as numbers
            invalid += batch.categories.get(column, Counter()).total()
            gaps[place, MISSING] = batch.rows - invalid
        else:
            gaps[place, MISSING] = -invalid  # those are NaN as well
            found.append(values)
            sizes[place] = values.size
        gaps[place, INVALID] = invalid
    joined = found[0] if len(found) == 1 else np.concatenate([*found, np.empty(0)])
    owners = None if len(batches) == 1 else np.repeat(np.arange(len(batches)), sizes)
    finite = usable(joined)
    if finite.size < joined.size:
        kept, missing = is_usable(joined), np.isnan(joined)
        gaps[:, MISSING] += _by_owner(missing, owners, len(batches))
        gaps[:, NON_FINITE] = _by_owner(~kept & ~missing, owners, len(batches))
        owners = None if owners is None else owners[kept]
    return finite, owners


def _by_owner(values: NDArray[np.bool_], owners: IntArray | None, count: int) -> IntArray:
    """Return how many of the values that are true each of `count` owners has (shape (count,))."""
    if owners is None:
        return np.array([np.count_nonzero(values)])
    return np.bincount(owners[values], minlength=count)


def _values(bins: NumericBins, column: str, batch: FeatureBatch) -> FloatArray | None:
    """Return the rows' values of a numeric feature; None if its column was not read as numbers."""
    if bins.projection is not None:
        return bins.projection.errors(batch.numeric, batch.rows)
    if bins.length_of is not None:
        texts = batch.categories.get(column)
        return None if texts is None else lengths_of(texts, batch.rows)
    return batch.numeric.get(column)


def _count_categories(
    bins: CategoricalBins, name: str, batches: Sequence[FeatureBatch], gaps: IntArray, counts: IntArray
) -> None:
    """Write a categorical feature's part of the profiles of batches; `gaps` and `counts` have a row for each."""
    slot_of = bins.slot_of()
    stranger = bins.other if bins.overflowed else bins.unseen
    for place, batch in enumerate(batches):
        invalid = batch.invalid.get(name, 0)
        categories = batch.categories.get(name)
        if categories is None:  # the column was not read as categories
            invalid += int(np.count_nonzero(~np.isnan(batch.numeric[name]))) if name in batch.numeric else 0
            categories = Counter[str]()
        gaps[place, INVALID], gaps[place, MISSING] = invalid, batch.rows - categories.total() - invalid
        for category, count in categories.items():
            counts[place, slot_of.get(category, stranger)] += count
