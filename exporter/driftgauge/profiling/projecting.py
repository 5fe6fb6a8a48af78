"""Find the planes that a reference's rows lie near, from a bounded sample of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from driftgauge.model.bins import BinLayout, FloatArray, NumericBins
from driftgauge.model.projection import RECONSTRUCTION_ERROR, Projection, standardised
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.fitting import fit_numeric, usable

SAMPLE_ROWS: Final = 10_000
EXPLAINED: Final = 0.65  # of the variance, as the common practice of reconstruction errors has it
LEAST_FEATURES: Final = 2


@dataclass(slots=True, kw_only=True, eq=False)
class RowSample:
    """Whole rows of numeric columns, every n-th of what was added, so that at most `limit` are held."""

    limit: int = SAMPLE_ROWS
    step: int = 1
    seen: int = 0
    parts: list[dict[str, FloatArray]] = field(default_factory=list[dict[str, FloatArray]])

    def add(self, batch: FeatureBatch) -> None:
        """Add what falls to the rows of a batch; the more were added, the fewer of them stay."""
        first = -self.seen % self.step
        self.seen += batch.rows
        self.parts.append({name: values[first :: self.step].copy() for name, values in batch.numeric.items()})
        while -(-self.seen // self.step) > self.limit:
            self._halve()

    def columns(self) -> dict[str, FloatArray]:
        """Return the columns of the rows that are held; NaN where a batch had no such column."""
        names = sorted({name for part in self.parts for name in part})
        sizes = [max((values.size for values in part.values()), default=0) for part in self.parts]
        return {
            name: np.concatenate(
                [part.get(name, np.full(size, np.nan)) for part, size in zip(self.parts, sizes, strict=True)]
            )
            for name in names
        }

    def _halve(self) -> None:
        place = 0  # of the next part's first row among those that are held
        kept: list[dict[str, FloatArray]] = []
        for part in self.parts:
            size = max((values.size for values in part.values()), default=0)
            kept.append({name: values[place % 2 :: 2] for name, values in part.items()})
            place += size
        self.parts = kept
        self.step *= 2


def fit_projection(columns: Mapping[str, FloatArray]) -> Projection | None:
    """Return the components that explain `EXPLAINED` of the variance of standardised columns, aligned by row.

    None where fewer than two columns vary, or no component can be spared.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, noise = rng.normal(size=(2, 500))
    >>> fit_projection({"x": x, "y": x + 0.1 * noise}).components.round(3).tolist()
    [[0.707], [0.707]]
    """
    known = {name: usable(values) for name, values in sorted(columns.items())}
    features = tuple(name for name, values in known.items() if values.size and values.std() > 0)
    if len(features) < LEAST_FEATURES:
        return None
    means = np.array([known[name].mean() for name in features])
    scales = np.array([known[name].std() for name in features])
    table = standardised(features, columns, len(columns[features[0]]), means, scales)
    table[~np.isfinite(table)] = 0.0
    variances, vectors = np.linalg.eigh(np.einsum("ij,ik->jk", table, table))
    explained = np.cumsum(variances[::-1]) / variances.sum()
    count = int(np.searchsorted(explained, EXPLAINED)) + 1
    if count >= len(features):
        return None
    components = vectors[:, ::-1][:, :count]
    return Projection(
        features=features, means=means, scales=scales, components=components * np.where(components[0] < 0, -1.0, 1.0)
    )


def error_bins(projection: Projection, batches: Iterable[FeatureBatch]) -> tuple[NumericBins, FloatArray]:
    """Return the bins of the rows' reconstruction errors, and the errors."""
    errors = np.concatenate([projection.errors(batch.numeric, batch.rows) for batch in batches])
    return replace(fit_numeric(usable(errors)), projection=projection), errors


def with_reconstruction(layout: BinLayout, batches: Iterable[FeatureBatch]) -> BinLayout:
    """Return the layout with the feature `reconstruction_error`, if the rows' numeric features allow it."""
    held = list(batches)
    sample = RowSample()
    for batch in held:
        sample.add(batch)
    projection = fit_projection(sample.columns())
    if projection is None or RECONSTRUCTION_ERROR in layout.features:
        return layout
    bins, _ = error_bins(projection, held)
    return BinLayout(features=dict(sorted({**layout.features, RECONSTRUCTION_ERROR: bins}.items())))
