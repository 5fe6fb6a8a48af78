"""What a profile of attributions says of a feature: its importance, its spread, and which way it pushes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np

from driftgauge.model.profile import MISSING, NON_FINITE, ModelProfile, NumericProfile
from driftgauge.model.series import ProfileSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One feature's attributions in a span: `mean` keeps signs, `magnitude` is the mean of absolute values.

    Figures are None where there is nothing that they could be of; of n values, `signed` are not 0, and
    `positive_share` of those are above it.
    """

    n: int
    signed: int
    mean: float | None = None
    magnitude: float | None = None
    deviation: float | None = None
    positive_share: float | None = None


def attribution_of(profile: NumericProfile) -> Attribution:
    """Return what a profile says, exactly: its bins keep numbers below 0, zeros and numbers above 0 apart.

    Parameters
    ----------
    profile : NumericProfile
        On bins with edges at 0 and just above it, as `fit_attributions` makes them.

    Returns
    -------
    Attribution
        `deviation` is the population's, in the unit of the attributions.

    Raises
    ------
    ValueError
        If the bins do not keep the signs apart.

    Notes
    -----
    The mean of absolute values is the sum of the values above 0, less the sum of those below, by their number.
    """
    edges, counts, sums = profile.bins.edges, profile.counts, profile.sums
    zero = int(np.searchsorted(edges, 0.0, side="right"))
    if not zero or edges[zero - 1] != 0.0 or zero == edges.size or edges[zero] != np.nextafter(0.0, np.inf):
        raise ValueError("the bins of attributions have edges at 0 and just above it")
    below, above = int(counts[:zero].sum()), int(counts[zero + 1 :].sum())
    if not profile.n:
        return Attribution(n=0, signed=0)
    return Attribution(
        n=profile.n,
        signed=below + above,
        mean=profile.mean,
        magnitude=float(sums[zero + 1 :].sum() - sums[:zero].sum()) / profile.n,
        deviation=float(np.sqrt(profile.variance)),
        positive_share=above / (below + above) if below + above else None,
    )


def attributions_of(profile: ModelProfile) -> dict[str, Attribution]:
    """Return what a profile says of each feature."""
    found: dict[str, Attribution] = {}
    for name in profile.layout.features:
        part = profile.feature(name)
        assert isinstance(part, NumericProfile)  # noqa: S101 - attributions are numbers
        found[name] = attribution_of(part)
    return found


def explained(profile: ModelProfile) -> ModelProfile:
    """Return a profile of attributions by predictions: its rows are those that have attributions, not these.

    What is kept adds up, whatever comes when: attributions. Predictions do not, because those of one may come in
    pieces; so they are told from the feature that has most attributions.
    """
    values = np.add.reduceat(profile.counts, profile.layout.starts)
    present = values + profile.gaps[:, NON_FINITE]
    rows = int(present.max(initial=0))
    gaps = profile.gaps.copy()
    gaps[:, MISSING] = rows - present
    return replace(profile, rows=rows, gaps=gaps)


def by_predictions(series: ProfileSeries) -> ProfileSeries:
    """Return a series of kept buckets as `explained` has each."""
    return replace(series, profiles=_Explained(series.profiles))


class _Explained(Sequence[ModelProfile]):
    """Profiles by predictions, each made when it is asked for."""

    def __init__(self, kept: Sequence[ModelProfile]) -> None:
        self._kept = kept

    @overload
    def __getitem__(self, place: int) -> ModelProfile: ...
    @overload
    def __getitem__(self, place: slice) -> _Explained: ...
    def __getitem__(self, place: int | slice) -> ModelProfile | _Explained:
        if isinstance(place, slice):
            return _Explained(self._kept[place])
        return explained(self._kept[place])

    def __len__(self) -> int:
        return len(self._kept)
