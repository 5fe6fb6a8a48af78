"""Freeze the bins of attributions, and count attributions on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from driftgauge.model.bins import BinLayout, FloatArray, NumericBins
from driftgauge.model.profile import NON_FINITE, ModelProfile
from driftgauge.profiling.counting import count_numbers
from driftgauge.profiling.fitting import fit_numeric, usable

BINS: Final = 64
MOST_FEATURES: Final = 500
SIGNS: Final = np.array([0.0, np.nextafter(0.0, np.inf)])
"""Edges that keep numbers below 0, zeros and numbers above 0 apart."""


def fit_attributions(values: Mapping[str, FloatArray]) -> BinLayout:
    """Freeze the bins of every feature that has a finite attribution; of very many, those that matter most.

    Examples
    --------
    >>> layout = fit_attributions({"age": np.array([-0.5, 0.25, 0.25]), "lost": np.array([np.nan])})
    >>> list(layout.features), layout.features["age"].edges.tolist()[:4]
    (['age'], [-0.5, 0.0, 5e-324, 0.25])
    """
    finite = {name: usable(found) for name, found in values.items()}
    sums = {name: float(np.abs(found).sum()) for name, found in finite.items() if found.size}
    kept = sorted(sums, key=lambda name: (-sums[name], name))[:MOST_FEATURES]
    return BinLayout(features={name: _with_signs(fit_numeric(finite[name], BINS)) for name in sorted(kept)})


def count_attributions(layout: BinLayout, values: Mapping[str, FloatArray]) -> ModelProfile:
    """Return the profile of attributions on bins; features beside them are left out.

    Its rows are attributions, so that profiles add up whichever way those of one prediction come.

    Examples
    --------
    >>> layout = fit_attributions({"age": np.array([-0.5, 0.25])})
    >>> found = count_attributions(layout, {"age": np.array([-1.0, 0.0, np.inf]), "plan": np.array([1.0])})
    >>> found.rows, found.counts.tolist(), found.feature("age").non_finite
    (3, [1, 0, 1, 0, 0, 0], 1)
    """
    profile = ModelProfile.empty(layout)
    rows = 0
    for name, bins in layout.features.items():
        found = values.get(name)
        if found is None:
            continue
        assert isinstance(bins, NumericBins)  # noqa: S101 - attributions are numbers
        finite, row, slots = usable(found), layout.rows[name], layout.offsets[name]
        profile.gaps[row, NON_FINITE] = found.size - finite.size
        one = np.newaxis
        count_numbers(
            bins, finite, None, profile.counts[one, slots], profile.sums[one, slots], profile.moments[one, row]
        )
        rows += found.size
    return replace(profile, rows=rows)


def _with_signs(bins: NumericBins) -> NumericBins:
    return replace(bins, edges=np.union1d(bins.edges, SIGNS))
