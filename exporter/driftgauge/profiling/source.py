"""A table of columns to freeze a reference from: a file or a query, read in batches and never held whole for long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from driftgauge.model.bins import BinLayout, FeatureKind, FloatArray
from driftgauge.model.profile import ModelProfile
from driftgauge.model.projection import RECONSTRUCTION_ERROR, Projection
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.documents import LONGEST_NAME
from driftgauge.profiling.fitting import fit_layout, usable
from driftgauge.profiling.projecting import RowSample, error_bins, fit_projection

HELD_VALUES: Final = 24_000_000
"""Most numbers held at once (192 MB); beyond them bins are fitted to a random sample, and the source is read twice."""

MOST_CATEGORIES: Final = 100_000
"""A column with more distinct texts is an identifier, and no feature."""

SHOWN_NAME: Final = 40
LONG: Final = f"a name longer than {LONGEST_NAME} characters"

Kinds = Mapping[str, FeatureKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSource:
    """Columns that can be read more than once.

    `kinds` is what each column looks like, `left_out` the type of each that is no feature; `read` yields the columns of
    the kinds that it is given, in batches. Columns of names longer than `LONGEST_NAME` are moved to `left_out`, their
    names cut.
    """

    kinds: Kinds
    left_out: Mapping[str, str]
    read: Callable[[Kinds], Iterator[FeatureBatch]]

    def __post_init__(self) -> None:
        """Leave out columns of names too long."""
        named = {name: kind for name, kind in self.kinds.items() if len(name) <= LONGEST_NAME}
        if len(named) < len(self.kinds):
            cut = {f"{name[:SHOWN_NAME]}…": LONG for name in self.kinds if name not in named}
            object.__setattr__(self, "kinds", named)
            object.__setattr__(self, "left_out", {**self.left_out, **cut})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceProfile:
    """The bins frozen from a source and its rows counted on them; `identifiers` have too many distinct texts."""

    layout: BinLayout
    profile: ModelProfile
    identifiers: tuple[str, ...]


def profile_source(
    source: ColumnSource,
    kinds: Kinds,
    *,
    reconstructed: bool = False,
    on_rows: Callable[[int], None] = lambda _: None,
    held_values: int = HELD_VALUES,
) -> SourceProfile:
    """Freeze the bins of a source's columns of `kinds`, and profile its rows on them; `on_rows` hears of progress.

    With `reconstructed`, the feature that is made of all numeric columns is added, for which they are read once more.

    Examples
    --------
    >>> batch = FeatureBatch(rows=3, numeric={"age": np.array([1.0, 2.0, np.nan])})
    >>> kinds = {"age": FeatureKind.NUMERIC}
    >>> source = ColumnSource(kinds=kinds, left_out={}, read=lambda _: iter([batch]))
    >>> profile_source(source, kinds).profile.feature("age").missing
    1
    """
    held, sample = _Held(limit=held_values), RowSample()
    for batch in source.read(kinds):
        held.add(batch)
        if reconstructed:
            sample.add(batch)
        on_rows(batch.rows)
    complete = held.share == 1.0
    parts = [_freeze(column, kinds) for column in held.columns()]
    projection = fit_projection(sample.columns()) if RECONSTRUCTION_ERROR not in kinds else None
    if projection is not None:
        parts.append(_freeze_errors(projection, source.read(dict.fromkeys(projection.features, FeatureKind.NUMERIC))))
    layout = BinLayout(features=dict(sorted(item for part in parts for item in part.layout.features.items())))
    if complete:
        profile = _joined(layout, held.rows, [part for part in parts if part.layout.features])
    else:
        kept = {name: kind for name, kind in kinds.items() if name not in held.identifiers}
        profile = ModelProfile.merged(layout, _profiles(source, kept, layout, on_rows))
    return SourceProfile(layout=layout, profile=profile, identifiers=tuple(sorted(held.identifiers)))


def _freeze(column: FeatureBatch, names: Iterable[str]) -> ModelProfile:
    """Return the profile of a batch of one of the columns `names` on bins fitted to it."""
    return profile_batch(fit_layout([column], names), column)


def _freeze_errors(projection: Projection, batches: Iterable[FeatureBatch]) -> ModelProfile:
    """Return the profile of the rows' reconstruction errors on bins fitted to them."""
    bins, errors = error_bins(projection, batches)
    counted = profile_batch(
        BinLayout(features={RECONSTRUCTION_ERROR: replace(bins, projection=None)}),
        FeatureBatch(rows=errors.size, numeric={RECONSTRUCTION_ERROR: errors}),
    )
    return replace(counted, layout=BinLayout(features={RECONSTRUCTION_ERROR: bins}))


def _joined(layout: BinLayout, rows: int, parts: list[ModelProfile]) -> ModelProfile:
    """Lay the profiles of single features end to end."""
    if not parts:
        return replace(ModelProfile.empty(layout), rows=rows)
    parts = sorted(parts, key=lambda part: next(iter(part.layout.features)))
    return ModelProfile(
        layout=layout,
        rows=rows,
        counts=np.concatenate([part.counts for part in parts]),
        sums=np.concatenate([part.sums for part in parts]),
        gaps=np.concatenate([part.gaps for part in parts]),
        moments=np.concatenate([part.moments for part in parts]),
    )


def _profiles(
    source: ColumnSource, kinds: Kinds, layout: BinLayout, on_rows: Callable[[int], None]
) -> Iterator[ModelProfile]:
    for batch in source.read(kinds):
        yield profile_batch(layout, batch)
        on_rows(batch.rows)


@dataclass(slots=True, kw_only=True, eq=False)
class _Held:
    """All values of the batches so far, or, once there are too many numbers, a random `share` of the numbers.

    A sample is joined by the extremes of every batch, so that the bins cover all values.
    """

    limit: int
    share: float = 1.0
    rows: int = 0
    values: int = 0
    numeric: dict[str, list[FloatArray]] = field(default_factory=dict[str, "list[FloatArray]"])
    categories: dict[str, Counter[str]] = field(default_factory=dict[str, "Counter[str]"])
    invalid: Counter[str] = field(default_factory=Counter[str])
    identifiers: set[str] = field(default_factory=set[str])
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))  # same rows, same bins

    def add(self, batch: FeatureBatch) -> None:
        self.rows += batch.rows
        self.invalid.update(batch.invalid)
        for name, counts in batch.categories.items():
            if name not in self.identifiers:
                self._count(name, counts)
        for name, values in batch.numeric.items():
            self._hold(name, values if self.share == 1.0 else self._thinned(values, self.share))
        while self.values > self.limit:
            self._thin()

    def columns(self) -> Iterator[FeatureBatch]:
        """Yield a batch for each column, its numbers valid until the next; keep none of them."""
        longest = max((sum(part.size for part in parts) for parts in self.numeric.values()), default=0)
        room = np.empty(longest)  # used again for each column: fresh memory costs more than the work done in it
        for name in list(self.numeric):
            parts = self.numeric.pop(name)
            values = room[: sum(part.size for part in parts)]
            np.concatenate(parts, out=values)
            yield FeatureBatch(rows=self.rows, numeric={name: values}, invalid=self._invalid(name))
        for name in list(self.categories):
            counted = self.categories.pop(name)
            yield FeatureBatch(rows=self.rows, categories={name: counted}, invalid=self._invalid(name))

    def _invalid(self, name: str) -> dict[str, int]:
        return {name: self.invalid[name]} if self.invalid[name] else {}

    def _count(self, name: str, counts: Counter[str]) -> None:
        total = self.categories.setdefault(name, Counter())
        total.update(counts)
        if len(total) > MOST_CATEGORIES:
            self.identifiers.add(name)
            del self.categories[name]

    def _hold(self, name: str, values: FloatArray) -> None:
        self.numeric.setdefault(name, []).append(values)
        self.values += values.size

    def _thin(self) -> None:
        held, self.numeric, self.values, self.share = self.numeric, {}, 0, self.share / 2
        for name, parts in held.items():
            for values in parts:
                self._hold(name, self._thinned(values, 0.5))

    def _thinned(self, values: FloatArray, share: float) -> FloatArray:
        sample = values[self.rng.random(values.size) < share]
        finite = usable(values)
        extremes = np.array([finite.min(), finite.max()]) if finite.size else np.empty(0)
        return np.concatenate((sample, extremes))
